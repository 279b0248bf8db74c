"""A run in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandboxes.types import CaseResult, Status, Tier, Verdict
from ttsd.report.wording import after_success, describe_rollout, describe_step, duration, summary, what_next
from ttsd.types import Feedback, Outcome, Rollout, Step


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3600, "1 h 00 min"), (7800, "2 h 10 min")],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ((Status.PASS,) * 3, "attempt 7: solved, 3 of 3 tests passed, 6 tokens"),
        ((Status.WRONG_ANSWER, Status.PASS, Status.PASS), "attempt 7: wrong answer, 2 of 3 tests passed, 6 tokens"),
        ((Status.TIME_LIMIT,) * 3, "attempt 7: time limit, 0 of 3 tests passed, 6 tokens"),
        (
            (Status.PASS, Status.PASS, Status.TIME_LIMIT),
            "attempt 7: false discovery (fails a hidden test), 2 of 3 tests passed, 6 tokens",
        ),
    ],
    ids=lambda value: "",
)
def test_an_attempt_is_a_line(judged, attempt, statuses: tuple[Status, ...], line: str) -> None:
    assert describe_rollout(Rollout(attempt(7), judged(*statuses), Feedback(""))) == line


@pytest.mark.parametrize(
    ("status", "word"), [(Status.NO_CODE, "no program"), (Status.UNAVAILABLE, "not judged, an outage (it is gone)")]
)
def test_an_attempt_that_was_not_run_has_no_count_of_tests(attempt, status: Status, word: str) -> None:
    assert (
        describe_rollout(Rollout(attempt(7), Verdict(status, detail="it is gone\nfor good"), Feedback("")))
        == f"attempt 7: {word}, 6 tokens"
    )


def test_why_a_judge_failed_stands_in_the_line(attempt) -> None:
    case = CaseResult("a", Tier.CONFIRM, Status.RUNTIME_ERROR)
    verdict = Verdict(Status.RUNTIME_ERROR, (case,), detail="The judge gave up (exit code 1).\nMore.")
    line = describe_rollout(Rollout(attempt(7), verdict, Feedback("")))
    assert line.startswith("attempt 7: runtime error (The judge gave up (exit code 1)), 0 of 1 test passed")


def test_an_attempt_that_was_cut_says_so(attempt) -> None:
    cut = Rollout(attempt(7, finish_reason="length"), Verdict(Status.NO_CODE), Feedback(""))
    assert describe_rollout(cut).endswith(", cut at the length limit")


@pytest.mark.parametrize(
    ("taught", "rewarded", "divergence", "learned"),
    [
        (7, 0, 0.01234, "learned from the self-teacher's view of 7 attempts (divergence 0.0123 nats a token)"),
        (7, 0, 0.0, "learned from the self-teacher's view of 7 attempts"),
        (0, 6, 0.0, "learned from the rewards of 6 attempts"),
        (5, 1, 0.0, "learned from the rewards of 1 attempt and from the self-teacher's view of 5 attempts"),
    ],
    ids=["sdpo", "sdpo on sampled tokens", "grpo", "rlsd"],
)
def test_a_step_says_what_it_learned_from(taught: float, rewarded: float, divergence: float, learned: str) -> None:
    metrics = {"pass_fraction": 0.25, "loss": -0.5, "divergence": divergence}
    counts = {"signal_attempts": 7.0, "taught_attempts": taught, "rewarded_attempts": rewarded}
    line = describe_step(Step(2, 3, "update", metrics=metrics | counts, seconds=65.0))
    assert line == f"group 3: 25% of the visible tests passed on average; {learned} in 1 min 05 s"


def test_a_step_at_a_lower_rate_says_why() -> None:
    line = describe_step(Step(0, 1, "lower the rate", "too far", {"taught_attempts": 2.0}, 3.0))
    assert line == "group 1: learned from the self-teacher's view of 2 attempts in 3 s, too far"


@pytest.mark.parametrize(
    ("action", "word"),
    [("skip", "nothing learned"), ("roll back", "learning undone"), ("stop training", "training stopped")],
)
def test_a_step_that_was_not_taken_says_why(action, word: str) -> None:
    assert describe_step(Step(0, 0, action, reason="because")) == f"group 1: {word}, because"


def test_a_step_of_a_learner_without_metrics_is_a_line() -> None:
    assert describe_step(Step(0, 1, "update", seconds=2.0)) == "group 1: learned in 2 s"


@pytest.mark.parametrize(
    ("status", "start"),
    [
        ("exhausted", "Not solved: add with sdpo; the budget is spent. 8 attempts, 99 generated tokens, 48 s."),
        ("interrupted", "Stopped: add with sdpo. 8 attempts"),
        ("unavailable", "Given up: add with sdpo; too many attempts could not be judged (ttsd doctor). 8 attempts"),
    ],
)
def test_every_end_has_a_sentence(status, start: str) -> None:
    assert summary(Outcome(status, 8, tokens=99, seconds=48.0), "add", "sdpo").startswith(start)


def test_a_solution_is_named_by_its_number(judged, attempt) -> None:
    solution = Rollout(attempt(5), judged(*[Status.PASS] * 3), Feedback(""))
    assert summary(Outcome("solved", 8, solution), "add", "sdpo").startswith(
        "Solved add with sdpo: attempt 5 passes every test. 8 attempts"
    )


@pytest.mark.parametrize("status", ["interrupted", "unavailable"])
def test_a_solution_is_named_however_the_run_ended(judged, attempt, status) -> None:
    solution = Rollout(attempt(5), judged(*[Status.PASS] * 3), Feedback(""))
    assert "add with sdpo; attempt 5 passes every test" in summary(Outcome(status, 8, solution), "add", "sdpo")


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ("ff sf", ""),
        ("ff ff", ""),
        ("fs sf", "In the 1 group after the first success 1 of 2 attempts pass."),
        ("ff fs sf xs", "In the 2 groups after the first success 2 of 3 attempts pass."),
    ],
)
def test_a_run_that_went_on_after_its_success_says_how(judged, attempt, groups: str, told: str) -> None:
    ends = {"s": Status.PASS, "f": Status.WRONG_ANSWER, "x": Status.UNAVAILABLE}
    rollouts = [
        Rollout(replace(attempt(1), group=group), judged(*[ends[letter]] * 3), Feedback(""))
        for group, letters in enumerate(groups.split())
        for letter in letters
    ]
    assert after_success(rollouts) == told


def test_outages_and_false_discoveries_are_counted_apart() -> None:
    text = summary(Outcome("exhausted", 8, false_discoveries=2, outages=1), "add", "sdpo")
    assert "(2 passed every visible test and failed a hidden one; 1 could not be judged (outages))" in text


def test_one_of_a_kind_is_not_many() -> None:
    assert summary(Outcome("exhausted", 1, tokens=1), "add", "sdpo").endswith("1 attempt, 1 generated token, 0 s.")


def test_a_folder_with_a_blank_is_quoted_in_a_command() -> None:
    assert what_next(None, "my run") == "Go on with: ttsd resume 'my run'"
