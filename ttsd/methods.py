"""A method is a prompt policy (what the next group is asked) and, for some, a learner (what is done with its rollouts).

Every method runs through the loop of `ttsd/solver.py`, so a comparison is fair by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ttsd.config import Config
from ttsd.errors import UserError, one_of
from ttsd.prompts import ask, format_instruction
from ttsd.reprompt import feedback_section
from ttsd.types import Chat, Message, Problem, Rollout, Step

Fits = Callable[[Chat], bool]  # whether a prompt leaves room for a response


class PromptPolicy(Protocol):
    """`n` prompts for the next group, from the problem and the rollouts of all earlier groups."""

    def __call__(self, problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]: ...


class Learner(Protocol):
    """Turns the rollouts of a group into a new policy."""

    def learn(self, group: int, rollouts: Sequence[Rollout]) -> Step:
        """One step on the rollouts of this group. The adapter has been saved when this returns."""
        ...


class NoLearner:
    """For the methods that only sample: the policy stays as it is."""

    def learn(self, group: int, rollouts: Sequence[Rollout]) -> Step:
        return Step(group, policy_version=0, action="skip", reason="this method does not learn")


@dataclass(frozen=True, slots=True)
class Method:
    """A way to spend the budget."""

    name: str
    prompts: PromptPolicy
    learner: Learner


def plain(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
    """The student's prompt every time: what has been learned, if anything, lives in the weights."""
    return [ask(problem)] * n


def reprompted(fits: Fits) -> PromptPolicy:
    """The self-teacher's prompt: each answers the feedback of one of the latest failed attempts, in turn."""

    def prompts(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
        taught = [rollout.teacher.chat for rollout in history if rollout.teacher and fits(rollout.teacher.chat)][-n:]
        return [taught[i % len(taught)] for i in range(n)] if taught else plain(problem, history, n)

    return prompts


def feedback_history(fits: Fits) -> PromptPolicy:
    """Multi-turn as in SDPO's comparison: one user turn with every feedback so far, the oldest dropped when full."""

    def prompts(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
        sections = [feedback_section(rollout.feedback) for rollout in history if rollout.feedback.text]
        return [_longest(lambda first: ask(problem, *sections[first:]), len(sections), fits)] * n

    return prompts


def attempt_history(fits: Fits) -> PromptPolicy:
    """Multi-turn as in a chat: attempts and their feedback alternate, the oldest exchange dropped when full."""

    def prompts(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
        told = [rollout for rollout in history if rollout.feedback.text]

        def chat(first: int) -> Chat:
            turns = [
                message
                for rollout in told[first:]
                for message in (
                    Message("assistant", rollout.attempt.response),
                    Message("user", f"{rollout.feedback.text.strip()}\n\n{format_instruction(problem)}"),
                )
            ]
            return (*ask(problem), *turns)

        return [_longest(chat, len(told), fits)] * n

    return prompts


def _longest(chat: Callable[[int], Chat], items: int, fits: Fits) -> Chat:
    """The chat that keeps as many of the latest items as fit."""
    return next((chat(first) for first in range(items) if fits(chat(first))), chat(items))


def _multi_turn(config: Config, fits: Fits) -> PromptPolicy:
    return {"feedback": feedback_history, "attempts": attempt_history}[config.history](fits)


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """A method by name, before a model is there."""

    prompts: Callable[[Config, Fits], PromptPolicy]
    learns: bool = False
    settings: tuple[str, ...] = ()  # of Config, that not every method reads


_LEARNING = (
    *("learning_rate", "weight_decay", "max_grad_norm", "lora_r", "lora_alpha"),
    *("distillation_topk", "token_clip", "micro_batch", "guard"),
)

METHODS = {
    # Self-distillation: pull the model toward itself reading the feedback.
    "sdpo": MethodSpec(lambda *_: plain, learns=True, settings=_LEARNING),
    # Independent samples from the plain prompt.
    "best-of-k": MethodSpec(lambda *_: plain),
    # Each attempt reads the feedback on the earlier ones.
    "multi-turn": MethodSpec(_multi_turn, settings=("history",)),
    # Samples from the self-teacher, no training.
    "reprompt": MethodSpec(lambda config, fits: reprompted(fits)),
}


def method_spec(name: str) -> MethodSpec:
    """The method of this name."""
    if name not in METHODS:
        raise UserError(f"unknown method {name!r}; it must be one of: {', '.join(METHODS)}.")
    return METHODS[name]


def refuse_idle(name: str, given: Iterable[str]) -> None:
    """A setting that was typed and that this method does not read is a misunderstanding."""
    for setting in given:
        readers = [other for other, spec in METHODS.items() if setting in spec.settings]
        if readers and name not in readers:
            raise UserError(
                f"{setting} has no effect with the method {name}, only with {one_of(readers)}; leave it out."
            )
