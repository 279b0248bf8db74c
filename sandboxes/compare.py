"""Is an output the expected one? Pure functions, run on the host only.

Texts follow Kattis' default output validator, values Python's own types. Not promised: several right answers
(a problem that allows them needs a verifier of its own), and any reading of a text as a value.
"""

from __future__ import annotations

import math
import re

from sandboxes.types import Comparison
from sandboxes.wire import Json

# No two ways to match the same digits: a token comes from the program and may be megabytes long.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def texts_match(actual: str, expected: str, comparison: Comparison) -> bool:
    """Compare standard output with the expected text, as `comparison` says.

    Tokens match when they are the same text (`007` is not `7`) or, if a tolerance is set and the expected token is a
    number, when the actual one is a number within the absolute OR the relative tolerance.
    """
    if comparison.whitespace == "exact":
        return _fold(actual, comparison) == _fold(expected, comparison)
    if comparison.whitespace == "tokens":
        return _tokens_match(actual.split(), expected.split(), comparison)
    ours, theirs = actual.strip().split("\n"), expected.strip().split("\n")
    return len(ours) == len(theirs) and all(
        _tokens_match(a.split(), b.split(), comparison) for a, b in zip(ours, theirs, strict=True)
    )


def _tokens_match(actual: list[str], expected: list[str], comparison: Comparison) -> bool:
    if len(actual) != len(expected):
        return False
    return all(_token_matches(a, b, comparison) for a, b in zip(actual, expected, strict=True))


def _token_matches(actual: str, expected: str, comparison: Comparison) -> bool:
    if _fold(actual, comparison) == _fold(expected, comparison):
        return True
    if comparison.float_absolute is None and comparison.float_relative is None:
        return False
    if not (_NUMBER.fullmatch(expected) and _NUMBER.fullmatch(actual)):
        return False
    return _close(float(actual), float(expected), comparison)


def _fold(text: str, comparison: Comparison) -> str:
    return text if comparison.case_sensitive else text.casefold()


def _close(actual: float, expected: float, comparison: Comparison) -> bool:
    """False without a tolerance, and for anything that is not finite."""
    distance = abs(actual - expected)
    if not math.isfinite(distance):
        return False
    absolute, relative = comparison.float_absolute, comparison.float_relative
    near = absolute is not None and distance <= absolute
    return near or (relative is not None and distance <= relative * abs(expected))


def values_match(actual: object, expected: Json, comparison: Comparison) -> bool:
    """Compare a returned value (built of built-in types, as `wire.decode` gives it) with the expected JSON value.

    Types are exact: `True` is not 1 and `"1"` is not 1. A tuple equals a list with the same items at every depth.
    A number equals an expected float of the same value; an int is otherwise equal to a float only within a tolerance.
    Of `comparison` only the tolerances apply.
    """
    if isinstance(expected, list):
        return isinstance(actual, list | tuple) and _sequences_match(actual, expected, comparison)
    if isinstance(expected, dict):
        return isinstance(actual, dict) and _dicts_match(actual, expected, comparison)
    if type(expected) in (int, float) and type(actual) in (int, float):
        return _numbers_match(actual, expected, comparison)  # type: ignore[arg-type]
    return type(actual) is type(expected) and actual == expected


def _sequences_match(actual: list[object] | tuple[object, ...], expected: list[Json], comparison: Comparison) -> bool:
    if len(actual) != len(expected):
        return False
    return all(values_match(a, b, comparison) for a, b in zip(actual, expected, strict=True))


def _dicts_match(actual: dict[object, object], expected: dict[str, Json], comparison: Comparison) -> bool:
    return actual.keys() == expected.keys() and all(
        values_match(actual[key], value, comparison) for key, value in expected.items()
    )


def _numbers_match(actual: int | float, expected: int | float, comparison: Comparison) -> bool:
    if type(actual) is type(expected) or type(expected) is float:
        both_nan = actual != actual and expected != expected
        if actual == expected or both_nan:
            return True
    try:
        return _close(float(actual), float(expected), comparison)
    except OverflowError:  # an int beyond every float
        return False
