"""The comparison with LiveCodeBench's grader: what it counts, that it can be resumed, and its committed result."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.parity import lcb
from benchmarks.parity.judges import Outcome, Remembered
from benchmarks.parity.odd_programs import ODD
from benchmarks.parity.official import outcome
from benchmarks.suites.lcb_rows import Row, RowTest

RESULT = Path(lcb.__file__).parents[1] / "results" / "lcb-parity.json"
ROW = Row("a", "", "", "", "", "", "", "", "", (RowTest("", "1\n"), RowTest("", "1\n")), "")
# Stands where LiveCodeBench's module is, and says of each program what the program itself says.
GRADER = """
def evaluate_generations_by_problem(task):
    (code,), sample, debug, timeout = task
    print("lost")
    said = code.rpartition("# ")[2].split()
    return [[True if word == "True" else int(word) for word in said]], [{}]
"""


@pytest.mark.parametrize(
    ("results", "message", "wanted"),
    [
        ([True, True], "", ("pass", 2)),
        ([True, -2], "Wrong answer", ("wrong_answer", 1)),
        ([False], "Wrong Answer", ("wrong_answer", 0)),
        ([-3], "Time Limit Exceeded", ("time_limit", 0)),
        ([True, True, -4], "Runtime Error", ("runtime_error", 2)),
        ([-2], "TestRunnerError", ("runner_error", 0)),
    ],
)
def test_an_answer_of_the_grader_is_an_outcome(
    results: list[bool | int], message: str, wanted: tuple[str, int]
) -> None:
    assert outcome({"results": results, "message": message}) == wanted


@pytest.mark.parametrize(
    ("here", "there", "agree"),
    [
        (Outcome("pass", 2), Outcome("pass", 2), True),
        (Outcome("compile_error", 0), Outcome("runtime_error", 0), True),
        (Outcome("wrong_answer", 0), Outcome("wrong_answer", 1), False),
        (Outcome("pass", 2), Outcome("wrong_answer", 2), False),
    ],
)
def test_outcomes_agree_in_the_verdict_and_in_the_tests_passed(here: Outcome, there: Outcome, agree: bool) -> None:
    assert here.agrees(there) is agree


def test_what_was_judged_is_not_judged_again_after_a_kill(tmp_path: Path) -> None:
    asked: list[str] = []

    def judge(row: Row, code: str) -> Outcome:
        asked.append(code)
        return Outcome("pass", len(asked))

    file = tmp_path / "judged.jsonl"
    first = [Remembered(judge, file)(ROW, code, "a/0") for code in ("x", "y", "x")]
    file.write_text(file.read_text()[:-9])  # cut within the second line
    again = Remembered(judge, file)
    assert [again(ROW, code, "a/0") for code in ("x", "y")] == [first[0], Outcome("pass", 3)]
    assert asked == ["x", "y", "y"]


def compare(folder: Path, programs: list[tuple[str, bool]]) -> tuple[Result, dict[str, dict[str, object]]]:
    module = folder / "checkout" / "lcb_runner" / "evaluation" / "compute_code_generation_metrics.py"
    module.parent.mkdir(parents=True)
    module.write_text(GRADER)
    subprocess.run(["git", "init", "-q", module.parents[2]], check=True)
    for command in (("add", "."), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a")):
        subprocess.run(["git", "-C", module.parents[2], *command], check=True)
    fields = dict.fromkeys(("question_title", "question_content", "platform", "contest_id", "contest_date"), "")
    fields |= {"question_id": "a", "starter_code": "", "difficulty": "", "private_test_cases": "[]", "metadata": "{}"}
    tests = json.dumps([{"input": "", "output": "1\n"}] * 2)
    published = [{"code": code, "passed": accepted} for code, accepted in programs]
    row = fields | {"public_test_cases": tests, "published_programs": published}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    options = ["--official", module.parents[2], "--python", sys.executable, "--work", folder / "work"]
    options += ["--sandbox", "bubblewrap", "--no-odd", "--out", folder / "out.json"]
    result = CliRunner().invoke(lcb.main, [str(each) for each in (folder / "rows.jsonl", *options)])
    return result, json.loads((folder / "out.json").read_text())


@pytest.mark.bubblewrap
def test_agreement_and_each_exception_are_told(tmp_path: Path) -> None:
    programs = [("print(1)  # True True", True), ("print(2)  # -2", True), ("print(1)  # True -2", False)]
    result, told = compare(tmp_path, programs)
    assert result.exit_code == 1  # nothing explains a/1 and a/2
    assert told["strict"]["accepted_programs"] == 2
    wrong = {"strict": "wrong_answer", "livecodebench": "wrong_answer", "flag": None, "explained": None}
    assert told["strict"]["exceptions"] == [{"program": "a/1", **wrong}]
    assert told["lcb_official"]["agreed"] == 2
    outcomes = {"lcb_official": {"pass after 2": 11}, "livecodebench": {"wrong_answer after 1": 11}}
    assert told["lcb_official"]["disagreements"] == [{"program": "a/2", **outcomes, "explained": None}]


def test_the_committed_comparison_leaves_nothing_unexplained() -> None:
    told = json.loads(RESULT.read_text())
    assert (told["rows"], told["lcb_official"]["programs"]) == (714, 1424)
    assert told["odd_programs"]["programs"] == len(ODD)
    for part, kind in (("strict", "exceptions"), ("lcb_official", "disagreements"), ("odd_programs", "disagreements")):
        assert all(each["explained"] for each in told[part][kind]), part
    assert told["strict"]["passed"] + len(told["strict"]["exceptions"]) == told["strict"]["accepted_programs"]


def test_the_guide_tells_the_committed_numbers() -> None:
    told = json.loads(RESULT.read_text())
    strict, official, odd = told["strict"], told["lcb_official"], told["odd_programs"]
    guide = (RESULT.parents[2] / "docs" / "livecodebench.md").read_text()
    assert f"| {strict['accepted_programs']} | {strict['passed']};" in guide
    assert f"| {official['programs']} | {official['agreed']};" in guide
    assert f"| {odd['programs']} | {odd['agreed']};" in guide
