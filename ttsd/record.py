"""The run folder: the only file that knows its names.

    run.json          what was asked for and on what machine
    rollouts.jsonl    one line per judged attempt, in the order in which they were judged
    contexts.jsonl    one line per attempt whose self-teacher knows something: the teacher's prompt
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
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ttsd.errors import UserError
from ttsd.types import Attempt, Outcome, Rollout, Step, TeacherContext

T = TypeVar("T")

_RESTORE = "the run folder is damaged: restore it from a copy, or start a new run with ttsd solve"


class Record:
    """An open run folder and what it holds. One process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = _lock(folder)
        self.rollouts = load_rollouts(folder)
        self.steps = load_steps(folder)
        self._sampled = _read(folder / "sampled.jsonl", Attempt)
        _refuse_repeats(folder / "sampled.jsonl", "attempt", [attempt.k for attempt in self._sampled])
        self._forget_unfinished_adapters()
        for name in ("rollouts.jsonl", "contexts.jsonl", "steps.jsonl", "sampled.jsonl"):
            _cut_unfinished_line(folder / name)
        self._before = load_elapsed(folder)  # seconds that earlier sessions took
        self._began = time.monotonic()

    @classmethod
    def create(cls, folder: Path, run: dict[str, Any]) -> Record:
        """Begin a run in a new or empty folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise UserError(
                    f"{folder} is not empty; name another folder, or continue the run in it: ttsd resume {folder}"
                )
            _replace(folder / "run.json", run)
        except OSError as error:
            raise UserError(f"{folder} cannot hold a run ({error.strerror}); name another folder.") from error
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Record:
        """Go on with a run."""
        load_run(folder, dict[str, Any])
        record = cls(folder)
        version = record.policy_version
        if version and not record.adapter(version).is_dir():
            raise UserError(f"{record.adapter(version)} is missing; {_RESTORE}.")
        return record

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
        return self._before + time.monotonic() - self._began

    def start(self) -> None:
        """Sampling begins: seconds count from now, for loading a model costs no budget; an earlier ending is void."""
        self._began = time.monotonic()
        (self.folder / "result.json").unlink(missing_ok=True)

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
        del row["teacher"]  # is made when the whole group is judged
        row["verdict"] |= {"reward": rollout.verdict.reward, "fraction_passed": rollout.verdict.fraction_passed}
        self._append("rollouts.jsonl", row | {"elapsed": self.elapsed})
        untaught = dataclasses.replace(rollout, teacher=None)
        self.rollouts = sorted([*self.rollouts, untaught], key=lambda each: each.attempt.k)

    def contexts(self, contexts: Mapping[int, TeacherContext]) -> None:
        """Remember the teacher's prompts of a group, by k; those that are known already stay."""
        known = {rollout.attempt.k for rollout in self.rollouts if rollout.teacher}
        new = {k: context for k, context in contexts.items() if k not in known}
        for k, context in new.items():
            self._append("contexts.jsonl", dataclasses.asdict(_Context(k, context)))
        self.rollouts = [_with_teacher(rollout, new) for rollout in self.rollouts]

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
        versions = {step.policy_version for step in self.steps}
        for folder in (self.folder / "adapters").glob("*"):
            if folder.suffix == ".tmp" or (folder.name.isdigit() and int(folder.name) not in versions):
                shutil.rmtree(folder)

    def _append(self, name: str, row: dict[str, Any]) -> None:
        line = json.dumps(row).encode() + b"\n"  # ASCII, in which a lone surrogate survives
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            written = os.write(handle, line)
            if written != len(line):
                raise OSError(
                    f"only {written} of {len(line)} bytes of a line fitted into {self.folder / name}: is the disk full?"
                )
        finally:
            os.close(handle)


def load_run(folder: Path, kind: type[T]) -> T:
    """What `run.json` says, as a value of this type."""
    path = folder / "run.json"
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{folder} is not a run folder (run.json: {error.strerror}); name one that `ttsd solve` printed."
        ) from error
    return _parse(text, kind, str(path))


def load_result(folder: Path) -> Outcome | None:
    """How the run ended; None for a run that has not ended."""
    path = folder / "result.json"
    remedy = "remove that file and let ttsd resume write it anew"
    return _parse(path.read_bytes(), Outcome, str(path), remedy) if path.exists() else None


def load_rollouts(folder: Path) -> list[Rollout]:
    """The judged attempts of a run, by k."""
    path = folder / "rollouts.jsonl"
    rollouts = _read(path, Rollout)
    _refuse_repeats(path, "attempt", [rollout.attempt.k for rollout in rollouts])
    teachers = _load_contexts(folder)
    return sorted((_with_teacher(rollout, teachers) for rollout in rollouts), key=lambda rollout: rollout.attempt.k)


def _load_contexts(folder: Path) -> dict[int, TeacherContext]:
    path = folder / "contexts.jsonl"
    contexts = _read(path, _Context)
    _refuse_repeats(path, "the context of attempt", [context.k for context in contexts])
    return {context.k: context.context for context in contexts}


def _with_teacher(rollout: Rollout, contexts: Mapping[int, TeacherContext]) -> Rollout:
    found = contexts.get(rollout.attempt.k)
    return dataclasses.replace(rollout, teacher=found) if found else rollout


def load_steps(folder: Path) -> list[Step]:
    """The steps of a run, in order."""
    path = folder / "steps.jsonl"
    steps = _read(path, Step)
    _refuse_repeats(path, "the step of group", [step.group for step in steps])
    return steps


def load_elapsed(folder: Path) -> float:
    """Seconds the run had taken when it last wrote a line."""
    lines = [line for name in ("rollouts.jsonl", "steps.jsonl") for line in _read(folder / name, _Timed)]
    return max((line.elapsed for line in lines), default=0.0)


@dataclasses.dataclass(frozen=True, slots=True)
class _Context:
    """A line of `contexts.jsonl`."""

    k: int
    context: TeacherContext


@dataclasses.dataclass(frozen=True, slots=True)
class _Timed:
    """What lines of rollouts and steps have in common."""

    elapsed: float


def _lock(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UserError(f"{folder} is in use by another ttsd process; wait for it or stop it first.") from None
    return handle


def _read(path: Path, kind: type[T]) -> list[T]:
    """The finished lines, as values of this type."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last line feed is unfinished
    except FileNotFoundError:
        return []
    return [_parse(line, kind, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def _refuse_repeats(path: Path, what: str, numbers: list[int]) -> None:
    """A line that is there twice would be counted, and learned from, twice."""
    earlier: set[int] = set()
    for line, number in enumerate(numbers, start=1):
        if number in earlier:
            raise UserError(f"{path}, line {line}: {what} {number} is there twice; {_RESTORE}.")
        earlier.add(number)


def _parse(text: bytes, kind: type[T], where: str, remedy: str = _RESTORE) -> T:
    try:
        return msgspec.convert(json.loads(text), kind)  # json reads what json wrote: NaN and lone surrogates too
    except (ValueError, RecursionError) as error:
        reason = f"not valid JSON, {error.msg}" if isinstance(error, json.JSONDecodeError) else error
        raise UserError(f"{where}: {reason}; {remedy}.") from error


def _cut_unfinished_line(path: Path) -> None:
    """What a kill left of a line is cut off, so that the next one starts afresh."""
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def _replace(path: Path, value: dict[str, Any]) -> None:
    half = path.with_suffix(".tmp")
    half.write_text(json.dumps(value, indent=2) + "\n", encoding="ascii")
    half.replace(path)
