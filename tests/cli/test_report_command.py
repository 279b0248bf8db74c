"""`ttsd report` on a run made with the scripted sampler."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ttsd.record import load_rollouts


def test_a_report_has_a_line_for_each_attempt_and_step(ttsd, scripted_run: Path, golden) -> None:
    code, out, _ = ttsd("report", scripted_run)
    assert code == 0
    golden("report.txt", re.sub(r"ttsd report \S+", "ttsd report RUN", out.rstrip("\n")))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_an_attempt_is_shown_whole(ttsd, scripted_run: Path, golden, k: int) -> None:
    code, out, _ = ttsd("report", scripted_run, "--attempt", k)
    assert code == 0
    golden(f"attempt-{k}.txt", out.rstrip("\n"))


def test_a_run_of_a_method_without_a_self_teacher_says_so(ttsd, scripted_run: Path) -> None:
    (scripted_run / "contexts.jsonl").unlink()
    out = ttsd("report", scripted_run, "--attempt", 1).out
    assert out.endswith("\n== Teacher prompt ==\n(none: no self-teacher looked at it)\n")


def see(run: Path, sees: list[str]) -> None:
    """Write that the self-teacher of attempt 1 saw this."""
    (first, *others) = (run / "contexts.jsonl").read_text().splitlines()
    row = json.loads(first)
    assert row["k"] == 1
    row["context"]["sees"] = sees
    (run / "contexts.jsonl").write_text("\n".join([json.dumps(row), *others, ""]))


@pytest.mark.parametrize(
    ("sees", "told"), [([], "no more than the student"), (["hint", "demonstration"], "hint, demonstration")]
)
def test_what_a_teacher_sees_is_named(ttsd, scripted_run: Path, sees: list[str], told: str) -> None:
    see(scripted_run, sees)
    out = ttsd("report", scripted_run, "--attempt", 1).out
    assert f"\n\n== The self-teacher sees ==\n{told}\n\n== Teacher prompt ==\nWrite add" in out


@pytest.mark.parametrize(("k", "end"), [(3, "(none but the prompt that it answered)\n"), (4, "Do not explain.\n")])
def test_an_attempt_that_a_self_teacher_wrote_says_whose_prompt_it_answered(
    ttsd, scripted_run: Path, k: int, end: str
) -> None:
    rollouts = load_rollouts(scripted_run)
    assert rollouts[0].teacher is not None
    written = replace(rollouts[k - 1], attempt=replace(rollouts[k - 1].attempt, prompt=rollouts[0].teacher.chat))
    rows = [asdict(written if each.attempt.k == k else each) | {"elapsed": 0} for each in rollouts]
    (scripted_run / "rollouts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = ttsd("report", scripted_run, "--attempt", k).out
    assert out.startswith("== Prompt, the self-teacher's of attempt 1 ==\n")
    assert out.endswith(end)


@pytest.mark.parametrize("k", [0, 5, -1])
def test_an_attempt_that_does_not_exist_is_refused(ttsd, scripted_run: Path, k: int) -> None:
    code, out, err = ttsd("report", scripted_run, "--attempt", k)
    assert (code, out) == (2, "")
    assert err == f"ttsd: attempt {k} is not in this run; it has 1 to 4.\n"


@pytest.mark.parametrize(
    ("held", "said"),
    [((1, 2, 4), "1, 2, 4"), ((1, 2, 3), "1 to 3"), ((2, 3, 4), "2 to 4"), ((1, 3, 4), "1, 3, 4")],
    ids=str,
)
def test_a_run_that_goes_on_says_which_attempts_it_has(
    ttsd, scripted_run: Path, held: tuple[int, ...], said: str
) -> None:
    (scripted_run / "result.json").unlink()
    lines = (scripted_run / "rollouts.jsonl").read_text().splitlines(keepends=True)
    (scripted_run / "rollouts.jsonl").write_text("".join(lines[k - 1] for k in held))
    assert ttsd("report", scripted_run, "--attempt", 9).err == (
        f"ttsd: attempt 9 is not in this run; it has {said} so far.\n"
    )


def test_a_run_without_attempts_says_so(ttsd, scripted_run: Path) -> None:
    (scripted_run / "rollouts.jsonl").unlink()
    assert ttsd("report", scripted_run, "--attempt", "1").err == (
        "ttsd: attempt 1 is not in this run; it has none yet.\n"
    )


def test_a_run_that_goes_on_can_be_read(ttsd, scripted_run: Path) -> None:
    (scripted_run / "result.json").unlink()
    with (scripted_run / "rollouts.jsonl").open("a") as file:
        file.write('{"attempt": {"k": 5, "resp')
    assert ttsd("report", scripted_run).out.endswith(
        "\n\nNot ended: add with best-of-k. 4 attempts, 178 generated tokens, 0 s so far.\n"
        f"Go on with: ttsd resume {scripted_run}\n"
    )


@pytest.mark.parametrize("status", ["interrupted", "unavailable"])
def test_a_run_that_was_stopped_names_the_command_that_goes_on(ttsd, scripted_run: Path, status: str) -> None:
    result = json.loads((scripted_run / "result.json").read_text())
    (scripted_run / "result.json").write_text(json.dumps(result | {"status": status, "solution": None}))
    assert ttsd("report", scripted_run).out.endswith(f"\nGo on with: ttsd resume {scripted_run}\n")


def test_a_run_that_was_stopped_after_its_success_names_both(ttsd, scripted_run: Path) -> None:
    result = json.loads((scripted_run / "result.json").read_text())
    (scripted_run / "result.json").write_text(json.dumps(result | {"status": "interrupted"}))
    out = ttsd("report", scripted_run).out
    assert "\nStopped: add with best-of-k; attempt 3 passes every test. 4 attempts" in out
    assert out.endswith(
        f"Its program: ttsd report {scripted_run} --attempt 3\nGo on with: ttsd resume {scripted_run}\n"
    )


def test_with_json_a_report_prints_what_solve_printed(ttsd, scripted_run: Path) -> None:
    rows = [json.loads(line) for line in ttsd("report", scripted_run, "--json").out.splitlines()]
    assert [row["event"] for row in rows] == ["run", "attempt", "attempt", "step", "attempt", "attempt", "result"]
    assert rows[0]["problem"]["name"] == "add"
    assert (rows[4]["k"], rows[4]["status"], rows[4]["reward"]) == (3, "pass", 1)
    assert rows[-1]["solution"]["k"] == 3


def test_with_json_an_attempt_is_one_object(ttsd, scripted_run: Path) -> None:
    row = json.loads(ttsd("report", scripted_run, "--attempt", 3, "--json").out)
    assert row["attempt"]["response"].endswith("return a + b\n```")


def test_what_a_model_wrote_cannot_drive_the_terminal(ttsd, scripted_run: Path) -> None:
    (first, *_) = load_rollouts(scripted_run)
    nasty = replace(first, attempt=replace(first.attempt, response="\x1b]0;title\x07\r\u202e\u061c\u2028."))
    (scripted_run / "rollouts.jsonl").write_text(json.dumps(asdict(nasty) | {"elapsed": 0}) + "\n")
    out = ttsd("report", scripted_run, "--attempt", 1).out
    assert r"\x1b]0;title\x07\r\u202e\u061c\u2028." in out
    assert not set(out) & set("\x1b\x07\u202e\r\u061c\u2028")


def test_a_report_names_the_profile_by_which_attempts_were_judged(ttsd, scripted_run: Path) -> None:
    assert "\nProfile: strict (function)\n" in ttsd("report", scripted_run).out
    facts = json.loads((scripted_run / "run.json").read_text())
    facts["problem"]["kind"] = "lcb-official"
    (scripted_run / "run.json").write_text(json.dumps(facts))
    assert "\nProfile: lcb-official\n" in ttsd("report", scripted_run).out
