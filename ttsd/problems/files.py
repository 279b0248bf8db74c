"""Reading the files of a problem, with the file and the line in every refusal. Nothing is executed."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from sandboxes.types import File
from ttsd import textfiles
from ttsd.errors import UserError, seen

MAX_TEXT = 16 << 20  # bytes: what fits into a message to a sandbox, whatever the text is (`sandboxes.wire.MAX_FRAME`)
MAX_FOLDER = 32 << 20  # bytes of all files that judge: half of a sandbox's scratch
MAX_LATEX = 64 << 10  # bytes; a hostile text of this size takes its converter ten seconds
MAX_NAME = 200  # characters; a run's folder is named after its problem


def read_text(path: Path, at_most: int = MAX_TEXT) -> str:
    """The file as it is, line ends included; refused when it has more than `at_most` bytes."""
    return textfiles.read_text(path, "put a readable UTF-8 text in its place, or remove it", at_most)


def read_pair(path: Path, answer: str) -> tuple[str, str] | None:
    """The texts of a test: `path`, NAME.in, and its partner, NAME and the ending `answer`. None for the partner.

    Either is refused without the other.
    """
    partner = path.with_suffix(answer if path.suffix == ".in" else ".in")
    if not partner.is_file():
        raise UserError(f"{path} has no {partner.name} beside it: write {partner}, or remove {path.name}")
    return (read_text(path), read_text(partner)) if path.suffix == ".in" else None


def read_folder(folder: Path) -> tuple[File, ...]:
    """Every file of a folder that goes into a sandbox, of any bytes. Hidden ones and Python's caches stay outside."""
    found = tuple(File.of(path.relative_to(folder).as_posix(), *_content(path)) for path in _files(folder))
    if sum(len(file.data) for file in found) > MAX_FOLDER * 4 // 3:
        raise UserError(f"{folder} holds more than {MAX_FOLDER >> 20} MiB: leave out what judging does not need")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in visible(folder):
        if path.is_dir():
            yield from _files(path) if path.name != "__pycache__" else ()
        else:
            yield path


def _content(path: Path) -> tuple[bytes, bool]:
    """The bytes, and whether it may be executed."""
    remedy = "put a readable file in its place, or remove it"
    content = textfiles.read_bytes(path, remedy, MAX_TEXT)
    return content, os.access(path, os.X_OK)


def refuse_links_out(folder: Path, *names: str) -> None:
    """A problem is what its folder holds. Links to folders are refused wherever they lead: it may be in a circle."""
    root = os.path.realpath(folder)
    for name in names:
        for path in (folder / name, *(folder / name).rglob("*")):
            inside = Path(os.path.realpath(path)).is_relative_to(root) and not path.is_dir()
            if path.is_symlink() and not inside:
                raise UserError(
                    f"{path} is a link to {os.readlink(path)}, a folder or a place outside of {folder}: "
                    "put a copy of it in its place"
                )


def statement_of(path: Path, text: str) -> str:
    """The text, refused when there is nothing in it."""
    if not text.strip():
        raise UserError(f"{path} is empty: write the problem there, in Markdown, as the model shall read it")
    return text.strip()


def name_of(path: Path, name: str) -> str:
    """The name of the problem in `path`. UserError when it would break the line it is printed in."""
    if len(name) > MAX_NAME or not name.isprintable():
        raise UserError(f"{path}: name = {seen(name)} must be one line of at most {MAX_NAME} printable characters")
    return name


def read_python(path: Path) -> tuple[str, ast.Module]:
    """The source and its syntax tree."""
    source = read_text(path, textfiles.MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a problem's file is not ours to report
            compile(source, str(path), "exec", dont_inherit=True)  # finds more than parsing does: a stray `return`
            return source, ast.parse(source)
    except (RecursionError, MemoryError) as error:
        raise UserError(f"{path} is nested too deep for Python: write it with fewer levels") from error
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte, in some versions
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise UserError(f"{path}, line {line or 1}: not valid Python ({reason}); mend that line") from error


def visible(folder: Path) -> list[Path]:
    """What a folder holds, sorted, without hidden files (editors and file managers leave those)."""
    try:
        found = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise UserError(f"{folder} cannot be read ({error.strerror}): mend its permissions or remove it") from error
    for entry in found:
        if not entry.name.isprintable():  # a name that is not UTF-8 among them
            raise UserError(f"{folder} holds a file with the odd name {seen(entry.name)}: rename it")
    return found
