"""`ttsd resume` of a run that needs no model any more, and of one that cannot go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_a_solved_run_prints_its_program_again(ttsd, scripted_run: Path) -> None:
    code, out, err = ttsd("resume", scripted_run)
    assert (code, out) == (0, "def add(a, b):\n    return a + b\n")
    assert err.startswith("Solved add with best-of-k: attempt 3 passes every test. 4 attempts")


def test_a_run_whose_budget_is_spent_ends_with_3_again(ttsd, scripted_run: Path) -> None:
    result = json.loads((scripted_run / "result.json").read_text())
    (scripted_run / "result.json").write_text(json.dumps(result | {"status": "exhausted", "solution": None}))
    code, out, err = ttsd("resume", scripted_run)
    assert (code, out) == (3, "")
    assert err.startswith("Not solved: add with best-of-k; the budget is spent.")


def test_a_finished_run_is_left_as_it_is(ttsd, scripted_run: Path) -> None:
    before = {path: path.read_bytes() for path in scripted_run.iterdir()}
    ttsd("resume", scripted_run)
    assert {path: path.read_bytes() for path in scripted_run.iterdir()} == before


def test_with_json_a_finished_run_is_its_result(ttsd, scripted_run: Path) -> None:
    row = json.loads(ttsd("resume", scripted_run, "--json").out)
    assert (row["event"], row["status"], row["solution"]["k"]) == ("result", "solved", 3)


def test_a_problem_that_is_gone_is_refused(ttsd, scripted_run: Path) -> None:
    (scripted_run / "result.json").unlink()
    assert ttsd("resume", scripted_run).err.startswith("ttsd: no suite is called 'test'")


@pytest.mark.parametrize("command", ["report", "resume"])
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("run.json", "[1, 2]", "Expected `object`, got `array`; the run folder is damaged"),
        ("run.json", "{", "not valid JSON"),
        ("run.json", "{}", "Object missing required field `problem`"),
        ("run.json", "[" * 100_000, "the run folder is damaged"),
        ("result.json", '{"status": "won"}', "remove that file and let ttsd resume write it anew"),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(
    ttsd, scripted_run: Path, command: str, file: str, text: str, said: str
) -> None:
    (scripted_run / file).write_text(text)
    code, out, err = ttsd(command, scripted_run)
    assert (code, out) == (2, "")
    assert err.startswith(f"ttsd: {scripted_run / file}: ")
    assert said in err
