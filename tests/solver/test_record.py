"""The run folder: what was written is read back, and what is damaged is named."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sandboxes.types import Status
from ttsd.errors import UserError
from ttsd.record import Record, load_result, load_rollouts, load_run, load_steps
from ttsd.types import Feedback, Message, Outcome, Rollout, Step, TeacherContext

STEP = Step(0, 1, "update", metrics={"loss": 0.5}, seconds=1.5)


@pytest.fixture
def rollout(attempt, judged) -> Rollout:
    """With something in every field."""
    chat = (Message("system", "Be brief."), Message("user", "Add."))
    verdict = judged(Status.WRONG_ANSWER, Status.PASS, Status.PASS, actual="-1")
    return Rollout(attempt(1, prompt=chat), verdict, Feedback("no"), "program", TeacherContext(chat))


def _numbered(rollout: Rollout, k: int) -> Rollout:
    return replace(rollout, attempt=replace(rollout.attempt, k=k))


@pytest.fixture
def folder(tmp_path: Path, rollout: Rollout) -> Path:
    """A run with an adapter and two lines in every file."""
    record = Record.create(tmp_path / "run", {})
    for group in range(2):
        record.rollout(_numbered(rollout, group + 1))
        record.contexts({group + 1: rollout.teacher})
        record.step(replace(STEP, group=group))
    for k in (3, 4):
        record.attempt(replace(rollout.attempt, k=k))
    record.adapter(1).mkdir(parents=True)
    record.close()
    return record.folder


def test_a_rollout_is_read_back_as_it_was(folder: Path, rollout: Rollout) -> None:
    assert load_rollouts(folder) == [rollout, _numbered(rollout, 2)]


def test_a_step_is_read_back_as_it_was(folder: Path) -> None:
    assert load_steps(folder) == [STEP, replace(STEP, group=1)]


def test_a_result_is_read_back_as_it_was(folder: Path, rollout: Rollout) -> None:
    outcome = Outcome("solved", 4, rollout, 1, 0, 178, 2.5)
    record = Record.open(folder)
    record.result(outcome)
    assert load_result(folder) == outcome


def test_a_path_that_is_no_text_can_be_recorded(tmp_path: Path) -> None:
    record = Record.create(tmp_path / "run", {"command": ["a\udcff"]})
    assert load_run(record.folder, dict) == {"command": ["a\udcff"]}


@pytest.mark.parametrize("name", ["rollouts.jsonl", "steps.jsonl", "sampled.jsonl"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"garbage", "not valid JSON, Expecting value"),
        (b'"\xff"', "can't decode byte"),
        (b"", "not valid JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field"),
        (b"[" * 100_000, "recursion"),
        (b"9" * 5000, "Exceeds the limit"),
    ],
    ids=["garbage", "no text", "empty", "a list", "no keys", "deep", "long"],
)
def test_a_damaged_line_is_named_with_the_remedy(folder: Path, name: str, line: bytes, said: str) -> None:
    first = (folder / name).read_bytes().splitlines()[0]
    (folder / name).write_bytes(first + b"\n" + line + b"\n")
    with pytest.raises(UserError) as refusal:
        Record.open(folder)
    assert str(refusal.value).startswith(f"{folder / name}, line 2: ")
    assert said in str(refusal.value)
    assert str(refusal.value).endswith(
        "; the run folder is damaged: restore it from a copy, or start a new run with ttsd solve."
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rollouts.jsonl", "attempt 1 is there twice"),
        ("steps.jsonl", "the step of group 0 is there twice"),
        ("sampled.jsonl", "attempt 3 is there twice"),
    ],
)
def test_a_line_that_is_there_twice_is_damage(folder: Path, name: str, said: str) -> None:
    lines = (folder / name).read_text().splitlines(keepends=True)
    (folder / name).write_text("".join([*lines, lines[0]]))
    with pytest.raises(UserError, match=re.escape(f"{folder / name}, line 3: {said}; the run folder is damaged: ")):
        Record.open(folder)


@pytest.mark.parametrize("name", ["rollouts.jsonl", "steps.jsonl", "sampled.jsonl"])
def test_an_unfinished_last_line_is_forgotten(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole + b'{"attempt": {"k"')
    Record.open(folder).close()
    assert (folder / name).read_bytes() == whole


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("group", "0", "Expected `int`, got `str` - at `$.group`"),
        ("group", True, "Expected `int`, got `bool` - at `$.group`"),
        ("action", "jump", "Invalid enum value 'jump' - at `$.action`"),
        ("metrics", {"loss": "low"}, "Expected `float`, got `str` - at `$.metrics[...]`"),
        ("elapsed", None, "Expected `float`, got `null` - at `$.elapsed`"),
    ],
)
def test_a_value_of_another_type_is_named(folder: Path, key: str, value: object, said: str) -> None:
    row = asdict(STEP) | {"elapsed": 1.0, key: value}
    (folder / "steps.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(UserError, match=re.escape(f"line 1: {said}; ")):
        Record.open(folder)


def test_a_status_that_does_not_exist_is_named(folder: Path) -> None:
    damaged = (folder / "rollouts.jsonl").read_text().replace('"wrong_answer"', '"banana"')
    (folder / "rollouts.jsonl").write_text(damaged)
    with pytest.raises(UserError, match=r"line 1: Invalid enum value 'banana' - at `\$\.verdict\.status`"):
        load_rollouts(folder)


def test_a_missing_adapter_is_named(folder: Path) -> None:
    (folder / "adapters/0001").rmdir()
    with pytest.raises(UserError, match=r"adapters/0001 is missing; the run folder is damaged: restore it"):
        Record.open(folder)


def test_a_run_that_goes_on_has_not_ended(folder: Path) -> None:
    record = Record.open(folder)
    record.result(Outcome("interrupted", 2))
    record.close()
    again = Record.open(folder)
    assert load_result(folder) is not None  # it may still turn out that it cannot go on
    again.start()
    assert load_result(folder) is None


def test_a_run_in_use_is_refused(folder: Path) -> None:
    record = Record.open(folder)
    with pytest.raises(UserError, match="is in use by another ttsd process; wait for it or stop it first"):
        Record.open(folder)
    record.close()


def test_the_clock_counts_from_its_start(folder: Path) -> None:
    record = Record.open(folder)
    before = record.elapsed
    time.sleep(0.05)
    record.start()
    assert record.elapsed < before + 0.05
    record.close()


@pytest.mark.parametrize(
    "place", ["file/run", "file", "n" * 300, "/proc/ttsd-run", "/dev/null/run"], ids=lambda place: place[:20]
)
def test_a_place_that_cannot_hold_a_run_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot hold a run \(.*\); name another folder\."):
        Record.create(tmp_path / place, {})
