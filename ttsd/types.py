"""The words of ttsd as values. See the table in docs/guide.md; every other module transforms these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sandboxes.types import Checks, Verdict


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Chat = tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One hard question with its verifier."""

    name: str
    statement: str  # Markdown, as the model reads it
    checks: Checks
    language: str = "python"
    preamble: str = ""  # code that every program may rely on (imports, helpers printed in the statement)
    source: str = ""  # where it came from: a folder or `suite:id`
    notes: tuple[str, ...] = ()  # decisions worth recording, e.g. how the tests were split into tiers


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sampled response y_k. Every generated response is one, whoever's prompt it answered."""

    k: int  # from 1, over the whole run
    group: int  # from 0: the iteration it belongs to
    policy_version: int  # the adapter it was sampled from
    response: str
    token_ids: tuple[int, ...]  # as sampled, the end-of-turn token included when there is one
    logprobs: tuple[float, ...]  # of those tokens under the sampling distribution, natural logarithm
    finish_reason: Literal["stop", "length"]
    prompt: Chat = ()  # what it answered
    prompt_tokens: int = 0
    seconds: float = 0.0  # from the start of its group to its last token


@dataclass(frozen=True, slots=True)
class Feedback:
    """Text made from a verdict that may reach a prompt. Empty when there is nothing to say."""

    text: str


@dataclass(frozen=True, slots=True)
class TeacherContext:
    """The self-teacher's prompt for one attempt: the reprompt."""

    chat: Chat
    sees: tuple[str, ...] = ()  # the sections that the student's prompt lacks: hint, demonstration, attempt, feedback


@dataclass(frozen=True, slots=True)
class Rollout:
    """An attempt, what the verifier found, and what may be said about it."""

    attempt: Attempt
    verdict: Verdict
    feedback: Feedback
    program: str = ""  # the program that was judged
    teacher: TeacherContext | None = None  # None: this attempt carries no signal

    @property
    def solved(self) -> bool:
        return self.verdict.reward == 1


Action = Literal["update", "skip", "lower the rate", "roll back", "stop training"]  # docs/guards.md


@dataclass(frozen=True, slots=True)
class Step:
    """One learning step: the adapter it produced, and how it went."""

    group: int  # the group it learned from
    policy_version: int  # of the adapter after the step
    action: Action
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)  # docs/guide.md, "A step", lists the names
    seconds: float = 0.0


Ending = Literal["solved", "exhausted", "interrupted", "unavailable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    status: Ending
    attempts: int
    solution: Rollout | None = None
    false_discoveries: int = 0
    outages: int = 0
    tokens: int = 0
    seconds: float = 0.0

    @property
    def finished(self) -> bool:
        """Whether there is nothing to go on with."""
        return self.status in ("solved", "exhausted")
