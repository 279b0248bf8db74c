"""LiveCodeBench's rules as pure functions: which text is the program, and which outputs count as equal.

For numbers that are compared with its leaderboard, and nothing else. The rules are kept where they are odd: a line of
numbers in any notation passes for the same numbers, a float has no tolerance, `True` is 1.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sandboxes.wire import Json

_FENCE = "```"


def program_text(response: str) -> str:
    """The text between the last two lines that hold a fence, wherever in the line; empty when there are fewer."""
    lines = response.split("\n")
    fences = [number for number, line in enumerate(lines) if _FENCE in line]
    if len(fences) < 2:
        return ""
    opened, closed = fences[-2:]
    return "\n".join(lines[opened + 1 : closed])


def outputs_equal(actual: str, expected: str) -> bool:
    """As many lines, blanks around the whole and around each line apart, and each line the same text or numbers."""
    actual, expected = actual.strip(), expected.strip()
    if actual.count("\n") != expected.count("\n"):
        return False
    return all(
        _lines_equal(ours.strip(), theirs.strip())
        for ours, theirs in zip(actual.split("\n"), expected.split("\n"), strict=True)
    )


def _lines_equal(actual: str, expected: str) -> bool:
    if actual == expected:
        return True
    ours, theirs = actual.split(), expected.split()
    try:
        return len(ours) == len(theirs) and [Decimal(word) for word in theirs] == [Decimal(word) for word in ours]
    except InvalidOperation:  # a word that is no number, or the comparison of a signalling NaN
        return False


def values_equal(actual: object, expected: Json) -> bool:
    """Python's own equality, with a returned tuple taken for a list; `actual` is built of built-in types."""
    return bool((list(actual) if isinstance(actual, tuple) else actual) == expected)
