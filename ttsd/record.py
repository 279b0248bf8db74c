"""The run folder: the only file that knows its names.

    run.json          what was asked for and on what machine
    rollouts.jsonl    one line per judged attempt, in the order in which they were judged
    steps.jsonl       one line per group: what was learned from it, or why nothing was
    sampled.jsonl     the running group's attempts as sampled, so that none is sampled again after a kill
    adapters/NNNN/    the adapter after NNNN updates, in PEFT's form
    result.json       how the run ended

Lines are appended with one write each. A process killed at any instant loses at most the line it was writing;
reading forgets an unfinished last line. A power cut may lose more: nothing is forced to the disk.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sandboxes.types import CaseResult, Status, Tier, Verdict
from ttsd.errors import UserError
from ttsd.types import Attempt, Chat, Feedback, Message, Outcome, Rollout, Step, TeacherContext


class Record:
    """An open run folder and what it holds. One process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = _lock(folder)
        self._forget_unfinished_adapters()
        for name in ("rollouts.jsonl", "steps.jsonl", "sampled.jsonl"):
            _cut_unfinished_line(folder / name)
        self.rollouts = load_rollouts(folder)
        self.steps = load_steps(folder)
        self._sampled = [_attempt(row) for row in _read(folder / "sampled.jsonl")]
        before = [row["elapsed"] for name in ("rollouts.jsonl", "steps.jsonl") for row in _read(folder / name)]
        self._began = time.monotonic() - max(before, default=0.0)

    @classmethod
    def create(cls, folder: Path, run: dict[str, Any]) -> Record:
        """Begin a run in a new or empty folder."""
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file; name a new folder for the run.")
        if folder.exists() and any(folder.iterdir()):
            raise UserError(
                f"{folder} is not empty; name another folder, or continue the run in it: ttsd resume {folder}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "run.json", run)
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Record:
        """Go on with a run."""
        read_run(folder)
        return cls(folder)

    @property
    def next_group(self) -> int:
        """Index of the group that is running or comes next: every finished group has left a step."""
        return len(self.steps)

    @property
    def policy_version(self) -> int:
        """The adapter in use after the last step; 0 is the base model."""
        return self.steps[-1].policy_version if self.steps else 0

    @property
    def tokens(self) -> int:
        """Generated so far."""
        return sum(len(rollout.attempt.token_ids) for rollout in self.rollouts)

    @property
    def elapsed(self) -> float:
        """Seconds the run has taken, without the time between a kill and its resumption."""
        return time.monotonic() - self._began

    def unjudged(self) -> list[Attempt]:
        """Attempts that were sampled but whose verdict never came."""
        judged = {rollout.attempt.k for rollout in self.rollouts}
        return [attempt for attempt in self._sampled if attempt.k not in judged]

    def attempt(self, attempt: Attempt) -> None:
        """Remember an attempt as soon as it is sampled."""
        self._append("sampled.jsonl", dataclasses.asdict(attempt))

    def rollout(self, rollout: Rollout) -> None:
        """Remember a judged attempt."""
        row = dataclasses.asdict(rollout)
        row["verdict"] |= {"reward": rollout.verdict.reward, "fraction_passed": rollout.verdict.fraction_passed}
        self._append("rollouts.jsonl", row | {"elapsed": self.elapsed})
        self.rollouts = sorted([*self.rollouts, rollout], key=lambda each: each.attempt.k)

    def step(self, step: Step) -> None:
        """Remember that a group is finished and what was made of it."""
        self._append("steps.jsonl", dataclasses.asdict(step) | {"elapsed": self.elapsed})
        self.steps.append(step)
        self._sampled = []
        (self.folder / "sampled.jsonl").unlink(missing_ok=True)

    def result(self, outcome: Outcome) -> None:
        """Write down how the run ended."""
        _replace(self.folder / "result.json", dataclasses.asdict(outcome))

    def adapter(self, version: int) -> Path:
        """Where this adapter lies."""
        return self.folder / "adapters" / f"{version:04d}"

    def save_adapter(self, version: int, write: Callable[[Path], None], *, keep: Iterable[int]) -> None:
        """Let `write` fill the adapter's folder, whole or not at all; then drop all but it and those to `keep`."""
        final = self.adapter(version)
        half = final.with_suffix(".tmp")
        half.mkdir(parents=True)
        write(half)
        half.rename(final)
        for old in set(final.parent.iterdir()) - {final, *map(self.adapter, keep)}:
            shutil.rmtree(old)

    def discard(self) -> None:
        """Remove the folder of a run that has no attempt yet."""
        if not self.rollouts and not self._sampled:
            shutil.rmtree(self.folder)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)

    def _forget_unfinished_adapters(self) -> None:
        """An adapter without its step in steps.jsonl is learned again: the step is what makes it count."""
        versions = {row["policy_version"] for row in _read(self.folder / "steps.jsonl")}
        for folder in (self.folder / "adapters").glob("*"):
            if folder.suffix == ".tmp" or (folder.name.isdigit() and int(folder.name) not in versions):
                shutil.rmtree(folder)

    def _append(self, name: str, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            written = os.write(handle, line)
            if written != len(line):
                raise OSError(
                    f"only {written} of {len(line)} bytes of a line fitted into {self.folder / name}: is the disk full?"
                )
        finally:
            os.close(handle)


def read_run(folder: Path) -> dict[str, Any]:
    """What `run.json` says."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder} is not a run folder (run.json: {error}); name one that `ttsd solve` printed."
        ) from error
    if not isinstance(run, dict):
        raise UserError(f"{folder}/run.json holds no object; name a run folder that `ttsd solve` printed.")
    return run


def read_result(folder: Path) -> dict[str, Any] | None:
    """What `result.json` says; None for a run that has not ended."""
    path = folder / "result.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _lock(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UserError(f"{folder} is in use by another ttsd process; wait for it or stop it first.") from None
    return handle


def load_rollouts(folder: Path) -> list[Rollout]:
    """The judged attempts of a run, by k."""
    return sorted(map(_rollout, _read(folder / "rollouts.jsonl")), key=lambda rollout: rollout.attempt.k)


def load_steps(folder: Path) -> list[Step]:
    """The steps of a run, in order."""
    return [Step(**{name: row[name] for name in row if name != "elapsed"}) for row in _read(folder / "steps.jsonl")]


def _read(path: Path) -> list[dict[str, Any]]:
    """The finished lines."""
    data = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]


def _cut_unfinished_line(path: Path) -> None:
    """What a kill left of a line is cut off, so that the next one starts afresh."""
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def _replace(path: Path, value: dict[str, Any]) -> None:
    half = path.with_suffix(".tmp")
    half.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    half.replace(path)


def _chat(rows: list[list[Any]]) -> Chat:
    return tuple(Message(*row) for row in rows)


def _attempt(row: dict[str, Any]) -> Attempt:
    tuples = {"token_ids": tuple(row["token_ids"]), "logprobs": tuple(row["logprobs"]), "prompt": _chat(row["prompt"])}
    return Attempt(**row | tuples)


def _verdict(row: dict[str, Any]) -> Verdict:
    cases = tuple(
        CaseResult(**case | {"tier": Tier(case["tier"]), "status": Status(case["status"])}) for case in row["cases"]
    )
    return Verdict(Status(row["status"]), cases, row["detail"], row["sandbox"], row["seconds"])


def _rollout(row: dict[str, Any]) -> Rollout:
    teacher = TeacherContext(_chat(row["teacher"]["chat"])) if row["teacher"] else None
    return Rollout(
        _attempt(row["attempt"]), _verdict(row["verdict"]), Feedback(row["feedback"]["text"]), row["program"], teacher
    )
