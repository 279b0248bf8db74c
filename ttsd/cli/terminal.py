"""What is printed may come from a model, a program or a stranger's problem folder: it must not drive the terminal."""

from __future__ import annotations

import sys
import unicodedata
from io import TextIOWrapper


def harmless(text: str) -> str:
    r"""The text with control, direction and invisible characters written as Python writes them, such as \x1b."""
    return "".join(char if char in "\n\t" or unicodedata.category(char)[0] != "C" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def print_what_cannot_be_encoded_as_escapes() -> None:
    """A terminal that knows no é is no reason to fail at the end of a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
