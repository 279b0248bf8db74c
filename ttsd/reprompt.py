"""The self-teacher's prompt: the problem, what the teacher knows beyond the student, the student's own format line.

What the teacher of an attempt sees is a choice by name (`CONTEXTS`), because none is best for every model: measure the
gap before training on one (`python -m benchmarks.gap`). Departs from SDPO's template in its end: the answer's format is
asked for again, because a reprompt that ends otherwise teaches the student another form of answer. What is too long
loses its middle, never its end, what was sampled or judged loses the tokens of a chat template, and responses are shown
without their thoughts. Not promised: that a hidden test cannot be guessed from what is shown, and that a teacher who
sees more answers better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ttsd.errors import UserError
from ttsd.feedback import clip, plain
from ttsd.prompts import ask
from ttsd.templates import Templates
from ttsd.types import Chat, Feedback, Problem, Rollout, TeacherContext

Fits = Callable[[Chat], bool]  # whether a prompt leaves room for a response
MAX_OF_GROUP = 600  # characters of each feedback where that of a whole group is shown
_LIMITS = (100_000, 8000, 4000, 2000, 1000, 500, 250)  # characters of a section, until the whole fits
_THOUGHTS = re.compile(r"\A(?:.*?</think>|\s*<think>.*)\s*", re.DOTALL)  # a prompt may have opened them already
_OF_THE_VERIFIER = ("feedback", "attempt", "group", "shuffled")  # contexts that are empty where it says nothing


class Seen(NamedTuple):
    """What the teacher of one attempt sees beside the problem."""

    demonstration: Rollout | None = None
    attempt: Rollout | None = None
    feedback: tuple[Feedback, ...] = ()


def own_feedback(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """What the verifier said of this attempt. SDPO's choice as long as nothing is solved."""
    return Seen(feedback=(rollout.feedback,))


