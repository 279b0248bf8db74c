"""A run in plain words: one line per attempt and step, and the summary at the end."""

from __future__ import annotations

from sandboxes.types import Status
from ttsd.types import Outcome, Rollout, Step

_STATUS = {
    Status.PASS: "solved",
    Status.NO_CODE: "no program",
    Status.UNAVAILABLE: "not judged (outage)",
}


def duration(seconds: float) -> str:
    """48 s, 3 min 05 s, 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def describe_rollout(rollout: Rollout) -> str:
    """#13  wrong answer, 3 of 5 tests passed, 142 tokens."""
    verdict, attempt = rollout.verdict, rollout.attempt
    word = _STATUS.get(verdict.status, verdict.status.replace("_", " "))
    if verdict.false_discovery:
        word = "false discovery (fails a hidden test)"
    passed = sum(case.status is Status.PASS for case in verdict.cases)
    tests = f", {passed} of {len(verdict.cases)} tests passed" if verdict.cases else ""
    cut = ", cut at the length limit" if attempt.finish_reason == "length" else ""
    return f"#{attempt.k:<3} {word}{tests}, {len(attempt.token_ids)} tokens{cut}"


def describe_step(step: Step) -> str:
    """One line on what was learned from a group."""
    passed, seconds = step.metrics.get("pass_fraction"), duration(step.seconds)
    group = f"group {step.group + 1}" + (f": {passed:.0%} of tests passed on average" if passed is not None else "")
    if step.action == "update":
        loss, signal = step.metrics["loss"], step.metrics["signal_attempts"]
        return f"{group}; step {step.policy_version} on {signal:.0f} attempts, KL {loss:.4f} a token, {seconds}"
    return f"{group}; {step.action}: {step.reason}"


def summary(outcome: Outcome, problem: str, method: str) -> str:
    """How the run ended, for a reader who knows nothing of it."""
    tries = f"{outcome.attempts} attempts, {outcome.tokens} generated tokens, {duration(outcome.seconds)}"
    notes = [
        f"{count} {what}"
        for count, what in (
            (outcome.false_discoveries, "passed every visible test and failed a hidden one"),
            (outcome.outages, "could not be judged (outages)"),
        )
        if count
    ]
    extra = f" ({'; '.join(notes)})" if notes else ""
    k = outcome.solution.attempt.k if outcome.solution else 0
    ended = {
        "solved": f"Solved {problem} with {method}: attempt {k} passes every test",
        "exhausted": f"Not solved: {problem} with {method}; the budget is spent",
        "interrupted": f"Stopped: {problem} with {method}",
        "unavailable": f"Given up: {problem} with {method}; too many attempts could not be judged (ttsd doctor)",
    }
    return f"{ended[outcome.status]}. {tries}{extra}."
