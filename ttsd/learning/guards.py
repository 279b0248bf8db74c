"""Watches what each policy samples, and says what to do when the last steps did harm.

A policy is compared with all groups that were found harmless before it, by the table in `rules.py`. Everything that is
remembered follows from the steps of a run, so a resumed run goes on with the same guard.

Attempts that answered the student's prompt are compared with such attempts, for a reprompt changes length and entropy
by itself; where a group has none (`sdpo-teacher-first`), all of it is compared with other groups of that kind. Not
promised: a group that comes from an adapter which was found harmless before can not undo it, however bad it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median, pvariance
from typing import NamedTuple

from ttsd.learning.leaks import leak_share
from ttsd.learning.rules import (
    MIN_GAP_ATTEMPTS,
    MIN_GRADIENTS,
    ROLL_BACK_GROUPS,
    RULES,
    Rule,
    Statistics,
    standard_errors,
)
from ttsd.prompts import ask
from ttsd.reprompt import demonstration
from ttsd.types import Action, Problem, Rollout, Step

UPDATES: tuple[Action, ...] = ("update", "lower the rate")  # the actions that teach the group


class Alarm(NamedTuple):
    """What a rule wants done, and why."""

    action: Action
    reason: str


def group_statistics(rollouts: Sequence[Rollout]) -> Statistics:
    """What one group shows of the policy it was sampled from. Attempts that could not be judged show nothing."""
    rollouts = _judged(rollouts)
    attempts = [rollout.attempt for rollout in rollouts]
    fractions = [rollout.verdict.visible_fraction_passed for rollout in rollouts]  # hidden tests steer nothing
    programs = [rollout.program for rollout in rollouts]
    surprise = [-logp for attempt in attempts for logp in attempt.logprobs]
    return {
        "attempts": len(attempts),
        "successes": sum(rollout.solved for rollout in rollouts),
        "pass_fraction": _mean(fractions),
        "pass_fraction_variance": pvariance(fractions) if fractions else 0.0,
        "mean_length": _mean([len(attempt.token_ids) for attempt in attempts]),
        "clipped_share": _mean([attempt.finish_reason == "length" for attempt in attempts]),
        "duplicate_share": _mean([bool(program) and program in programs[:i] for i, program in enumerate(programs)]),
        "entropy": _mean(surprise),  # a sampled estimate, nats per token
    }


def mixed_statistics(problem: Problem, rollouts: Sequence[Rollout]) -> Statistics:
    """The same of a group of which some attempts may have answered a reprompt.

    `attempts` and `successes` count all, the rest is of the student's; the self-teacher's have entries of their own.
    """
    everyone, reprompted = group_statistics(rollouts), _reprompted(problem, rollouts)
    if not reprompted:
        return everyone
    theirs = group_statistics(reprompted)
    return {
        **group_statistics(students(problem, rollouts)),
        **{name: everyone[name] for name in ("attempts", "successes")},
        "reprompted_attempts": theirs["attempts"],
        "reprompted_pass_fraction": theirs["pass_fraction"],
        "reprompted_pass_fraction_variance": theirs["pass_fraction_variance"],
    }


def students(problem: Problem, rollouts: Sequence[Rollout]) -> list[Rollout]:
    """The judged attempts that answered the plain prompt; where there are none, all of them."""
    judged = _judged(rollouts)
    return [rollout for rollout in judged if rollout.attempt.prompt == ask(problem)] or judged


def leaks(problem: Problem, rollouts: Sequence[Rollout], hint: str) -> Statistics:
    """How many plain attempts quote the hint or the demonstration that their own self-teacher reads, as a share.

    Of those whose teacher reads one; nothing where there are none. A demonstration is of the same group: before
    anything was learned, the share says how much two attempts have in common. No rule looks at it.
    """
    judged, shown = _judged(rollouts), "\n".join(message.content for message in ask(problem))
    told = [(each, _privileged(each, judged, hint)) for each in judged if each.attempt.prompt == ask(problem)]
    found = [leak_share([each.attempt.response], secret, shown) for each, secret in told if secret]
    return {"leak_share": fmean(found)} if found else {}


def _privileged(rollout: Rollout, group: Sequence[Rollout], hint: str) -> str:
    """What its self-teacher reads of a solution; the feedback on an attempt is no secret to it."""
    sees = rollout.teacher.sees if rollout.teacher else ()
    other = demonstration(rollout, group).demonstration if "demonstration" in sees else None
    return "\n".join([*([hint] if "hint" in sees else []), *([other.attempt.response] if other else [])])


def _reprompted(problem: Problem, rollouts: Sequence[Rollout]) -> list[Rollout]:
    return [rollout for rollout in _judged(rollouts) if rollout.attempt.prompt != ask(problem)]


def _judged(rollouts: Sequence[Rollout]) -> list[Rollout]:
    return [rollout for rollout in rollouts if rollout.verdict.reward is not None]


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


class Guard:
    """Remembers what harmless groups looked like, the adapter they came from, and what was done about the others."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._harmless: list[Statistics] = []
        self._mixed: list[Statistics] = []
        self._norms: list[float] = []
        self._actions: list[Action] = []
        self._version = 0
        self.good_version = 0
        self.stopped = ""  # why training has; the run goes on sampling
        for step in steps:
            self.saw(step)

    def saw(self, step: Step) -> None:
        """Take note of a finished group: `step.metrics` holds its statistics."""
        self._actions.append(step.action)
        if math.isfinite(norm := step.metrics.get("grad_norm", math.nan)):
            self._norms.append(norm)
        if _is_mixed(step.metrics):
            self._mixed.append(step.metrics)
        if step.action == "stop training":
            self.stopped = step.reason
        if step.action in ("roll back", "stop training"):
            self.good_version = step.policy_version
        elif step.metrics["attempts"]:
            self._harmless.append(step.metrics)
            self.good_version = self._version
        self._version = step.policy_version

    def gap(self, now: Statistics) -> Statistics:
        """The self-teacher's mean fraction passed minus the student's, over the groups so far that have both.

        The standard errors by which it differs from 0 come with it when there are attempts enough of each kind.
        """
        if not _is_mixed(now):
            return {}
        student, teacher = (_sample([part(group) for group in (*self._mixed, now)]) for part in (_student, _teacher))
        found = {"gap": teacher["pass_fraction"] - student["pass_fraction"]}
        enough = min(student["attempts"], teacher["attempts"]) >= MIN_GAP_ATTEMPTS
        return found | ({"gap_z": standard_errors(student, teacher)} if enough else {})

    def alarm(self, now: Statistics) -> Alarm | None:
        """What is to be done about a group with these statistics."""
        alike = [_student(group) for group in self._harmless if _is_reprompted(group) == _is_reprompted(now)]
        then: Statistics = {"lowered": self._actions.count("lower the rate")}
        found = self._worst(then | (_pooled(alike) if alike and now["attempts"] else {}), _student(now))
        if found and found.action == "roll back":
            lately = self._actions[1 - ROLL_BACK_GROUPS :].count("roll back")
            last = self._worst({}, {"roll_backs": lately + 1})
            return Alarm(last.action, f"{found.reason}, {last.reason}") if last else found
        return found

    def gradient_alarm(self, norm: float) -> Alarm | None:
        """What is to be done about a gradient of this norm."""
        then = {"grad_norm": median(self._norms)} if len(self._norms) >= MIN_GRADIENTS else {}
        return self._worst(then, {"grad_norm": norm})

    def _worst(self, then: Statistics, now: Statistics) -> Alarm | None:
        found = [(rule, reason) for rule in RULES if (reason := rule.finds(then, now)) and not self._is_noise(rule)]
        if not found:
            return None
        rule, reason = max(found, key=lambda finding: finding[0].severity)
        return Alarm(rule.action, reason)

    def _is_noise(self, rule: Rule) -> bool:
        """The policy is one that was found harmless: there is nothing to undo."""
        return rule.action == "roll back" and self._version == self.good_version


