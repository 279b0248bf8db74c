"""What the guard's actions do to a run: the adapter, the rate, the steps in the record, and what a resumed run does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from one_step import look

from sandboxes.types import Program, Status, Verdict
from ttsd.learning.guards import Guard
from ttsd.learning.learner import LoraLearner
from ttsd.methods.base import Method
from ttsd.methods.prompting import plain
from ttsd.prompts import ask
from ttsd.record import Record, load_steps
from ttsd.report.wording import describe_step
from ttsd.reprompt import Reprompter
from ttsd.sampling.scripted import ScriptedSampler
from ttsd.solver import Budget, Silent, solve
from ttsd.types import Rollout, Step, TeacherContext

FAR, DRIFTING, CALM = 0.1, 3e-3, 1e-5  # rates that bring the tiny model past the hard, the soft and no bound at once
THREE_TIMES_BACK = ["update", "roll back", "update", "roll back", "update", "stop training", "skip", "skip"]


@pytest.fixture
def group(tried) -> list[Rollout]:
    return [tried(1, "es no yes"), tried(2, "s no yes")]


@pytest.fixture
def taken(learner, record, problem, group) -> Callable[..., list[Step]]:
    """The steps of a learner at this rate on so many equal groups, all in the record."""

    def take(count: int, **settings) -> list[Step]:
        ours = learner(**{"guard": True, **settings})
        for number in range(count):
            record.step(ours.learn(problem, number, group))
        return record.steps

    return take


def actions(steps: list[Step]) -> list[str]:
    return [step.action for step in steps]


def weights(learner: LoraLearner) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in learner._adapter._trained])


def test_the_distance_from_the_base_model_is_known_from_the_first_update_on(taken) -> None:
    first, second = taken(2, learning_rate=CALM)
    assert "kl_to_base" not in first.metrics
    assert 0 < second.metrics["kl_to_base"] < 0.1


def test_a_policy_that_drifts_is_taught_at_half_the_rate(taken) -> None:
    first, second = taken(2, learning_rate=DRIFTING)
    assert 0.1 < second.metrics["kl_to_base"] < 0.5
    assert (second.action, second.policy_version) == ("lower the rate", 2)
    assert second.reason.endswith("nats a token away from the base model: half the learning rate from here on")
    assert (first.metrics["learning_rate"], second.metrics["learning_rate"]) == (DRIFTING, DRIFTING / 2)
    assert "; learned from " in describe_step(second)
    assert second.reason in describe_step(second)


def test_half_the_rate_takes_half_the_way(learner, record, problem, group, tmp_path) -> None:
    """AdamW without weight decay moves in proportion to the rate: with and without the guard the same first step."""
    ways = []
    for guard, of in ((True, record), (False, Record.create(tmp_path / "other", {}))):
        ours = learner(of=of, guard=guard, learning_rate=DRIFTING)
        ours.learn(problem, 0, group)
        before = weights(ours)
        ours.learn(problem, 1, group)
        ways.append(weights(ours) - before)
    torch.testing.assert_close(2 * ways[0], ways[1], rtol=1e-3, atol=1e-6)


def test_a_lowered_rate_counts_as_an_update(taken, learner) -> None:
    assert actions(taken(2, learning_rate=DRIFTING)) == ["update", "lower the rate"]
    assert learner(guard=True)._updates == 2


def test_a_gradient_out_of_all_proportion_changes_nothing(learner, record, problem, group) -> None:
    for number in range(3):
        record.step(Step(number, 0, "skip", metrics={"attempts": 0, "grad_norm": 1e-6, "learning_rate": CALM}))
    wary, free = learner(guard=True), learner(guard=False)
    before = weights(wary)
    step = wary.learn(problem, 3, group)
    assert (step.action, step.policy_version) == ("skip", 0)
    assert step.reason.endswith("mostly 1e-06 before")
    assert torch.equal(weights(wary), before)
    assert all(weight.grad is None for weight in wary._adapter._trained)
    assert free.learn(problem, 3, group).action == "update"


def test_the_third_roll_back_ends_training_and_the_good_adapter_stays(taken, learner, problem, group) -> None:
    steps = taken(8, learning_rate=FAR)
    assert actions(steps) == THREE_TIMES_BACK
    assert [step.policy_version for step in steps] == [1, 2, 3, 4, 5, 6, 6, 6]
    assert steps[5].reason.endswith("roll back number 3 within 20 groups: sampling goes on with adapter 4")
    assert steps[7].reason == f"training has stopped ({steps[5].reason})"
    resumed = learner(guard=True)
    fresh = look(learner(of=Untrained()), problem, group)
    assert look(resumed, problem, group).loss == pytest.approx(fresh.loss, rel=1e-5)


def test_each_roll_back_halves_the_rate(taken) -> None:
    rates = [step.metrics["learning_rate"] for step in taken(5, learning_rate=FAR)]
    assert rates == [FAR, FAR / 2, FAR / 2, FAR / 4, FAR / 4]


def test_without_the_guard_nothing_is_undone(taken) -> None:
    steps = taken(4, learning_rate=FAR, guard=False)
    assert actions(steps) == ["update"] * 4
    assert steps[3].metrics["kl_to_base"] > 0.5


@pytest.mark.parametrize("rate", [FAR, DRIFTING])
def test_a_run_resumed_after_any_step_goes_on_as_if_it_had_not_ended(learner, record, problem, group, rate) -> None:
    """State and next step, compared with a learner that saw them all."""
    live = learner(guard=True, learning_rate=rate)
    for number in range(7):
        resumed = learner(guard=True, learning_rate=rate)
        assert vars(resumed._guard) == vars(live._guard)
        assert (resumed._adapter.version, resumed._updates) == (live._adapter.version, live._updates)
        torch.testing.assert_close(weights(resumed), weights(live))
        record.step(live.learn(problem, number, group))
        assert vars(Guard(load_steps(record.folder))) == vars(live._guard)


@pytest.fixture
def mixed(tried, problem) -> list[Rollout]:
    """Four plain attempts that pass half or all of the visible cases, four with a reprompt that pass none."""
    reprompt = ask(problem, "what the self-teacher reads")
    asked = [tried(k, f"yes {k}", passed=1 + k % 2) for k in range(4)]
    return [*asked, *(tried(k, f"no {k}", passed=0, prompt=reprompt) for k in range(4, 8))]


def test_a_teacher_that_is_worse_than_the_student_ends_training(learner, problem, mixed) -> None:
    ours = learner(guard=True, learning_rate=CALM)
    steps = [ours.learn(problem, number, mixed) for number in range(5)]
    assert actions(steps) == ["update", "update", "update", "stop training", "skip"]
    assert [step.metrics["gap"] for step in steps] == [-0.75] * 5
    assert ["gap_z" in step.metrics for step in steps] == [False, False, False, True, True]
    assert "attempts that read the self-teacher's prompt pass less" in steps[3].reason


def test_a_teacher_that_is_better_does_not(learner, problem, mixed) -> None:
    ours = learner(guard=True, learning_rate=CALM)
    swapped = [
        replace(rollout, attempt=replace(rollout.attempt, prompt=other.attempt.prompt))
        for rollout, other in zip(mixed, reversed(mixed), strict=True)
    ]
    steps = [ours.learn(problem, number, swapped) for number in range(5)]
    assert actions(steps) == ["update"] * 5
    assert steps[4].metrics["gap_z"] > 2.5


def test_a_step_says_how_many_attempts_quote_the_hint(learner, problem, group) -> None:
    hint = "es no yes, and again no, and then yes and yes"
    asked = [replace(each, teacher=TeacherContext(ask(problem, hint), ("hint",))) for each in group]
    quoting = replace(asked[0], attempt=replace(asked[0].attempt, response=hint))
    ours = learner("opsd", hint=hint, learning_rate=CALM)
    steps = [ours.learn(problem, 0, asked), ours.learn(problem, 1, [quoting, asked[1]])]
    assert [step.metrics["leak_share"] for step in steps] == [0.0, 0.5]


def test_a_run_whose_training_has_stopped_samples_to_the_end_of_its_budget(learner, record, problem, judged) -> None:
    class Failing:
        def verify(self, program: Program) -> Verdict:
            return judged(Status.PASS, Status.WRONG_ANSWER, Status.WRONG_ANSWER)

    sampler = ScriptedSampler(lambda k: f"```python\ndef add(a, b): return {k}\n```")
    method = Method("sdpo", plain, learner(guard=True, learning_rate=FAR), contexts=Reprompter("feedback"))
    outcome = solve(problem, method, sampler, Failing(), record, Budget(18, 2), Silent())
    assert (outcome.status, outcome.attempts) == ("exhausted", 18)
    steps = load_steps(record.folder)
    assert actions(steps) == THREE_TIMES_BACK
    assert [rollout.attempt.policy_version for rollout in record.rollouts[-4:]] == [6] * 4
    lines = [describe_step(step) for step in steps]
    assert "training stopped, " in lines[5]
    assert "nothing learned, training has stopped (" in lines[6]


class Untrained:
    """A record without steps."""

    steps: tuple[Step, ...] = ()
