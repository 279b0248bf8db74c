"""--no-include-environment-feedback: an environment that tells pass from fail, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.types import CaseResult, Program, Status, Tier, Verdict
from ttsd.config import Config
from ttsd.errors import UserError
from ttsd.methods.base import NoLearner, configure, make_method, method_names, method_spec
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import CONTEXTS
from ttsd.sampling.base import Request
from ttsd.sampling.scripted import ScriptedSampler
from ttsd.solver import Silent, budget_of, solve
from ttsd.templates import Templates
from ttsd.types import Attempt, Chat, Problem, Rollout

MARK = "said-by-the-verifier"
RIGHT = (2, 7)
DEMONSTRATING = ("demonstration", "demonstration-or-feedback", "demonstration-and-feedback")


class Talker:
    """Whatever it finds, it says more than pass or fail."""

    def verify(self, program: Program) -> Verdict:
        number = program.source.split()[-1]
        passed = "right" in program.source
        wrong = CaseResult("shown", Tier.SAMPLE, Status.WRONG_ANSWER, f"{MARK} {number}", f"{MARK} {number}")
        rows = [CaseResult("shown", Tier.SAMPLE, Status.PASS)] if passed else [wrong]
        return replace(Verdict.of(rows, sandbox="test", seconds=0.0), detail=MARK)


class Listener(ScriptedSampler):
    """Keeps the prompts that it answers."""

    def __init__(self, answer: Callable[[int], str]) -> None:
        super().__init__(answer)
        self.answered: list[Chat] = []

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        self.answered += [request.chat for request in requests]
        return super().sample(requests, group)


def answer(k: int) -> str:
    """Every fourth response holds no program."""
    return f"```python\n{'right' if k in RIGHT else 'wrong'} {k}\n```" if k % 4 else "I do not know."


@pytest.fixture
def run(tmp_path: Path, problem: Problem) -> Callable[[Config], tuple[list[Chat], list[Rollout]]]:
    """The prompts that were answered, and the rollouts with their teachers, of a run that goes on after its success."""

    def go(config: Config) -> tuple[list[Chat], list[Rollout]]:
        record = Record.create(tmp_path / f"{config.method} {config.teacher_context}", {})
        method = make_method(config, NoLearner(), Templates(), lambda _: True)
        sampler = Listener(answer)
        solve(problem, method, sampler, Talker(), record, budget_of(config), Silent())
        return sampler.answered, record.rollouts

    return go


def config_of(method: str, context: str, told: bool) -> Config:
    """Not `configure`, which refuses what would teach nothing."""
    usual = Config(method=method, teacher_context=context, include_environment_feedback=told, mix_reprompt=0.5)
    spent = replace(usual, hint="look twice", budget=12, group_size=4, continue_after_success=9)
    return replace(spent, **method_spec(method).fixed)


def read(answered: list[Chat], rollouts: list[Rollout]) -> str:
    """All that a model was given to read but its own responses."""
    chats = [*answered, *(rollout.teacher.chat for rollout in rollouts if rollout.teacher)]
    return "\n".join(message.content for chat in chats for message in chat)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("method", method_names())
def test_no_prompt_holds_what_the_verifier_said(run, method: str, context: str) -> None:
    answered, rollouts = run(config_of(method, context, told=False))
    text = read(answered, rollouts)
    assert MARK not in text
    assert "holds no" not in text, "what is said of a response without a program"
    assert "visible test" not in text
    assert {rollout.feedback.text for rollout in rollouts} == {""}


@pytest.mark.parametrize("context", ["feedback", "attempt", "group", "shuffled", "demonstration-and-feedback"])
def test_with_feedback_the_same_run_holds_it(run, context: str) -> None:
    assert MARK in read(*run(config_of("sdpo", context, told=True)))


def test_multi_turn_asks_the_plain_prompt_again(run, problem: Problem) -> None:
    answered, _ = run(config_of("multi-turn", "feedback", told=False))
    assert set(answered) == {ask(problem)}


@pytest.mark.parametrize("context", DEMONSTRATING)
def test_successes_become_demonstrations_for_the_failures_of_their_group(run, context: str) -> None:
    config = replace(config_of("sdpo", context, told=False), hint="")
    _, rollouts = run(config)
    taught = {rollout.attempt.k: rollout.teacher.sees for rollout in rollouts if rollout.teacher}
    assert taught == dict.fromkeys((1, 3, 4, 5, 6, 8), ("demonstration",))  # groups of four; 2 and 7 are right
    shown = {1: "right 2", 5: "right 7"}
    assert all(text in rollouts[k - 1].teacher.chat[0].content for k, text in shown.items())


@pytest.mark.parametrize("context", ["feedback", "attempt", "group", "shuffled"])
def test_a_teacher_that_could_only_read_feedback_is_refused(context: str) -> None:
    with pytest.raises(UserError, match=f"teacher_context '{context}' shows what the verifier says, and include_envi"):
        configure(teacher_context=context, include_environment_feedback=False)


@pytest.mark.parametrize("context", [*DEMONSTRATING, "none"])
def test_a_teacher_that_reads_demonstrations_needs_no_feedback(context: str) -> None:
    config = configure(teacher_context=context, include_environment_feedback=False)
    assert config.teacher_context == context
