"""An answer is compared on the host: what counts as the same text, number or choice."""

from __future__ import annotations

import time

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Comparison, Program, Status, Tier, Verdict
from sandboxes.verifiers.answer import PLACE, AnswerVerifier
from sandboxes.wire import Json


def judge(form: str, wanted: Json, answer: str, comparison: Comparison | None = None) -> Verdict:
    checks = Checks("answer", (Case("answer", Tier.CONFIRM, form, wanted),), comparison=comparison or Comparison())
    return AnswerVerifier(checks, Bubblewrap()).verify(Program(answer))


def right(form: str, wanted: Json, answer: str, comparison: Comparison | None = None) -> bool:
    return judge(form, wanted, answer, comparison).status is Status.PASS


@pytest.mark.parametrize(
    "answer", ["0.5", ".5", " 1/2 ", r"\frac{1}{2}", r"$\dfrac{2}{4}$", "50%", "50\\%", "5e-1", "+0.50", r"\(0.5\)."]
)
def test_one_number_is_written_in_many_ways(answer: str) -> None:
    assert right("number", 0.5, answer)


@pytest.mark.parametrize("answer", ["0.50000001", "-1/2", "1/0", "0.5 or so", "", "5", "1e999999999", "٠.٥", "0,5"])
def test_what_is_not_the_number_is_wrong(answer: str) -> None:
    assert not right("number", 0.5, answer)


@pytest.mark.parametrize("answer", ["1234567", "1,234,567", "$1,234,567$", "1234567.0", "1234567."])
def test_an_integer_may_have_commas_between_thousands(answer: str) -> None:
    assert right("number", 1234567, answer)


def test_commas_elsewhere_make_no_number() -> None:
    assert not right("number", 1234567, "12,34,567")


def test_large_integers_are_compared_digit_by_digit() -> None:
    assert right("number", 10**30 + 1, str(10**30 + 1))
    assert not right("number", 10**30 + 1, str(10**30))


def test_a_number_is_exact_unless_a_tolerance_is_set() -> None:
    assert not right("number", 3.14159, "3.1416")
    assert right("number", 3.14159, "3.1416", Comparison(float_absolute=1e-4))
    assert right("number", 2e6, "2000001", Comparison(float_relative=1e-6))
    assert not right("number", 2e6, "2000003", Comparison(float_relative=1e-6))


@pytest.mark.parametrize("answer", ["C", "c", "(C)", "C.", "C) Paris", "(c) Paris", "**C**", r"\text{C}", "$C$"])
def test_a_choice_is_its_letter(answer: str) -> None:
    assert right("choice ABCD", "C", answer)


@pytest.mark.parametrize("answer", ["B", "", "CD", "C D", "Paris", "A cat", "C or D", "C, D", "C)Paris"])
def test_what_is_not_one_letter_alone_is_no_choice(answer: str) -> None:
    assert not right("choice ABCD", "C", answer)


def test_a_text_is_its_words() -> None:
    folded = Comparison(case_sensitive=False)
    assert right("text", "Ada Lovelace", r" **ada   LOVELACE**. ", folded)
    assert right("text", "Ada Lovelace", r"\text{Ada Lovelace}", folded)
    assert not right("text", "Ada Lovelace", "ada lovelace", Comparison(case_sensitive=True))
    assert not right("text", "Ada Lovelace", "Lovelace", folded)


def test_each_of_several_right_answers_is_right() -> None:
    assert right("text", ["Bombay", "Mumbai"], "Mumbai")
    assert not right("text", ["Bombay", "Mumbai"], "Bombay Mumbai")


def test_an_answer_of_a_million_characters_is_judged_at_once() -> None:
    started = time.perf_counter()
    for answer in ("1" * 1_000_000, "1," * 500_000, "$" * 1_000_000, "((" * 500_000, r"\frac{" * 200_000):
        for form, wanted in (("number", 1), ("text", "x"), ("choice AB", "A")):
            assert not right(form, wanted, answer)
    assert time.perf_counter() - started < 5


def test_a_wrong_answer_is_a_verdict_that_names_the_host() -> None:
    verdict = judge("number", 4, "five")
    assert (verdict.status, verdict.reward, verdict.sandbox) == (Status.WRONG_ANSWER, 0, PLACE)
    assert (verdict.cases[0].actual, verdict.cases[0].error) == ("five", "")


@pytest.mark.parametrize(
    ("form", "wanted", "sentence"),
    [
        ("number", "four", "'four' is no number"),
        ("number", True, "True is no number"),
        ("choice ABCD", "E", "'E' is none of the letters ABCD"),
        ("choice ABCD", "AB", "'AB' is none of the letters ABCD"),
        ("text", " $ ", "' $ ' is no text"),
        ("list", "1", "the form 'list' is none of text, number and choice with its letters, as in 'choice ABCD'"),
        ("choice", "A", "the form 'choice' is none of text, number and choice with its letters, as in 'choice ABCD'"),
    ],
)
def test_an_answer_that_nothing_could_equal_is_refused(form: str, wanted: Json, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^case 'answer': ") as refused:
        judge(form, wanted, "1")
    assert str(refused.value) == f"case 'answer': {sentence}"
