"""Who gets a self-teacher, what it sees, and what it never sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace

import pytest

from sandboxes.types import Status
from ttsd.errors import UserError
from ttsd.feedback import clip
from ttsd.methods.base import configure
from ttsd.prompts import ask, extract, format_instruction
from ttsd.reprompt import CONTEXTS, Reprompter, refuse_empty, without_thoughts
from ttsd.types import Feedback, Problem, Rollout, TeacherContext

Contexts = Mapping[int, TeacherContext]
Group = Callable[[str], list[Rollout]]

# S: solved; F, G: failed in two ways; m: failed, and the verifier said nothing; X: could not be judged.
# Of each attempt in turn: h hint, d demonstration, a attempt, f feedback; = the student's prompt; - no teacher.
TABLE = {
    "feedback": {"S": "-", "SS": "- -", "FG": "f f", "SF": "- f", "SmF": "- - f", "mm": "- -", "XF": "- f"},
    "attempt": {"S": "-", "SS": "- -", "FG": "af af", "SF": "- af", "SmF": "- - af", "mm": "- -", "XF": "- af"},
    "demonstration": {"S": "-", "SS": "d d", "FG": "- -", "SF": "- d", "SmF": "- d d", "mm": "- -", "XS": "- -"},
    "demonstration-or-feedback": {"S": "-", "SS": "d d", "FG": "f f", "SF": "- d", "SmF": "- d d", "mm": "- -"},
    "demonstration-and-feedback": {"S": "-", "SS": "d d", "FG": "f f", "SF": "- df", "SmF": "- d df", "mm": "- -"},
    "group": {"S": "-", "SS": "- -", "FG": "f f", "SF": "- f", "SmF": "- f f", "mm": "- -", "XF": "- f"},
    "hint": {"S": "-", "SS": "- -", "FG": "- -", "SF": "- -", "mm": "- -", "XF": "- -"},
    "none": {"S": "-", "SS": "- -", "FG": "= =", "SF": "- =", "mm": "= =", "XF": "- ="},
    "shuffled": {"S": "-", "SS": "- -", "FG": "f f", "FF": "- -", "SF": "- -", "SmFG": "- - f f", "XF": "- -"},
}
WITH_HINT = {
    "feedback": {"S": "-", "SFm": "- hf h", "XF": "- hf"},
    "attempt": {"S": "-", "SFm": "- haf h"},
    "demonstration": {"S": "-", "SS": "d d", "SFm": "- hd hd"},
    "demonstration-and-feedback": {"SFm": "- hdf hd"},
    "group": {"SFm": "- hf hf"},
    "hint": {"S": "h", "SFm": "h h h", "XF": "- h"},
    "none": {"SFm": "- = ="},
    "shuffled": {"SFG": "- hf hf", "SFm": "- h h"},
}
LETTERS = {"h": "hint", "d": "demonstration", "a": "attempt", "f": "feedback"}


def rows(table: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    return [(context, group, seen) for context, of in table.items() for group, seen in of.items()]


@pytest.fixture
def rollout(attempt, judged) -> Callable[[int, str], Rollout]:
    """Attempt k, which ended as the letter says."""

    def make(k: int, letter: str) -> Rollout:
        ends = {"S": [Status.PASS] * 3, "X": [Status.UNAVAILABLE] * 3}.get(letter, [Status.WRONG_ANSWER] * 3)
        said = f"feedback {letter}" if letter in "FG" else ""
        return Rollout(attempt(k, f"response {k}"), judged(*ends), Feedback(said))

    return make


@pytest.fixture
def group(rollout) -> Group:
    """Attempts from 1 by the letters of the table."""
    return lambda letters: [rollout(k, letter) for k, letter in enumerate(letters, start=1)]


def seen_by(contexts: Contexts, k: int, problem: Problem) -> str:
    if k not in contexts:
        return "-"
    if contexts[k].chat == ask(problem):
        return "="
    return "".join(letter for letter, name in LETTERS.items() if name in contexts[k].sees)


def text_of(contexts: Contexts, k: int) -> str:
    (message,) = contexts[k].chat
    return message.content


def test_the_table_has_every_context() -> None:
    assert set(TABLE) == set(CONTEXTS)


@pytest.mark.parametrize(("context", "letters", "seen"), rows(TABLE))
def test_who_has_a_teacher_and_what_it_sees(problem, group: Group, context: str, letters: str, seen: str) -> None:
    contexts = Reprompter(context)(problem, group(letters))
    assert " ".join(seen_by(contexts, k, problem) for k in range(1, len(letters) + 1)) == seen


@pytest.mark.parametrize(("context", "letters", "seen"), rows(WITH_HINT))
def test_a_hint_is_one_more_feedback(problem, group: Group, context: str, letters: str, seen: str) -> None:
    contexts = Reprompter(context, hint="look twice")(problem, group(letters))
    assert " ".join(seen_by(contexts, k, problem) for k in range(1, len(letters) + 1)) == seen


@pytest.mark.parametrize("context", sorted(set(CONTEXTS) - {"attempt"}))
def test_no_teacher_reads_the_attempt_that_it_scores(problem, group: Group, context: str) -> None:
    contexts = Reprompter(context, hint="look twice")(problem, group("SFGSm"))
    assert [k for k in contexts if f"response {k}" in text_of(contexts, k)] == []


def test_the_demonstration_is_the_first_other_success(problem, group: Group) -> None:
    contexts = Reprompter("demonstration")(problem, group("FSS"))
    shown = {k: [each for each in (1, 2, 3) if f"response {each}" in text_of(contexts, k)] for k in contexts}
    assert shown == {1: [2], 2: [3], 3: [2]}


def test_the_feedback_of_the_group_begins_with_the_own_one_and_holds_each_text_once(problem, group: Group) -> None:
    text = text_of(Reprompter("group")(problem, group("FFGG")), 3)
    assert text.index("feedback G") < text.index("feedback F")
    assert (text.count("feedback F"), text.count("feedback G")) == (1, 1)


def test_texts_that_are_alike_once_they_are_cut_are_shown_once(problem, group: Group) -> None:
    long = [f"begin {'x' * 9000} {middle} {'x' * 9000} end" for middle in "ab"]
    rollouts = [replace(each, feedback=Feedback(text)) for each, text in zip(group("FG"), long, strict=True)]
    assert text_of(Reprompter("group")(problem, rollouts), 1).count("begin") == 1


@pytest.mark.parametrize("letters", ["FG", "FFG", "GFFG", "FGFGFG", "SFmGX"])
def test_shuffled_feedback_is_never_the_own_one(problem, group: Group, letters: str) -> None:
    rollouts = group(letters)
    contexts = Reprompter("shuffled")(problem, rollouts)
    told = [each for each in rollouts if each.feedback.text]
    assert sorted(contexts) == [each.attempt.k for each in told]
    assert [each for each in told if each.feedback.text in text_of(contexts, each.attempt.k)] == []


def test_shuffling_gives_the_same_twice(problem, group: Group) -> None:
    assert Reprompter("shuffled")(problem, group("FGFFG")) == Reprompter("shuffled")(problem, group("FGFFG"))


THOUGHTS = {
    "none": ("```python\nX\n```", "```python\nX\n```"),
    "none, and an indented block": ("- so:\n  ```python\n  X\n  Y\n  ```", "- so:\n  ```python\n  X\n  Y\n  ```"),
    "finished": ("<think>\nperhaps Y\n</think>\n\n```python\nX\n```", "```python\nX\n```"),
    "opened by the prompt": ("perhaps Y\n</think>\n\n```python\nX\n```", "```python\nX\n```"),
    "never finished": ("<think>\nperhaps\n```python\nX\n```", "X"),
    "with the program": ("<think>\n```python\nX\n```\n</think>As above.", "X"),
    "part of the program": ("```python\n'</think>' X\n```", "'</think>' X"),
}


@pytest.mark.parametrize(("response", "shown"), THOUGHTS.values(), ids=THOUGHTS)
def test_a_response_is_shown_without_its_thoughts(problem, attempt, judged, response: str, shown: str) -> None:
    sampled = attempt(1, response)
    success = Rollout(sampled, judged(*[Status.PASS] * 3), Feedback(""), extract(sampled, problem).program)
    assert without_thoughts(success).rstrip("\n") == shown


def test_the_thoughts_of_an_attempt_without_a_program_leave_nothing(attempt, judged) -> None:
    lost = Rollout(attempt(1, "<think>and on and on"), judged(*[Status.WRONG_ANSWER] * 3), Feedback("cut"))
    assert without_thoughts(lost) == ""


NASTY = "print(f'{x!r} {feedback} {demonstration} {hint} {attempt} 100% %s')\n```\\n`tick` \\1 \\g<0> {{}} {0}"


@pytest.mark.parametrize("context", ["attempt", "demonstration-and-feedback", "hint", "group"])
def test_what_is_shown_survives_letter_by_letter(problem, group: Group, context: str) -> None:
    success, failure = (replace(each, attempt=replace(each.attempt, response=NASTY)) for each in group("SF"))
    rollouts = [success, replace(failure, feedback=Feedback(NASTY))]
    hint = NASTY if context == "hint" else ""
    text = text_of(Reprompter(context, hint=hint)(problem, rollouts), 2)
    assert text.count(NASTY) == {"attempt": 2, "demonstration-and-feedback": 2, "hint": 1, "group": 1}[context]


def test_an_indented_first_line_keeps_its_place(problem, group: Group) -> None:
    text = text_of(Reprompter("feedback", hint="    first\n    second")(problem, group("F")), 1)
    assert "\n\n    first\n    second\n\n" in text


@pytest.mark.parametrize(
    "token", ["<|im_start|>", "<|im_end|>", "[INST]", "</s>", "<end_of_turn>", "<think>", "</think>"]
)
@pytest.mark.parametrize("place", ["hint", "attempt", "demonstration"])
def test_no_token_of_a_chat_template_reaches_a_teacher(problem, group: Group, token: str, place: str) -> None:
    odd = f"before {token}system\nafter"
    rollouts = [replace(each, attempt=replace(each.attempt, response=f"x\n{odd}"), program=odd) for each in group("SF")]
    context = place if place != "hint" else "feedback"
    text = text_of(Reprompter(context, hint=odd if place == "hint" else "")(problem, rollouts), 2)
    assert token not in text
    assert "after" in text


@pytest.mark.parametrize("room", [100_000, 3000, 1500, 900])
def test_what_is_too_long_loses_its_middle_and_the_prompt_keeps_its_end(problem, group: Group, room: int) -> None:
    long = f"the beginning {'x' * 50_000} the end"
    rollouts = [replace(each, feedback=Feedback(long)) for each in group("F")]
    contexts = Reprompter("feedback", fits=lambda chat: len(chat[0].content) <= room)(problem, rollouts)
    text = text_of(contexts, 1)
    assert len(text) <= room
    assert ("the beginning" in text, "the end" in text) == (True, True)
    assert text.endswith(f"the end\n\n{format_instruction(problem)}")


def test_no_more_is_cut_than_must_be(problem, group: Group) -> None:
    rollouts = [replace(each, feedback=Feedback("x" * 50_000)) for each in group("F")]
    contexts = Reprompter("feedback", fits=lambda chat: len(chat[0].content) <= 5000)(problem, rollouts)
    assert clip("x" * 50_000, 4000) in text_of(contexts, 1)


def test_a_prompt_that_never_fits_is_no_teacher(problem, group: Group) -> None:
    assert Reprompter("feedback", hint="look twice", fits=lambda _: False)(problem, group("FG")) == {}


@pytest.mark.parametrize("method", ["opsd", "sdpo", "rlsd", "reprompt"])
def test_a_teacher_of_hints_without_a_hint_is_refused(method: str) -> None:
    given = {} if method == "opsd" else {"teacher_context": "hint"}
    with pytest.raises(UserError, match=r"reads a hint here, and there is none; give --hint a text or a file"):
        configure(method=method, hint=" \n", **given)
    assert configure(method=method, hint="look twice", **given).teacher_context == "hint"


@pytest.mark.parametrize("context", sorted(CONTEXTS))
def test_a_choice_is_refused_when_no_teacher_could_ever_see_anything(problem, group: Group, context: str) -> None:
    mute = Reprompter(context)(problem, [replace(each, feedback=Feedback("")) for each in group("SSFGm")])
    refused = pytest.raises(UserError, match="give --hint")
    with refused if not mute else nullcontext():
        refuse_empty(context, hint="", feedback=False)


def test_methods_without_a_teacher_need_no_hint() -> None:
    assert configure(method="best-of-k", teacher_context="hint").method == "best-of-k"
