"""--continue-after-success: the run goes on to be measured or learned from; what was discovered, and when, stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sandboxes.types import Program, Status, Verdict
from ttsd.methods.base import Method, NoLearner, configure
from ttsd.methods.prompting import plain
from ttsd.record import Record, load_rollouts
from ttsd.sampling.base import Request
from ttsd.sampling.scripted import ScriptedSampler
from ttsd.solver import Budget, Silent, budget_of, solve
from ttsd.types import Attempt, Outcome, Problem, Rollout, Step

RIGHT = (4, 5, 9)  # attempts that pass; groups are of two: attempt 4 is in the second
Run = Callable[..., Outcome]


class Learner(NoLearner):
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.saw: list[tuple[int, list[int]]] = []  # group, its successes

    def learn(self, problem: Problem, group: int, rollouts: Sequence[Rollout]) -> Step:
        self.saw.append((group, [rollout.attempt.k for rollout in rollouts if rollout.solved]))
        return super().learn(problem, group, rollouts)


class Dies(ScriptedSampler):
    """Is killed instead of giving attempt k."""

    def __init__(self, answer: Callable[[int], str], k: int) -> None:
        super().__init__(answer)
        self.k = k

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        for attempt in super().sample(requests, group):
            if attempt.k == self.k:
                raise KeyboardInterrupt
            yield attempt


class StopsAfter(Silent):
    """Ctrl-C when attempt k is judged."""

    def __init__(self, k: int) -> None:
        self.k = k

    def rollout(self, rollout: Rollout) -> None:
        self.stop_requested = self.stop_requested or rollout.attempt.k == self.k


def answer(k: int) -> str:
    return f"```python\n{'right' if k in RIGHT else 'wrong'} {k}\n```"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def run(folder: Path, problem: Problem, judged) -> Run:
    """Runs, or goes on with, one and the same run."""

    class Verifier:
        def verify(self, program: Program) -> Verdict:
            return judged(*[Status.PASS if "right" in program.source else Status.WRONG_ANSWER] * 3)

    def go(after: int, *, attempts: int = 40, sampler=None, learner=None, watch=None, **limits: int) -> Outcome:
        record = Record.open(folder) if folder.exists() else Record.create(folder, {})
        method, budget = (
            Method("scripted", plain, learner or NoLearner()),
            Budget(attempts, 2, after_success=after, **limits),
        )
        sampler, watch = sampler or ScriptedSampler(answer), watch or Silent()
        try:
            return solve(problem, method, sampler, Verifier(), record, budget, watch)
        finally:
            record.close()

    return go


@pytest.mark.parametrize(("after", "attempts"), [(0, 4), (1, 6), (3, 10)])
def test_so_many_groups_follow_the_one_with_the_first_success(run: Run, after: int, attempts: int) -> None:
    outcome = run(after)
    assert (outcome.status, outcome.attempts) == ("solved", attempts)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_later_successes_do_not_change_the_discovery(run: Run, after: int) -> None:
    solution = run(after).solution
    assert solution is not None
    assert solution.attempt.k == RIGHT[0]


@pytest.mark.parametrize("limits", [{"attempts": 8}, {"attempts": 7}, {"tokens": 100}], ids=str)
def test_a_budget_that_is_spent_meanwhile_ends_the_run_as_solved(run: Run, limits: dict[str, int]) -> None:
    outcome = run(1000, **limits)
    assert outcome.status == "solved"
    assert 4 < outcome.attempts <= 8


def test_a_run_without_a_success_is_exhausted(run: Run) -> None:
    assert run(2, attempts=3).status == "exhausted"


def test_successes_reach_the_learner_but_for_those_of_the_last_group(run: Run) -> None:
    learner = Learner()
    run(3, learner=learner)
    assert learner.saw == [(0, []), (1, [4]), (2, [5]), (3, [])]


def test_without_it_the_success_ends_the_run_before_it_is_learned_from(run: Run) -> None:
    learner = Learner()
    run(0, learner=learner)
    assert learner.saw == [(0, [])]


def test_what_was_stopped_after_its_success_is_interrupted_and_has_its_solution(run: Run) -> None:
    outcome = run(3, watch=StopsAfter(6))
    assert (outcome.status, outcome.attempts) == ("interrupted", 6)
    assert outcome.solution is not None
    assert outcome.solution.attempt.k == 4


@pytest.mark.parametrize("k", [1, 4, 6, 9])
def test_a_run_that_was_stopped_goes_on_to_the_same_end(run: Run, k: int) -> None:
    run(3, watch=StopsAfter(k))
    outcome = run(3)
    assert (outcome.status, outcome.attempts) == ("solved", 10)


@pytest.mark.parametrize("k", range(1, 11))
def test_a_run_that_was_killed_goes_on_to_the_same_end(run: Run, folder: Path, k: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(3, sampler=Dies(answer, k))
    learner = Learner()
    outcome = run(3, learner=learner)
    assert (outcome.status, outcome.attempts) == ("solved", 10)
    assert [each.attempt.k for each in load_rollouts(folder)] == list(range(1, 11))
    assert [group for group, _ in learner.saw] == list(range((k - 1) // 2, 4))


def test_a_finished_run_samples_no_more(run: Run) -> None:
    before = run(1)
    assert run(1, sampler=Dies(answer, before.attempts + 1)).attempts == before.attempts


def test_the_setting_reaches_the_budget() -> None:
    assert budget_of(configure(continue_after_success=5)).after_success == 5
