"""Errors a user can mend: one sentence with the value seen, the values allowed and the remedy; exit code 2.

Also the phrases such sentences share.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SEEN = 200  # characters of a value in a sentence


class UserError(Exception):
    """The message is the whole report: the command line prints it without a traceback."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A phrase to append to a sentence, ` (did you mean 'x'?)`, or nothing when no allowed value is close."""
    close = get_close_matches(word, list(allowed), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def reason(error: Exception) -> str:
    """A foreign error in one line: its type and the first line of its message."""
    first = str(error).partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def seen(value: object) -> str:
    """A value as Python writes it, short enough for a sentence."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        return "a number of thousands of digits"
    return text if len(text) <= _SEEN else f"{text[:_SEEN]}..."


def one_of(allowed: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = allowed
    return f"{', '.join(first)} or {last}" if first else last
