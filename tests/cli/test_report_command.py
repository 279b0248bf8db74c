"""`ttsd report` on a run made with the scripted sampler."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttsd.record import Record


def test_a_report_has_a_line_for_each_attempt_and_step(ttsd, scripted_run: Path, golden) -> None:
    code, out, _ = ttsd("report", scripted_run)
    assert code == 0
    golden("report.txt", out.rstrip("\n"))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_an_attempt_is_shown_whole(ttsd, scripted_run: Path, golden, k: int) -> None:
    code, out, _ = ttsd("report", scripted_run, "--attempt", k)
    assert code == 0
    golden(f"attempt-{k}.txt", out.rstrip("\n"))


@pytest.mark.parametrize("k", [0, 5, -1])
def test_an_attempt_that_does_not_exist_is_refused(ttsd, scripted_run: Path, k: int) -> None:
    code, out, err = ttsd("report", scripted_run, "--attempt", k)
    assert (code, out) == (2, "")
    assert err == f"ttsd: attempt {k} is not in this run; it has 1 to 4.\n"


def test_a_run_without_attempts_says_so(ttsd, tmp_path: Path) -> None:
    Record.create(tmp_path / "run", {"config": {}}).close()
    assert (
        ttsd("report", tmp_path / "run", "--attempt", "1").err
        == "ttsd: attempt 1 is not in this run; it has none yet.\n"
    )


def test_a_run_that_goes_on_can_be_read(ttsd, scripted_run: Path) -> None:
    (scripted_run / "result.json").unlink()
    with (scripted_run / "rollouts.jsonl").open("a") as file:
        file.write('{"attempt": {"k": 5, "resp')
    assert "#4 " in ttsd("report", scripted_run).out
