"""`ttsd verify`: exit codes, and what it shows of a verdict; `ttsd new` makes something that passes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bubblewrap, pytest.mark.usefixtures("usable_sandbox")]

WRONG = "def shorten(text):\n    return text\n"


@pytest.fixture
def problem_folder(examples: Path) -> Path:
    return examples / "run-lengths"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    return file


@pytest.mark.parametrize("name", ["run-lengths", "night-shift", "seat-map"])
def test_a_right_program_passes(ttsd, examples: Path, name: str) -> None:
    code, out, _ = ttsd("verify", examples / name, examples / name / "solution.py")
    assert code == 0
    assert out.startswith("pass: ")


def test_a_wrong_program_fails_with_3_and_feedback(ttsd, problem_folder: Path, wrong: Path) -> None:
    code, out, _ = ttsd("verify", problem_folder, wrong)
    assert code == 3
    assert out.startswith("wrong answer: ")
    assert "Wrong answer\nCall:\nshorten(" in out


def test_an_author_is_told_which_cases_fail_hidden_ones_too(ttsd, problem_folder: Path, wrong: Path) -> None:
    cases = json.loads(ttsd("verify", problem_folder, wrong, "--json").out)["cases"]
    failed = [f"  {case['id']} ({case['tier']}): wrong answer" for case in cases if case["status"] != "pass"]
    assert any("(confirm)" in line for line in failed)
    assert ttsd("verify", problem_folder, wrong).out.splitlines()[1 : len(failed) + 2] == [*failed, ""]


def test_of_many_failed_cases_the_first_are_listed(ttsd, tmp_path: Path) -> None:
    ttsd("new", tmp_path / "many", "--kind", "stdio")
    for number in range(30):
        (tmp_path / f"many/tests/feedback/{number}.in").write_text(f"{number}\n")
        (tmp_path / f"many/tests/feedback/{number}.out").write_text("never\n")
    (tmp_path / "silent.py").write_text("")
    lines = ttsd("verify", tmp_path / "many", tmp_path / "silent.py").out.splitlines()
    failed = int(lines[0].split(" of ")[1].split()[0])
    assert failed > 30
    assert [line.endswith(": wrong answer") for line in lines[1:21]] == [True] * 20
    assert lines[21] == f"  and {failed - 20} more"


def test_a_program_that_does_not_compile_fails_with_3(ttsd, problem_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def shorten(:\n")
    code, out, _ = ttsd("verify", problem_folder, tmp_path / "broken.py")
    assert code == 3
    assert "SyntaxError" in out


def test_json_is_one_object_with_verdict_and_feedback(ttsd, problem_folder: Path, wrong: Path) -> None:
    code, out, _ = ttsd("verify", problem_folder, wrong, "--json")
    row = json.loads(out)
    assert (code, row["status"], row["reward"]) == (3, "wrong_answer", 0)
    assert 0 < row["fraction_passed"] < 1
    assert row["feedback"].startswith("The program passed ")
    assert {case["tier"] for case in row["cases"]} == {"sample", "feedback", "confirm"}


def test_show_feedback_prints_the_feedback_alone(ttsd, problem_folder: Path, wrong: Path) -> None:
    feedback = json.loads(ttsd("verify", problem_folder, wrong, "--json").out)["feedback"]
    assert ttsd("verify", problem_folder, wrong, "--show", "feedback").out == feedback + "\n"


def test_show_reprompt_prints_statement_feedback_and_format(ttsd, problem_folder: Path, wrong: Path) -> None:
    out = ttsd("verify", problem_folder, wrong, "--show", "reprompt").out
    statement = (problem_folder / "statement.md").read_text().strip()
    feedback = ttsd("verify", problem_folder, wrong, "--show", "feedback").out.strip()
    assert out.startswith(statement)
    assert out.index(feedback) > len(statement)
    assert out.rstrip().splitlines()[-1].startswith("Answer with one ```python code block")


@pytest.mark.parametrize("show", ["feedback", "reprompt"])
def test_nothing_is_said_about_a_pass(ttsd, problem_folder: Path, show: str) -> None:
    code, out, _ = ttsd("verify", problem_folder, problem_folder / "solution.py", "--show", show)
    assert code == 0
    assert out.rstrip().endswith("the program passes)")


def test_a_false_discovery_is_told_without_the_hidden_test(ttsd, problem_folder: Path, tmp_path: Path) -> None:
    visible = [
        json.loads(line)
        for tier in ("sample", "feedback")
        for line in (problem_folder / f"tests/{tier}.jsonl").read_text().splitlines()
    ]
    table = {row["args"][0]: row["expected"] for row in visible}
    (tmp_path / "cheat.py").write_text(f"def shorten(text):\n    return {table!r}.get(text)\n")
    code, out, _ = ttsd("verify", problem_folder, tmp_path / "cheat.py", "--show", "feedback")
    assert code == 3
    assert out == "The program passes every visible test but fails a hidden one. Some case is not handled.\n"


def test_how_a_judge_failed_is_told_to_the_author_and_to_no_prompt_when_a_case_is_hidden(ttsd, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    ttsd("new", folder, "--kind", "command")
    judge = folder / "command" / "judge.py"
    judge.write_text(judge.read_text().replace("try:", "assert pattern != 'x', 'SECRET'\ntry:"))
    (tmp_path / "odd.txt").write_text("x")
    code, out, _ = ttsd("verify", folder, tmp_path / "odd.txt")
    assert code == 3
    assert "gave no verdict on it, though it does on others (AssertionError: SECRET)." in out
    assert "SECRET" not in ttsd("verify", folder, tmp_path / "odd.txt", "--show", "reprompt").out


@pytest.mark.parametrize("kind", ["stdio", "function", "assertions"])
def test_a_new_problem_is_ready_to_be_verified(ttsd, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "mine"
    code, out, _ = ttsd("new", folder, "--kind", kind)
    assert code == 0
    assert f"ttsd verify {folder} {folder}/solution.py" in out
    assert ttsd("verify", folder, folder / "solution.py").code == 0


@pytest.mark.parametrize("name", ["-dash", "a blank", "--kind"])
def test_the_command_that_ttsd_new_advises_can_be_typed(
    ttsd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    advice = shlex.split(ttsd("new", "--", name).out.partition("then: ttsd ")[2])
    assert ttsd(*advice).code == 0
