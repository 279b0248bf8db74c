"""The answer in a response to a problem without a program, and what is said of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sandboxes.types import Case, CaseResult, Checks, Status, Tier, Verdict
from ttsd.feedback import make_feedback
from ttsd.prompts import extract, format_instruction


@pytest.fixture
def question(problem):
    """A problem that asks for a number."""
    return replace(problem, checks=Checks("answer", (Case("answer", Tier.CONFIRM, "number", [42]),)))


@pytest.fixture
def answer(question, attempt):
    """The answer in a response; None when there is none."""

    def found(response: str, **fields) -> str | None:
        return extract(attempt(1, response, **fields), question).program

    return found


@pytest.mark.parametrize(
    "response",
    [
        "Answer: 42",
        "Think.\nAnswer: 41\nNo.\nAnswer: 42",
        "**Answer:** 42",
        "**Answer: 42**",
        "Final Answer: 42\n",
        "The answer is 42",
        "So the answer is: 42\n\nI am sure.",
        "Answer:\n\n42",
        "answer: 7\n$$\\boxed{42}$$\nDone.",
        "\\boxed{41} or rather \\boxed{ 42 }",
        "First 41.\n42",
        "42\r\n",
    ],
)
def test_the_last_answer_is_found(answer, response: str) -> None:
    assert answer(response) == "42"


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("\\boxed{\\{1, 2\\}} {", "\\{1, 2\\}"),
        ("\\boxed{1} and \\boxed{2", "1"),
        ("Answer: **C**", "C"),
        ("Answer: New York", "New York"),
    ],
)
def test_an_answer_is_kept_as_it_is_written(answer, response: str, found: str) -> None:
    assert answer(response) == found


@pytest.mark.parametrize("response", ["", "\n\n", "word " * 100])
def test_a_response_may_give_no_answer(question, attempt, response: str) -> None:
    found = extract(attempt(1, response), question)
    assert (found.program, found.reason) == (
        None,
        "The response gives no answer: end with one line that reads `Answer: ` and the answer.",
    )


def test_the_last_line_of_a_response_that_was_cut_is_no_answer(question, attempt) -> None:
    found = extract(attempt(1, "First\n42", finish_reason="length"), question)
    assert found.reason == "The response was cut at the length limit before it gave an answer. Be shorter."
    assert extract(attempt(1, "Answer: 42\nFor", finish_reason="length"), question).program == "42"


@pytest.mark.parametrize(
    "piece", ["answer ", "answer: ", "\\boxed{", "answer is ", "answer: ** ", "{", " ", "answer" + " " * 9]
)
def test_a_hostile_response_is_read_in_no_time(answer, piece: str) -> None:
    started = time.perf_counter()
    answer(piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("form", "wanted"),
    [("number", "a number"), ("text", "the answer alone"), ("choice ABCD", "the letter of your choice")],
)
def test_the_prompt_asks_for_the_answer_and_for_no_program(question, form: str, wanted: str) -> None:
    checks = replace(question.checks, cases=(Case("answer", Tier.CONFIRM, form, ["C"]),))
    told = format_instruction(replace(question, checks=checks))
    assert told == f"End with one line that reads `Answer: ` and then {wanted}."


def judged(problem, kind: str, result: CaseResult) -> str:
    cases = (Case("one", result.tier, "the test", "SECRET"),)
    told = replace(problem, checks=replace(problem.checks, kind=kind, cases=cases))
    return make_feedback(Verdict.of([result], sandbox="test", seconds=0.0), told).text


def test_feedback_says_that_an_answer_is_wrong_and_no_more(problem) -> None:
    result = CaseResult("one", Tier.CONFIRM, Status.WRONG_ANSWER, "41")
    assert judged(problem, "answer", result) == "The answer is wrong."


def test_feedback_shows_what_a_validator_said_and_not_one_of_several_right_outputs(problem) -> None:
    result = CaseResult("one", Tier.FEEDBACK, Status.WRONG_ANSWER, "3 5", "3 + 5 is not 7")
    text = judged(problem, "validator", result)
    assert text.endswith("Wrong answer\nInput:\nthe test\nGot:\n3 5\nJudge:\n3 + 5 is not 7")
    assert "SECRET" not in judged(problem, "validator", replace(result, error=""))


@pytest.mark.parametrize("kind", ["pytest", "evaluator", "command"])
def test_feedback_shows_what_another_judge_said(problem, kind: str) -> None:
    result = CaseResult("one", Tier.FEEDBACK, Status.WRONG_ANSWER, "0.5", "score is 0.5")
    text = judged(problem, kind, result)
    assert text.endswith("Wrong answer\nFailed test:\nthe test\nError:\nscore is 0.5")
    assert "SECRET" not in text


@pytest.mark.parametrize("kind", ["pytest", "evaluator", "command", "validator"])
def test_feedback_keeps_a_hidden_test_of_another_judge_to_itself(problem, kind: str) -> None:
    result = CaseResult("one", Tier.CONFIRM, Status.WRONG_ANSWER, "SECRET", "SECRET")
    assert judged(problem, kind, result) == "The program fails a hidden test."
