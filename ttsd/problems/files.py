"""Reading the files of a problem, with the file and the line in every refusal. Nothing is executed."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

from ttsd.errors import UserError


def read_text(path: Path) -> str:
    """The file as it is, line ends included."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): mend its permissions or remove it") from error


def parse_python(source: str, path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a problem's file is not ours to report
            compile(source, str(path), "exec", dont_inherit=True)  # finds more than parsing does: a stray `return`
            return ast.parse(source)
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte, in some versions
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise UserError(f"{path}, line {line or 1}: not valid Python ({reason}); mend that line") from error


def visible(folder: Path) -> list[Path]:
    """What a folder holds, sorted, without hidden files (editors and file managers leave those)."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
