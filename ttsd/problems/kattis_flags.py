"""The flags of Kattis' default output validator as a `Comparison`.

case_sensitive               upper and lower case differ (else they do not)
space_change_sensitive       white space counts exactly (else only the words do)
float_absolute_tolerance E   a number may be off by E
float_relative_tolerance E   a number may be off by E times the expected one
float_tolerance E            both, either of which is enough
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sandboxes.types import Comparison
from ttsd.errors import UserError, did_you_mean, one_of, seen

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
            comparison = _tolerant(comparison, flag, _tolerance(flag, next(remaining, ""), path))
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


def _tolerance(flag: str, value: str, path: Path) -> float:
    try:
        tolerance = float(value)
    except ValueError:
        tolerance = math.nan
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UserError(f"{path}: {flag} needs a number of 0 or more after it, such as {flag} 1e-6, not {seen(value)}")
    return tolerance
