"""Rows of LiveCodeBench's published files: one JSON object a line, plain or gzipped.

Nothing of a row is trusted: a field that is missing or of another kind, and private tests that are no plain list of
tests, are refused in one sentence that names the row. Not promised: that a row's tests are right (see `Row.flag`).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from benchmarks.suites.lcb_decode import MAX_BYTES, Refused, decode
from benchmarks.suites.lcb_errata import Flag, flag
from sandboxes.guest.lcb_world import PREAMBLE
from sandboxes.types import Case, Tier


class RowError(ValueError):
    """A row that cannot be used. The message is one sentence with the row's id."""


class RowTest(NamedTuple):
    """One test as published: for a function the input holds one JSON value a line, and the output is one."""

    input: str
    output: str


@dataclass(frozen=True, slots=True)
class Row:
    """One problem. `published` holds other models' programs where the file brings them: (source, passed all tests)."""

    id: str
    title: str
    statement: str
    platform: str  # leetcode, atcoder or codeforces
    difficulty: str  # easy, medium or hard
    contest_id: str
    contest_date: str  # 2024-09-21
    starter_code: str  # empty for programs that read standard input
    function: str  # the function or method that is called; empty for programs that read standard input
    samples: tuple[RowTest, ...]
    encoded_private: str  # of some rows 100 MB: decoded when asked for
    published: tuple[tuple[str, bool], ...] = ()

    @property
    def flag(self) -> Flag | None:
        """What LiveCodeBench itself says is wrong with this problem."""
        return flag(self.id, self.title)

    @property
    def preamble(self) -> str:
        """What LeetCode imports for every program; its starter code relies on it. Empty for standard input."""
        return PREAMBLE if self.function else ""

    def private(self, max_bytes: int = MAX_BYTES) -> tuple[RowTest, ...]:
        """The hidden tests. RowError when they are not what they should be, or larger than `max_bytes`."""
        text = self.encoded_private
        if not text.lstrip().startswith("["):
            try:
                text = decode(text, max_bytes)
            except Refused as error:
                raise RowError(f"the private tests of LiveCodeBench row {self.id!r} are refused: {error}") from error
        return _tests(self.id, "private_test_cases", text)

    def case(self, case_id: str, tier: Tier, test: RowTest) -> Case:
        """A test as a case of the verifiers: texts for standard input, values for a function."""
        if not self.function:
            return Case(case_id, tier, test.input, test.output)
        try:
            arguments = [json.loads(line) for line in test.input.split("\n")]
            return Case(case_id, tier, arguments, json.loads(test.output))
        except (ValueError, RecursionError) as error:
            raise RowError(f"LiveCodeBench row {self.id!r}: test {case_id!r} holds no JSON values: {error}") from error


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a published file, in its order."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise RowError(f"line {number} of {path.name} is no LiveCodeBench row: {error}") from error
            yield parse_row(fields, f"line {number} of {path.name}")


def parse_row(fields: object, where: str) -> Row:
    """A row out of its JSON object; `where` stands for its id until that is known."""
    if not isinstance(fields, dict):
        raise RowError(f"{where} is no LiveCodeBench row: expected an object, got {type(fields).__name__}")
    row_id = _text(fields, "question_id", where)
    return Row(
        id=row_id,
        title=_text(fields, "question_title", row_id),
        statement=_text(fields, "question_content", row_id),
        platform=_text(fields, "platform", row_id),
        difficulty=_text(fields, "difficulty", row_id),
        contest_id=_text(fields, "contest_id", row_id),
        contest_date=_text(fields, "contest_date", row_id).partition("T")[0],
        starter_code=_text(fields, "starter_code", row_id),
        function=_function(row_id, _text(fields, "metadata", row_id)),
        samples=_tests(row_id, "public_test_cases", _text(fields, "public_test_cases", row_id)),
        encoded_private=_text(fields, "private_test_cases", row_id),
        published=_published(row_id, fields.get("published_programs", [])),
    )


def _text(fields: Mapping[str, object], name: str, row_id: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise RowError(f"LiveCodeBench row {row_id!r}: {name} must be a text, got {type(value).__name__}")
    return value


def _function(row_id: str, metadata: str) -> str:
    fields = _json(row_id, "metadata", metadata)
    name = fields.get("func_name", "") if isinstance(fields, dict) else None
    if not isinstance(name, str):
        raise RowError(f"LiveCodeBench row {row_id!r}: metadata must be an object that may name a func_name")
    return name


def _tests(row_id: str, field: str, text: str) -> tuple[RowTest, ...]:
    listed = _json(row_id, field, text)
    if not isinstance(listed, list) or not all(_is_test(each) for each in listed):
        raise RowError(f"LiveCodeBench row {row_id!r}: {field} must be a list of tests with texts as input and output")
    return tuple(RowTest(each["input"], each["output"]) for each in cast("list[dict[str, str]]", listed))


def _published(row_id: str, listed: object) -> tuple[tuple[str, bool], ...]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise RowError(f"LiveCodeBench row {row_id!r}: published_programs must be a list of objects")
    return tuple((_text(each, "code", row_id), each.get("passed") is True) for each in listed)


def _is_test(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in RowTest._fields)


def _json(row_id: str, field: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowError(f"LiveCodeBench row {row_id!r}: {field} is no JSON: {error}") from error
