"""Watches what each policy samples and says when the last steps did harm.

A policy is compared with all groups that were found harmless before it. The rules are few and coarse on purpose:
a group of eight attempts is noise, and a rule that fires on noise throws good steps away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, pvariance

from ttsd.types import Rollout, Step

Statistics = dict[str, float]

CLIPPED_RISE = 0.4  # of the share of responses cut at the length limit
DUPLICATE_RISE = 0.5  # of the share of programs that repeat another of their group
PASS_FRACTION_Z = 2.5  # standard errors by which the mean fraction of cases passed may fall
LENGTH_RATIO = 0.4  # responses shorter than this share of the former mean
ENTROPY_RATIO = (0.33, 2.0)  # allowed range of entropy over former entropy
ENTROPY_NOISE = 0.25  # nats a token: answers that copy the statement go from 0.03 to 0.3 and back by chance


def group_statistics(rollouts: Sequence[Rollout]) -> Statistics:
    """What one group shows of the policy it was sampled from. Attempts that could not be judged show nothing."""
    rollouts = [rollout for rollout in rollouts if rollout.verdict.reward is not None]
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


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


class Guard:
    """Remembers what harmless groups looked like, and the adapter they came from."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._harmless: list[Statistics] = []
        self._version = 0
        self.good_version = 0
        for step in steps:
            self.saw(step)

    def saw(self, step: Step) -> None:
        """Take note of a finished group: `step.metrics` holds its statistics."""
        if step.action == "roll back":
            self.good_version = step.policy_version
        elif step.metrics["attempts"]:
            self._harmless.append(step.metrics)
            self.good_version = self._version
        self._version = step.policy_version

    def harm(self, now: Statistics) -> str:
        """Why the policy that sampled this group is worse than those before it; empty when it is not."""
        if not self._harmless or not now["attempts"]:
            return ""
        then = _pooled(self._harmless)
        if now["clipped_share"] - then["clipped_share"] > CLIPPED_RISE:
            return (
                f"{now['clipped_share']:.0%} of the responses hit the length limit, {then['clipped_share']:.0%} before"
            )
        if now["duplicate_share"] - then["duplicate_share"] > DUPLICATE_RISE:
            return f"{now['duplicate_share']:.0%} of the programs are duplicates, {then['duplicate_share']:.0%} before"
        shorter = now["mean_length"] < LENGTH_RATIO * then["mean_length"]
        if shorter and now["pass_fraction"] <= then["pass_fraction"]:  # where answers were cut off, brevity helps
            return f"mean length fell from {then['mean_length']:.0f} to {now['mean_length']:.0f} tokens"
        lowest, highest = (ratio * then["entropy"] for ratio in ENTROPY_RATIO)
        odd = not lowest <= now["entropy"] <= highest
        if odd and abs(now["entropy"] - then["entropy"]) > ENTROPY_NOISE:
            return f"entropy went from {then['entropy']:.2f} to {now['entropy']:.2f} nats a token"
        if _fall(then, now) > PASS_FRACTION_Z:
            return f"the fraction of cases passed fell from {then['pass_fraction']:.2f} to {now['pass_fraction']:.2f}"
        return ""


def _pooled(groups: Sequence[Statistics]) -> Statistics:
    """Means over all attempts of several groups; the variance is the one within groups."""
    total = sum(group["attempts"] for group in groups)
    names = ("pass_fraction", "pass_fraction_variance", "mean_length", "clipped_share", "duplicate_share", "entropy")
    return {"attempts": total} | {
        name: sum(group[name] * group["attempts"] for group in groups) / total for name in names
    }


def _fall(then: Statistics, now: Statistics) -> float:
    """By how many standard errors the mean fraction of cases passed has fallen (two samples, pooled variance)."""
    total = then["attempts"] + now["attempts"]
    variance = sum(each["pass_fraction_variance"] * each["attempts"] for each in (then, now)) / total
    error = math.sqrt(variance * (1 / then["attempts"] + 1 / now["attempts"]))
    return (then["pass_fraction"] - now["pass_fraction"]) / error if error else 0.0
