"""Rows of LiveCodeBench are read as published; what cannot be used is refused with the row's id."""

from __future__ import annotations

import base64
import gzip
import json
import os
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.suites.lcb_errata import flag
from benchmarks.suites.lcb_rows import RowError, RowTest, parse_row, read_rows
from sandboxes.types import Case, Tier

TESTS = [{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]
FIELDS = {
    "question_title": "Sum",
    "question_content": "Print the sum.",
    "platform": "atcoder",
    "question_id": "abc999_a",
    "contest_id": "abc999",
    "contest_date": "2024-09-21T00:00:00",
    "starter_code": "",
    "difficulty": "easy",
    "public_test_cases": json.dumps(TESTS),
    "private_test_cases": "[]",
    "metadata": "{}",
}
CALLED = {
    "starter_code": "class Solution:\n    def add(self, a: int, b: List[int]) -> int:\n        ",
    "metadata": '{"func_name": "add"}',
    "public_test_cases": json.dumps([{"input": '1\n[2, "x"]', "output": "true", "testtype": "functional"}]),
}


def encoded(tests: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


def test_a_row_has_the_fields_of_the_published_one() -> None:
    row = parse_row(FIELDS, "line 1")
    assert (row.id, row.title, row.statement) == ("abc999_a", "Sum", "Print the sum.")
    assert (row.platform, row.difficulty, row.contest_id) == ("atcoder", "easy", "abc999")
    assert (row.contest_date, row.starter_code, row.function) == ("2024-09-21", "", "")
    assert row.samples == (RowTest("1 2\n", "3\n"),)
    assert row.private() == ()


@pytest.mark.parametrize("write", [json.dumps, encoded], ids=["plain", "encoded"])
def test_private_tests_are_read_in_both_forms(write: Callable[[object], str]) -> None:
    row = parse_row(FIELDS | {"private_test_cases": write(TESTS * 2)}, "line 1")
    assert row.private() == (RowTest("1 2\n", "3\n"),) * 2


def test_a_test_on_standard_input_is_a_case_of_texts() -> None:
    row = parse_row(FIELDS, "line 1")
    assert row.case("sample 1", Tier.SAMPLE, row.samples[0]) == Case("sample 1", Tier.SAMPLE, "1 2\n", "3\n")


def test_a_test_of_a_function_is_a_case_of_values() -> None:
    row = parse_row(FIELDS | CALLED, "line 1")
    assert row.function == "add"
    assert row.case("sample 1", Tier.SAMPLE, row.samples[0]) == Case("sample 1", Tier.SAMPLE, [1, [2, "x"]], True)


def test_only_a_function_has_a_preamble() -> None:
    assert parse_row(FIELDS, "line 1").preamble == ""
    space: dict[str, object] = {}
    exec(parse_row(FIELDS | CALLED, "line 1").preamble + CALLED["starter_code"] + "pass", space)
    assert "Solution" in space


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_file_is_read_row_by_row(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"rows{suffix}"
    lines = "".join(json.dumps(FIELDS | {"question_id": name}) + "\n" for name in ("a", "b")).encode()
    file.write_bytes(gzip.compress(lines) if suffix.endswith("gz") else lines)
    assert [row.id for row in read_rows(file)] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"question_content": None}, "question_content must be a text", id="no-statement"),
        pytest.param({"public_test_cases": "[1]"}, "public_test_cases must be a list of tests", id="number-for-a-test"),
        pytest.param({"public_test_cases": '{"input": "", "output": ""}'}, "must be a list of tests", id="no-list"),
        pytest.param({"public_test_cases": '[{"input": 1, "output": ""}]'}, "texts as input", id="number-as-input"),
        pytest.param({"public_test_cases": "[" * 100_000}, "public_test_cases is no JSON", id="nested-too-deep"),
        pytest.param({"metadata": "[]"}, "metadata must be an object", id="metadata-list"),
        pytest.param({"metadata": '{"func_name": 1}'}, "metadata must be an object", id="function-number"),
        pytest.param({"metadata": "{"}, "metadata is no JSON", id="metadata-cut"),
        pytest.param({"published_programs": [1]}, "published_programs must be a list", id="program-number"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(RowError, match=rf"'abc999_a': .*{told}"):
        parse_row(FIELDS | change, "line 1")


def test_what_is_no_row_is_refused_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    for line in ("[1]", "{", '{"question_id": 5}'):
        file.write_text(line + "\n")
        with pytest.raises(RowError, match=r"line 1 of rows\.jsonl"):
            list(read_rows(file))


class Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return (os._exit, (1,))


@pytest.mark.parametrize(
    ("private", "told"),
    [
        pytest.param(base64.b64encode(zlib.compress(pickle.dumps(Hostile()))).decode(), "STACK_GLOBAL", id="payload"),
        pytest.param("nothing", "refused", id="nonsense"),
        pytest.param(encoded({"input": "1"}), "list of tests", id="no-list"),
        pytest.param(encoded("[]"), "list of tests", id="text-in-a-text"),
        pytest.param("[" * 100_000, "no JSON", id="nested-too-deep"),
    ],
)
def test_hostile_private_tests_are_refused_in_one_sentence(private: str, told: str) -> None:
    row = parse_row(FIELDS | {"private_test_cases": private}, "line 1")
    with pytest.raises(RowError, match=rf"'abc999_a'.*{told}") as refused:
        row.private()
    assert "\n" not in str(refused.value)


def test_private_tests_have_a_size_cap() -> None:
    row = parse_row(FIELDS | {"private_test_cases": encoded(TESTS * 10_000)}, "line 1")
    with pytest.raises(RowError, match="more than the allowed 1000 bytes"):
        row.private(max_bytes=1000)


def test_a_test_that_holds_no_values_is_refused() -> None:
    row = parse_row(FIELDS | CALLED, "line 1")
    with pytest.raises(RowError, match="test 'sample 9' holds no JSON values"):
        row.case("sample 9", Tier.SAMPLE, RowTest("oops", "1"))


@pytest.mark.parametrize(
    ("problem_id", "title", "wanted"),
    [
        ("abc326_d", "ABC Puzzle", "many-answers"),
        ("3221", "find-the-peaks", "many-answers"),
        ("abc337_e", "Bad Juice", "interactive"),
        ("3363", "most-frequent-ids", "broken-tests"),
        ("abc326_c", "Peak", None),
    ],
)
def test_errata_are_flags(problem_id: str, title: str, wanted: str | None) -> None:
    assert flag(problem_id, title) == wanted
    assert parse_row(FIELDS | {"question_id": problem_id, "question_title": title}, "line 1").flag == wanted
