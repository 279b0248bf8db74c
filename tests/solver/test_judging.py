"""Attempts are judged while others are being sampled, and a run does not show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from ttsd.judging import judge
from ttsd.methods.base import Method
from ttsd.methods.prompting import plain
from ttsd.record import Record
from ttsd.sampling.base import Request
from ttsd.solver import Silent, run_group
from ttsd.types import Attempt, Problem, Rollout, Step

PROBLEM = Problem("p", "Print 2.", Checks("stdio", (Case("one", Tier.FEEDBACK, "1", "2"),)))


class Idle:
    def learn(self, problem: Problem, group: int, rollouts: list[Rollout]) -> Step:
        raise AssertionError("not in this test")


class Sampler:
    """Yields attempt after attempt; `before` is called with each number k, as the model computes."""

    policy_version = 0

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        for k, _ in requests:
            self.before(k)
            yield Attempt(k, group, 0, f"```python\nprint({k})\n```", (1,), (0.0,), "stop")

    def before(self, k: int) -> None: ...

    def use(self, policy_version: int) -> None: ...

    def count_tokens(self, chat: object) -> int:
        return 1


def verdict(status: Status) -> Verdict:
    return Verdict.of([CaseResult("one", Tier.FEEDBACK, status)], sandbox="none", seconds=0.0)


class Verifier:
    def verify(self, program: Program) -> Verdict:
        return verdict(Status.WRONG_ANSWER)


def group(sampler: Sampler, verifier: Verifier, folder: Path) -> list[Rollout]:
    record = Record.create(folder, {"begun": True})
    method = Method("idle", plain, Idle())
    return run_group(range(1, 9), PROBLEM, method, sampler, verifier, record, Silent())


def test_an_attempt_is_judged_before_the_next_one_is_sampled_to_the_end(tmp_path: Path) -> None:
    judged = threading.Event()

    class Telling(Verifier):
        def verify(self, program: Program) -> Verdict:
            judged.set()
            return super().verify(program)

    class Waiting(Sampler):
        def before(self, k: int) -> None:
            assert k == 1 or judged.wait(10), "nothing was judged while the second attempt was sampled"

    assert len(group(Waiting(), Telling(), tmp_path / "run")) == 8


def test_rollouts_come_in_the_order_of_their_attempts(tmp_path: Path) -> None:
    class FirstIsSlow(Verifier):
        def verify(self, program: Program) -> Verdict:
            time.sleep(0.2 if program.source == "print(1)" else 0)
            return super().verify(program)

    seen = []

    class Noting(Silent):
        def rollout(self, rollout: Rollout) -> None:
            seen.append(rollout.attempt.k)

    record = Record.create(tmp_path / "run", {"begun": True})
    method = Method("idle", plain, Idle())
    run_group(range(1, 9), PROBLEM, method, Sampler(), FirstIsSlow(), record, Noting())
    assert seen == list(range(1, 9))


def test_what_a_verifier_raises_ends_the_group(tmp_path: Path) -> None:
    class Broken(Verifier):
        def verify(self, program: Program) -> Verdict:
            raise ChecksBroken("the tests do not run")

    with pytest.raises(ChecksBroken, match="do not run"):
        group(Sampler(), Broken(), tmp_path / "run")


def test_an_attempt_that_was_never_judged_is_judged_and_not_sampled_again(tmp_path: Path) -> None:
    sampled: list[int] = []

    class Noting(Sampler):
        def before(self, k: int) -> None:
            sampled.append(k)

    folder = tmp_path / "run"
    record = Record.create(folder, {"begun": True})
    record.attempt(Attempt(3, 0, 0, "```python\nprint(3)\n```", (1,), (0.0,), "stop"))
    record.close()
    method = Method("idle", plain, Idle())
    rollouts = run_group(range(1, 5), PROBLEM, method, Noting(), Verifier(), Record.open(folder), Silent())
    assert sampled == [1, 2, 4]
    assert [rollout.attempt.k for rollout in rollouts] == [1, 2, 3, 4]


class Compiler:
    """Refuses what holds an exclamation mark."""

    def verify(self, program: Program) -> Verdict:
        return Verdict(Status.COMPILE_ERROR) if "!" in program.source else verdict(Status.WRONG_ANSWER)


@pytest.mark.parametrize(
    ("blocks", "judged"),
    [
        (("1", "2"), "2\n"),
        (("1", "2!"), "1\n"),
        (("1", "2!", "3!"), "1\n"),
        (("1!", "2!"), "2!\n"),
    ],
)
def test_the_last_block_that_compiles_counts(blocks: tuple[str, ...], judged: str) -> None:
    response = "\n".join(f"```python\n{block}\n```" for block in blocks)
    rollout = judge(Attempt(1, 0, 0, response, (1,), (0.0,), "stop"), PROBLEM, Compiler())
    assert rollout.program == judged
    assert rollout.verdict.status is (Status.COMPILE_ERROR if "!" in judged else Status.WRONG_ANSWER)
