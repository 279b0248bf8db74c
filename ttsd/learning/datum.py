"""What one attempt teaches: the same response behind two prompts, and how it was rewarded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ttsd.learning.advantages import absolute_advantages, binary_reward, graded_reward, group_advantages
from ttsd.learning.objectives import Objective, PolicyGradient
from ttsd.prompts import ask
from ttsd.types import Chat, Problem, Rollout

Encode = Callable[[Chat], list[int]]


class Datum(NamedTuple):
    """Token ids; the response is as sampled and never tokenised again."""

    prompt_ids: list[int]
    teacher_prompt_ids: list[int] | None  # None: no self-teacher looks at it
    response_ids: list[int]
    logprobs: list[float]  # of the response as sampled, whichever prompt it answered
    advantage: float = 0.0
    own_prompt: bool = True  # whether the response answered `prompt_ids`, so that sampler and student should agree


def lessons(objective: Objective, problem: Problem, rollouts: Sequence[Rollout], encode: Encode) -> list[Datum]:
    """The attempts that the objective says something about: with a teacher, or with an advantage that is not 0."""
    advantages = _advantages(objective.policy_gradient if objective.rewards else None, rollouts)
    student = ask(problem)
    data = []
    for rollout, advantage in zip(rollouts, advantages, strict=True):
        teacher = teacher_chat(rollout, student) if objective.needs_teacher else None
        if advantage or (teacher and objective.distils):
            data.append(_align(rollout, student, teacher, advantage, encode))
    return data


def teacher_chat(rollout: Rollout, student: Chat) -> Chat | None:
    """What the attempt's self-teacher reads: the reprompt that wrote it, else the one made from its verdict."""
    if rollout.verdict.reward is None:
        return None
    if rollout.attempt.prompt != student:
        return rollout.attempt.prompt
    return rollout.teacher.chat if rollout.teacher else None


def _align(rollout: Rollout, student: Chat, teacher: Chat | None, advantage: float, encode: Encode) -> Datum:
    attempt = rollout.attempt
    teacher_ids = encode(teacher) if teacher else None
    return Datum(
        encode(student),
        teacher_ids,
        list(attempt.token_ids),
        list(attempt.logprobs),
        advantage,
        own_prompt=attempt.prompt == student,
    )


def _advantages(settings: PolicyGradient | None, rollouts: Sequence[Rollout]) -> list[float]:
    """One for each rollout; 0 for those that could not be judged, which count in no mean."""
    if settings is None:
        return [0.0] * len(rollouts)
    judge = graded_reward if settings.reward == "graded" else binary_reward
    rewards = [judge(rollout.verdict) for rollout in rollouts]
    known = [reward for reward in rewards if reward is not None]
    if settings.advantage == "absolute":
        found = iter(absolute_advantages(known, settings.baseline))
    else:
        found = iter(group_advantages(known, settings.advantage == "group-normalised"))
    return [0.0 if reward is None else next(found) for reward in rewards]
