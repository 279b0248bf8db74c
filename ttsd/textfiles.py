"""Reading a text file that a user named, whatever it turns out to be."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, BinaryIO

from ttsd.errors import UserError

WORDS = {  # what a sentence calls a value of a TOML file
    str: "text in quotes",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
MAX_BYTES = 1 << 20  # far more than any settings or program; /dev/zero never ends


def read_text(path: Path, remedy: str, at_most: int = MAX_BYTES) -> str:
    """The text, line ends as they are, of a regular UTF-8 file of at most so many bytes.

    The sentence about anything else ends with `remedy`.
    """
    return _text(read_bytes(path, remedy, at_most), str(path), remedy)


def read_bytes(path: Path, remedy: str, at_most: int = MAX_BYTES) -> bytes:
    """The same, of a file that need not be text."""
    try:
        if path.exists() and not path.is_file():  # opening a named pipe would wait for its writer
            raise UserError(f"{path} is not a regular file; {remedy}.")
        with path.open("rb") as file:
            return _all(file, str(path), remedy, at_most)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); {remedy}.") from error


def read_toml(path: Path, remedy: str) -> dict[str, Any]:
    """The table of a TOML file; the sentence about anything else ends with `remedy`."""
    text = read_text(path, remedy)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML; a number too long, or lists too deep, for Python
        raise UserError(f"{path} is not valid TOML ({error}); {remedy}.") from error


def decode(file: BinaryIO, name: str, remedy: str, at_most: int = MAX_BYTES) -> str:
    """The text of an open file."""
    return _text(_all(file, name, remedy, at_most), name, remedy)


def _all(file: BinaryIO, name: str, remedy: str, at_most: int) -> bytes:
    data = file.read(at_most + 1)
    if len(data) > at_most:
        raise UserError(f"{name} is larger than {at_most >> 10:,} KiB; {remedy}.")
    return data


def _text(data: bytes, name: str, remedy: str) -> str:
    try:
        return data.decode("utf-8-sig")  # without the mark that some editors put before the first byte
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 text (byte {error.start}); {remedy}.") from error
