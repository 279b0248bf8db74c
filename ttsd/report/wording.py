"""A run in plain words: one line per attempt and step, and the summary at the end."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from sandboxes.types import CaseResult, Status, Verdict
from ttsd.types import Feedback, Outcome, Rollout, Step

MAX_REASON = 160  # characters
_STATUS = {
    Status.PASS: "solved",
    Status.NO_CODE: "no program",
}


def profile(kind: str) -> str:
    """By whose rules attempts of such checks are judged. Figures of two profiles belong in no one table."""
    return kind if kind == "lcb-official" else f"strict ({kind})"


def duration(seconds: float) -> str:
    """48 s, 3 min 05 s, 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def describe_rollout(rollout: Rollout) -> str:
    """Attempt 13: wrong answer, 3 of 5 tests passed, 142 tokens."""
    verdict, attempt = rollout.verdict, rollout.attempt
    word = _STATUS.get(verdict.status, verdict.status.replace("_", " "))
    if verdict.false_discovery:
        word = "false discovery (fails a hidden test)"
    reason = verdict.detail.partition("\n")[0][:MAX_REASON]
    if verdict.reward is None:
        word = f"not judged, an outage ({reason})"
    elif reason and verdict.status not in (Status.NO_CODE, Status.COMPILE_ERROR):
        word = f"{word} ({reason.rstrip('.')})"
    passed = sum(case.status is Status.PASS for case in verdict.cases)
    tests = f", {passed} of {_count(len(verdict.cases), 'test')} passed" if verdict.cases else ""
    cut = ", cut at the length limit" if attempt.finish_reason == "length" else ""
    return f"attempt {attempt.k}: {word}{tests}, {_count(len(attempt.token_ids), 'token')}{cut}"


def describe_cases(cases: Iterable[CaseResult]) -> str:
    """A line for each: its name, its tier, how it ended."""
    return "\n".join(f"  {case.id} ({case.tier}): {case.status.replace('_', ' ')}" for case in cases)


def beyond_feedback(verdict: Verdict, feedback: Feedback) -> str:
    """What the user may know of a verdict and no prompt may hold, such as how a judge failed; mostly nothing."""
    told = verdict.status is Status.COMPILE_ERROR or verdict.detail in feedback.text
    return "" if told else verdict.detail


def describe_step(step: Step) -> str:
    """One line on what was learned from a group, and from what."""
    passed = step.metrics.get("pass_fraction")
    share = [f"{passed:.0%} of the visible tests passed on average"] if passed is not None else []
    learned = f"learned{_cause(step.metrics)} in {duration(step.seconds)}"
    told = {
        "update": learned,
        "skip": f"nothing learned, {step.reason}",
        "lower the rate": f"{learned}, {step.reason}",
        "roll back": f"learning undone, {step.reason}",
        "stop training": f"training stopped, {step.reason}",
    }
    return f"group {step.group + 1}: {'; '.join([*share, told[step.action]])}"


def _cause(metrics: Mapping[str, float]) -> str:
    """Rewards, self-teacher or both. The divergence is a KL or a JSD, as --distillation-alpha says."""
    causes = [
        f" from {what} of {_count(int(count), 'attempt')}"
        for what, name in (("the rewards", "rewarded_attempts"), ("the self-teacher's view", "taught_attempts"))
        if (count := metrics.get(name))
    ]
    divergence = metrics.get("divergence")
    return " and".join(causes) + (f" (divergence {divergence:.4f} nats a token)" if divergence else "")


def summary(outcome: Outcome, problem: str, method: str) -> str:
    """How the run ended, for a reader who knows nothing of it."""
    notes = [
        f"{count} {what}"
        for count, what in (
            (outcome.false_discoveries, "passed every visible test and failed a hidden one"),
            (outcome.outages, "could not be judged (outages)"),
        )
        if count
    ]
    extra = f" ({'; '.join(notes)})" if notes else ""
    found = f"attempt {outcome.solution.attempt.k} passes every test" if outcome.solution else ""
    yet = f"; {found}" if found else ""  # of a run that was to go on after its success
    ended = {
        "solved": f"Solved {problem} with {method}: {found}",
        "exhausted": f"Not solved: {problem} with {method}; the budget is spent",
        "interrupted": f"Stopped: {problem} with {method}{yet}",
        "unavailable": f"Given up: {problem} with {method}{yet}; too many attempts could not be judged (ttsd doctor)",
    }
    return f"{ended[outcome.status]}. {_spent(outcome.attempts, outcome.tokens, outcome.seconds)}{extra}."


def after_success(rollouts: Sequence[Rollout]) -> str:
    """How a run fared that went on after its first success; empty for one that did not."""
    solved = [rollout.attempt.group for rollout in rollouts if rollout.solved]
    later = [each for each in rollouts if solved and each.attempt.group > min(solved)]
    judged = sum(rollout.verdict.reward is not None for rollout in later)
    groups = len({rollout.attempt.group for rollout in later})
    passed = sum(rollout.solved for rollout in later)
    if not later:
        return ""
    return f"In the {_count(groups, 'group')} after the first success {passed} of {_count(judged, 'attempt')} pass."


def unfinished(rollouts: Sequence[Rollout], seconds: float, problem: str, method: str) -> str:
    """The same of a run that was killed or goes on."""
    tokens = sum(len(rollout.attempt.token_ids) for rollout in rollouts)
    return f"Not ended: {problem} with {method}. {_spent(len(rollouts), tokens, seconds)} so far."


def what_next(outcome: Outcome | None, folder: str) -> str:
    """The command that goes on from here."""
    if outcome and outcome.finished:
        return f"Read the run with: ttsd report {shlex.quote(folder)}"
    return f"Go on with: ttsd resume {shlex.quote(folder)}"


def _spent(attempts: int, tokens: int, seconds: float) -> str:
    return f"{_count(attempts, 'attempt')}, {_count(tokens, 'generated token')}, {duration(seconds)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
