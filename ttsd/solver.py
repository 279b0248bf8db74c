"""The loop: sample a group, verify it, stop at a discovery, otherwise learn from it.

A group is finished before the run ends, so that the discovery time T, the smallest k that passed, does not depend
on which response happened to be decoded first. Everything the loop must remember is in the record: a run that was
killed goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sandboxes.verifiers.base import Verifier
from ttsd.config import Config
from ttsd.judging import Judges
from ttsd.methods.base import Method
from ttsd.record import Record
from ttsd.sampling.base import Request, Sampler
from ttsd.types import Ending, Outcome, Problem, Rollout, Step

MAX_OUTAGES = 3  # attempts that could not be judged before the run gives up: the machine needs a person


class Watcher(Protocol):
    """Is told what happens, and may ask for the run to end after the running group."""

    @property
    def stop_requested(self) -> bool: ...
    def rollout(self, rollout: Rollout) -> None: ...
    def step(self, step: Step) -> None: ...


class Silent:
    """A watcher that says nothing and never stops."""

    stop_requested = False

    def rollout(self, rollout: Rollout) -> None: ...
    def step(self, step: Step) -> None: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend: attempts, tokens and seconds where they are not 0, and groups after its first success."""

    attempts: int
    group_size: int
    tokens: int = 0
    seconds: float = 0.0
    after_success: int = 0

    def next_group(self, record: Record) -> range:
        """The numbers k of the next group, or of the one that was cut off; empty when the budget is spent."""
        first = record.next_group * self.group_size + 1
        begun = any(rollout.attempt.k >= first for rollout in record.rollouts)
        return (
            range(0)
            if self.spent(record) and not begun
            else range(first, min(first + self.group_size, self.attempts + 1))
        )

    def solved(self, record: Record) -> bool:
        """Whether there is a discovery and no group is to follow it any more."""
        first = first_solved(record.rollouts)
        return first is not None and record.next_group - first.attempt.group >= self.after_success

    def spent(self, record: Record) -> bool:
        """Whether attempts, tokens or seconds are used up."""
        used = [(len(record.rollouts), self.attempts), (record.tokens, self.tokens), (record.elapsed, self.seconds)]
        return any(limit and amount >= limit for amount, limit in used)


def budget_of(config: Config) -> Budget:
    """What the run may spend."""
    return Budget(
        config.budget, config.group_size, config.max_tokens_total, config.max_time, config.continue_after_success
    )


def solve(
    problem: Problem,
    method: Method,
    sampler: Sampler,
    verifier: Verifier,
    record: Record,
    budget: Budget,
    watch: Watcher,
) -> Outcome:
    """Run until an attempt passes every test or the budget is spent, going on from where `record` ends."""
    outages = _outages(record.rollouts)  # of an earlier session: whoever resumes has seen to the machine
    while ks := budget.next_group(record):
        if watch.stop_requested:
            return _outcome("interrupted", record)
        rollouts = run_group(ks, problem, method, sampler, verifier, record, watch)
        if ended := _ended(record, budget, watch, outages):
            return _outcome(ended, record)
        if budget.spent(record):
            break
        step = method.learner.learn(problem, record.next_group, rollouts)
        sampler.use(step.policy_version)
        record.step(step)
        watch.step(step)
    return _outcome("solved" if first_solved(record.rollouts) else "exhausted", record)


def run_group(
    ks: range, problem: Problem, method: Method, sampler: Sampler, verifier: Verifier, record: Record, watch: Watcher
) -> list[Rollout]:
    """Sample the attempts `ks` and judge them meanwhile, except for what the record already holds of them.

    When all are judged, each gets what its self-teacher reads: that may depend on the others.
    """
    unjudged = record.unjudged()
    earlier = [rollout for rollout in record.rollouts if rollout.attempt.k < ks.start]
    done = {rollout.attempt.k for rollout in record.rollouts} | {attempt.k for attempt in unjudged}
    prompts = method.prompts(problem, earlier, len(ks))
    wanted = [Request(k, chat) for k, chat in zip(ks, prompts, strict=True) if k not in done]
    with Judges(problem, verifier, method.feedback) as judges:
        for attempt in unjudged:
            judges.begin(attempt)
        for attempt in sampler.sample(wanted, record.next_group):
            assert attempt.policy_version == record.policy_version, "an attempt of another policy than the last step's"
            record.attempt(attempt)
            judges.begin(attempt)
            _note(judges.ready(), record, watch)
        _note(judges.rest(), record, watch)
    record.contexts(method.contexts(problem, _of(ks, record)))
    return _of(ks, record)


def _of(ks: range, record: Record) -> list[Rollout]:
    return [rollout for rollout in record.rollouts if rollout.attempt.k in ks]


def _note(rollouts: Iterable[Rollout], record: Record, watch: Watcher) -> None:
    for rollout in rollouts:
        record.rollout(rollout)
        watch.rollout(rollout)


def _ended(record: Record, budget: Budget, watch: Watcher, earlier_outages: int) -> Ending | None:
    if budget.solved(record):
        return "solved"
    if _outages(record.rollouts) - earlier_outages > MAX_OUTAGES:
        return "unavailable"
    return "interrupted" if watch.stop_requested else None


def first_solved(rollouts: Sequence[Rollout]) -> Rollout | None:
    """The discovery: the passing rollout with the smallest k."""
    return min((rollout for rollout in rollouts if rollout.solved), key=lambda rollout: rollout.attempt.k, default=None)


def _outages(rollouts: Sequence[Rollout]) -> int:
    return sum(rollout.verdict.reward is None for rollout in rollouts)


def _outcome(status: Ending, record: Record) -> Outcome:
    return Outcome(
        status=status,
        attempts=len(record.rollouts),
        solution=first_solved(record.rollouts),
        false_discoveries=sum(rollout.verdict.false_discovery for rollout in record.rollouts),
        outages=_outages(record.rollouts),
        tokens=record.tokens,
        seconds=record.elapsed,
    )