def own_attempt(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """The failed attempt itself and its feedback. A teacher that sees it tends to copy it (SDPO, table 6)."""
    return Seen(attempt=rollout if rollout.feedback.text else None, feedback=(rollout.feedback,))


def demonstration(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """The first other success of the group; never the attempt itself."""
    others = (other for other in group if other.solved and other.attempt.k != rollout.attempt.k)
    return Seen(demonstration=next(others, None))


def demonstration_or_feedback(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """A demonstration when there is one, else the attempt's feedback: the rule of SDPO's released code."""
    shown = demonstration(rollout, group)
    return shown if shown.demonstration else own_feedback(rollout, group)


def demonstration_and_feedback(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """Both, as far as there are."""
    return demonstration(rollout, group)._replace(feedback=(rollout.feedback,))


def group_feedback(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """What the verifier said of all failed attempts of the group, this one's first, each text once; a success: none."""
    failed = [other for other in (rollout, *group) if not (rollout.solved or other.solved)]
    texts = dict.fromkeys(clip(other.feedback.text, MAX_OF_GROUP) for other in failed)
    return Seen(feedback=tuple(map(Feedback, texts)))


def nothing(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """No more than the student."""
    return Seen()


def shuffled_feedback(rollout: Rollout, group: Sequence[Rollout]) -> Seen:
    """The control: the feedback of the next attempt of the group that failed in another way."""
    place = next((i for i, other in enumerate(group) if other.attempt.k == rollout.attempt.k), 0)
    others = [other.feedback for other in (*group[place:], *group[:place])]
    differing = [other for other in others if other.text and other != rollout.feedback]
    return Seen(feedback=tuple(differing[:1] if rollout.feedback.text else ()))


CONTEXTS: dict[str, Callable[[Rollout, Sequence[Rollout]], Seen]] = {
    "feedback": own_feedback,
    "attempt": own_attempt,
    "demonstration": demonstration,
    "demonstration-or-feedback": demonstration_or_feedback,
    "demonstration-and-feedback": demonstration_and_feedback,
    "group": group_feedback,
    "hint": nothing,
    "none": nothing,
    "shuffled": shuffled_feedback,
}


class Reprompter:
    """Makes the teacher's prompts for the attempts of a group.

    A hint is one more feedback: every failed attempt gets it, whatever else its teacher sees. With the context "hint"
    it is all that is seen, and by the teacher of a success too; with "none" there is no hint either, and the teacher of
    a failed attempt reads the student's prompt.
    """

    def __init__(
        self, context: str, *, hint: str = "", templates: Templates | None = None, fits: Fits = lambda _: True
    ) -> None:
        self._context, self._hint, self._fits = context, hint, fits
        self._templates = templates or Templates()

    def __call__(self, problem: Problem, group: Sequence[Rollout]) -> dict[int, TeacherContext]:
        """By k, for the attempts whose teacher knows something; those that could not be judged have none."""
        judged = [rollout for rollout in group if rollout.verdict.reward is not None]
        made = {rollout.attempt.k: self._context_of(problem, rollout, judged) for rollout in judged}
        return {k: context for k, context in made.items() if context}

    def _context_of(self, problem: Problem, rollout: Rollout, group: Sequence[Rollout]) -> TeacherContext | None:
        contents = self._contents(rollout, CONTEXTS[self._context](rollout, group))
        if not contents and (self._context != "none" or rollout.solved):
            return None
        sees = tuple(dict.fromkeys(name for name, _ in contents))
        chats = (self._chat(problem, contents, limit) for limit in _LIMITS)
        return next((TeacherContext(chat, sees) for chat in chats if self._fits(chat)), None)

    def _contents(self, rollout: Rollout, seen: Seen) -> list[tuple[str, str]]:
        """The sections that are not empty, by name."""
        hinted = self._context == "hint" or not (rollout.solved or self._context == "none")
        sections = [
            ("hint", self._hint if hinted else ""),
            ("demonstration", without_thoughts(seen.demonstration) if seen.demonstration else ""),
            ("attempt", without_thoughts(seen.attempt) if seen.attempt else ""),
            *(("feedback", feedback.text) for feedback in seen.feedback),
        ]
        return [(name, plain(text)) for name, text in sections if text.strip()]

    def _chat(self, problem: Problem, contents: Sequence[tuple[str, str]], limit: int) -> Chat:
        return ask(problem, *(self._templates.fill(name, clip(text, limit)) for name, text in contents))


def teacher_context(problem: Problem, feedback: Feedback) -> TeacherContext | None:
    """What the self-teacher of an attempt with this feedback reads where nothing else is known."""
    return (
        TeacherContext(ask(problem, Templates().fill("feedback", feedback.text)), ("feedback",))
        if feedback.text
        else None
    )


def example(problem: Problem, templates: Templates | None = None) -> Chat:
    """A reprompt with every section, to compare its end with that of the student's prompt."""
    made = templates or Templates()
    return ask(problem, *(made.fill(name, "...") for name in ("hint", "demonstration", "attempt", "feedback")))


def without_thoughts(rollout: Rollout) -> str:
    """The response as another prompt shows it; the program alone where it would be lost, as when thoughts never end."""
    response = rollout.attempt.response
    answer = _THOUGHTS.sub("", response)
    lost = answer != response and rollout.program.strip() not in answer
    return rollout.program if lost else answer


def refuse_empty(context: str, *, hint: str, feedback: bool) -> None:
    """Refuse a choice under which no teacher would ever know more than the student, and say what to choose instead."""
    if context == "hint" and not hint.strip():
        raise UserError("the self-teacher reads a hint here, and there is none; give --hint a text or a file with one.")
    if context in _OF_THE_VERIFIER and not (feedback or hint.strip()):
        raise UserError(
            f"teacher_context {context!r} shows what the verifier says, and include_environment_feedback is off; "
            "use --teacher-context demonstration, or give --hint."
        )
