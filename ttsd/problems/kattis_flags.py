"""The flags of Kattis' default output validator as a `Comparison`.

case_sensitive               upper and lower case differ (else they do not)
space_change_sensitive       white space counts exactly (else only the words do)
float_absolute_tolerance E   a number may be off by E
float_relative_tolerance E   a number may be off by E times the expected one
float_tolerance E            both, either of which is enough
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sandboxes.types import Comparison
from ttsd.errors import UserError, did_you_mean, one_of, seen
from ttsd.problems.manifest import number_from

_SWITCHES = ("case_sensitive", "space_change_sensitive")
_TOLERANCES = ("float_absolute_tolerance", "float_relative_tolerance", "float_tolerance")


def comparison_from_flags(flags: Sequence[str], path: Path) -> Comparison:
    """`path` is named when a flag is refused."""
    comparison = Comparison(whitespace="tokens", case_sensitive=False)
    remaining = iter(flags)
    for flag in remaining:
        if flag in _SWITCHES:
            comparison = _switched(comparison, flag)
        elif flag in _TOLERANCES:
            tolerance = number_from(f"{path}: {flag}", next(remaining, ""), "float_absolute")
            comparison = _tolerant(comparison, flag, tolerance)
        else:
            known = (*_SWITCHES, *_TOLERANCES)
            raise UserError(
                f"{path}: unknown validator flag {seen(flag)}{did_you_mean(flag, known)}: use {one_of(known)}"
            )
    return comparison


def _switched(comparison: Comparison, flag: str) -> Comparison:
    if flag == "case_sensitive":
        return replace(comparison, case_sensitive=True)
    return replace(comparison, whitespace="exact")


def _tolerant(comparison: Comparison, flag: str, tolerance: float) -> Comparison:
    if flag != "float_relative_tolerance":
        comparison = replace(comparison, float_absolute=tolerance)
    if flag != "float_absolute_tolerance":
        comparison = replace(comparison, float_relative=tolerance)
    return comparison
