"""The phrases that refusals share: what was probably meant, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(seen: str, allowed: Iterable[str]) -> str:
    """A phrase to append to a sentence, ` (did you mean 'x'?)`, or nothing when no allowed value is close."""
    close = get_close_matches(seen, list(allowed), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def one_of(allowed: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = allowed
    return f"{', '.join(first)} or {last}" if first else last
