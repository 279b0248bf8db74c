"""The sections of a reprompt: one file each, whose text a user can replace (`--template-dir`).

A file holds its placeholder, the file's name in braces, once; what is put there is never read again, so braces, percent
signs and back-ticks of a program stay as they are. Not promised: that a resumed run finds the files as they were.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ttsd.errors import UserError, one_of, seen
from ttsd.textfiles import read_text

SECTIONS = ("hint", "demonstration", "attempt", "feedback")  # in the order in which a reprompt holds them


class Templates:
    """The built-in sections, overlaid by the files of `folder` that have their names; "" is no folder."""

    def __init__(self, folder: str = "") -> None:
        own = _own(Path(folder)) if folder else {}
        self._text = {name: own[name] if name in own else _built_in(name) for name in SECTIONS}

    def fill(self, name: str, content: str) -> str:
        """The section with its content, without empty lines around it."""
        return self._text[name].replace("{" + name + "}", content.strip("\n")).strip("\n")


def _built_in(name: str) -> str:
    return (files("ttsd.templates") / f"{name}.md").read_text(encoding="utf-8")


def _own(folder: Path) -> dict[str, str]:
    found = {name: _checked(path, name) for name in SECTIONS if (path := folder / f"{name}.md").exists()}
    if not found:
        wanted = one_of(f"{name}.md" for name in SECTIONS)
        state = "holds none" if folder.is_dir() else "is no folder"
        raise UserError(f"template_dir is {seen(str(folder))}, which {state}; name a folder that holds {wanted}.")
    return found


def _checked(path: Path, name: str) -> str:
    text, placeholder = read_text(path, "write the text of the section there"), "{" + name + "}"
    if text.count(placeholder) != 1:
        raise UserError(
            f"{path} holds {placeholder} {text.count(placeholder)} times; write it once, where it shall stand."
        )
    return text
