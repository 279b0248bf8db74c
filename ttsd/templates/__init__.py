"""The sections of a reprompt: one file each, whose text a user can replace (`--template-dir`).

A file holds its placeholder, the file's name in braces, once; what is put there is never read again, so braces, percent
signs and back-ticks of a program stay as they are.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ttsd.errors import UserError

SECTIONS = ("hint", "demonstration", "attempt", "feedback")  # in the order in which a reprompt holds them


class Templates:
    """The built-in sections, overlaid by the files of `folder` that have their names."""

    def __init__(self, folder: Path | None = None) -> None:
        self._text = {name: _read(name, folder) for name in SECTIONS}

    def fill(self, name: str, content: str) -> str:
        """The section with its content, without blank lines around it."""
        return self._text[name].replace("{" + name + "}", content.strip()).strip()


def _read(name: str, folder: Path | None) -> str:
    own = folder / f"{name}.md" if folder else None
    if own is None or not own.exists():
        return (files("ttsd.templates") / f"{name}.md").read_text(encoding="utf-8")
    text = own.read_text(encoding="utf-8")
    if text.count("{" + name + "}") != 1:
        raise UserError(
            f"{own} holds {{{name}}} {text.count('{' + name + '}')} times; write it once, where it shall stand."
        )
    return text
