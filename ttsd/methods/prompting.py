"""Prompt policies: what the next group is asked, from what has happened so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttsd.feedback import plain as harmless
from ttsd.methods.base import PromptPolicy
from ttsd.prompts import ask, format_instruction
from ttsd.reprompt import Fits, without_thoughts
from ttsd.templates import Templates
from ttsd.types import Chat, Message, Problem, Rollout


def plain(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
    """The student's prompt every time: what has been learned, if anything, lives in the weights."""
    return [ask(problem)] * n


def reprompted(share: float = 1.0) -> PromptPolicy:
    """This share of a group reads the self-teacher's prompts of the latest failed attempts, in turn; the rest is plain.

    The share is rounded, to one attempt at least. The first group is plain, for nothing has failed yet.
    """

    def prompts(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
        wanted = max(1, round(share * n)) if share else 0
        taught = [rollout.teacher.chat for rollout in history if rollout.teacher and not rollout.solved]
        latest = taught[-wanted:] if wanted else []
        read = [latest[i % len(latest)] for i in range(wanted)] if latest else []
        return [*plain(problem, history, n - len(read)), *read]

    return prompts


def feedback_history(fits: Fits, templates: Templates | None = None) -> PromptPolicy:
    """Multi-turn as in SDPO's comparison: one user turn with every feedback so far, the oldest dropped when full."""
    texts = templates or Templates()

    def prompts(problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]:
        sections = [texts.fill("feedback", rollout.feedback.text) for rollout in history if rollout.feedback.text]
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
                    Message("assistant", harmless(without_thoughts(rollout))),
                    Message("user", f"{rollout.feedback.text.strip()}\n\n{format_instruction(problem)}"),
                )
            ]
            return (*ask(problem), *turns)

        return [_longest(chat, len(told), fits)] * n

    return prompts


def _longest(chat: Callable[[int], Chat], items: int, fits: Fits) -> Chat:
    """The chat that keeps as many of the latest items as fit."""
    return next((chat(first) for first in range(items) if fits(chat(first))), chat(items))
