"""A run for programs: what `--json` prints, one object an event."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ttsd.types import Outcome, Rollout, Step

Event = dict[str, Any]


def attempt_event(rollout: Rollout) -> Event:
    """An attempt was judged."""
    attempt, verdict = rollout.attempt, rollout.verdict
    return {
        "event": "attempt",
        "k": attempt.k,
        "status": verdict.status,
        "reward": verdict.reward,
        "fraction_passed": verdict.fraction_passed,
    }


def step_event(step: Step) -> Event:
    """A group is finished."""
    return {"event": "step", **asdict(step)}


def result_event(outcome: Outcome, folder: str) -> Event:
    """The run has ended."""
    found = outcome.solution
    solution = {"k": found.attempt.k, "program": found.program} if found else None
    return {"event": "result", "folder": folder, **asdict(outcome), "solution": solution}