def _is_reprompted(group: Statistics) -> bool:
    """Whether no attempt of it answered the plain prompt."""
    return group.get("reprompted_attempts", 0) == group["attempts"] > 0


def _is_mixed(group: Statistics) -> bool:
    return "reprompted_attempts" in group and not _is_reprompted(group)


def _student(group: Statistics) -> Statistics:
    """With the number of attempts that length, entropy and the like are about."""
    others = group["reprompted_attempts"] if _is_mixed(group) else 0
    return group | {"attempts": group["attempts"] - others}


def _teacher(group: Statistics) -> Statistics:
    names = ("attempts", "pass_fraction", "pass_fraction_variance")
    return {name: group[f"reprompted_{name}"] for name in names}


def _pooled(groups: Sequence[Statistics]) -> Statistics:
    """Means over all attempts of several groups; the variance is the one within groups."""
    total = sum(group["attempts"] for group in groups)
    names = ("pass_fraction", "pass_fraction_variance", "mean_length", "clipped_share", "duplicate_share", "entropy")
    return {"attempts": total} | {
        name: sum(group[name] * group["attempts"] for group in groups) / total for name in names
    }


def _sample(groups: Sequence[Statistics]) -> Statistics:
    """All attempts of several groups as one sample: the variance within groups and the one between them.

    The one within is none where a group has a single attempt of a kind.
    """
    total = sum(group["attempts"] for group in groups)
    mean, square = (
        sum(group["attempts"] * value for group, value in zip(groups, values, strict=True)) / total
        for values in (
            [group["pass_fraction"] for group in groups],
            [group["pass_fraction_variance"] + group["pass_fraction"] ** 2 for group in groups],
        )
    )
    return {"attempts": total, "pass_fraction": mean, "pass_fraction_variance": max(0.0, square - mean**2)}
