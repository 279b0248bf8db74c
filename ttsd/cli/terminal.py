"""What is printed may come from a model, a program or a stranger's problem folder: it must not drive the terminal."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from ttsd.characters import shown


def harmless(text: str) -> str:
    r"""The text with control, direction and invisible characters written as Python writes them, such as \x1b."""
    return "".join(char if shown(char) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def print_what_cannot_be_encoded_as_escapes() -> None:
    """A terminal that knows no é is no reason to fail at the end of a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
