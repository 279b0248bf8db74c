"""Which characters of a stranger's text may be shown, to a person or to a model."""

from __future__ import annotations

import unicodedata

# Control, format (directions and invisible ones among them), halves of a pair, private and unassigned ones, and the
# separators of lines and paragraphs, which break a line where nobody sees why.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def shown(char: str) -> bool:
    """Whether it may: line feeds and tabs, and all that can be seen or is a blank."""
    return char in "\n\t" or unicodedata.category(char) not in _UNSHOWN
