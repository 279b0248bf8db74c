"""The guard: each rule fires on its case and not below; it knows which adapter was the last harmless one."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from sandboxes.types import CaseResult, Status, Tier, Verdict
from ttsd.learning.guards import Guard, Statistics, group_statistics
from ttsd.types import Feedback, Rollout, Step

USUAL: Statistics = {
    "attempts": 8,
    "successes": 0,
    "pass_fraction": 0.5,
    "pass_fraction_variance": 0.04,
    "mean_length": 100.0,
    "clipped_share": 0.0,
    "duplicate_share": 0.0,
    "entropy": 0.6,
}


def step(version: int, action: str = "update", **changes: float) -> Step:
    return Step(0, version, action, metrics=USUAL | changes)  # type: ignore[arg-type]


def harm(**changes: float) -> str:
    """What a guard that has seen one usual group says about a group with these changes."""
    return Guard([step(1)]).harm(USUAL | changes)


def test_a_group_like_the_others_is_harmless() -> None:
    assert harm() == ""


def test_the_first_group_is_harmless_whatever_it_is() -> None:
    assert Guard([]).harm(USUAL | {"clipped_share": 1.0, "mean_length": 1.0}) == ""


@pytest.mark.parametrize(
    ("name", "allowed", "harmful", "said"),
    [
        ("clipped_share", 0.4, 0.41, "41% of the responses hit the length limit, 0% before"),
        ("duplicate_share", 0.5, 0.51, "51% of the programs are duplicates, 0% before"),
        ("mean_length", 40.0, 39.0, "mean length fell from 100 to 39 tokens"),
        ("entropy", 0.2, 0.19, "entropy went from 0.60 to 0.19 nats a token"),
        ("entropy", 1.2, 1.21, "entropy went from 0.60 to 1.21 nats a token"),
        # Two groups of eight with variance 0.04: the standard error is 0.1, so 2.5 of them are 0.25.
        ("pass_fraction", 0.2501, 0.2499, "the fraction of cases passed fell from 0.50 to 0.25"),
    ],
)
def test_each_rule_fires_on_its_case_and_not_below(name: str, allowed: float, harmful: float, said: str) -> None:
    assert harm(**{name: allowed}) == ""
    assert harm(**{name: harmful}) == said


def test_a_rise_of_the_fraction_passed_is_harmless() -> None:
    assert harm(pass_fraction=1.0) == ""


def test_a_low_entropy_may_rise_and_fall_a_little() -> None:
    assert Guard([step(1, entropy=0.03)]).harm(USUAL | {"entropy": 0.27}) == ""
    assert Guard([step(1, entropy=0.24)]).harm(USUAL | {"entropy": 0.0}) == ""
    assert Guard([step(1, entropy=0.03)]).harm(USUAL | {"entropy": 0.29})


def test_longer_responses_are_harmless() -> None:
    assert harm(mean_length=1000.0) == ""


def test_without_any_variance_a_fall_says_nothing() -> None:
    quiet = {"pass_fraction_variance": 0.0}
    assert Guard([step(1, **quiet)]).harm(USUAL | quiet | {"pass_fraction": 0.0}) == ""


def test_a_group_is_compared_with_the_mean_of_all_harmless_ones() -> None:
    guard = Guard([step(1, clipped_share=0.0), step(2, clipped_share=0.4)])
    assert guard.harm(USUAL | {"clipped_share": 0.59}) == ""
    assert "20% before" in guard.harm(USUAL | {"clipped_share": 0.61})


def test_larger_groups_weigh_more() -> None:
    guard = Guard([step(1, clipped_share=0.4, attempts=24), step(2, clipped_share=0.0, attempts=8)])
    assert "30% before" in guard.harm(USUAL | {"clipped_share": 0.71})


def test_a_harmful_group_is_not_compared_with() -> None:
    guard = Guard([step(1), step(2, "roll back", clipped_share=1.0)])
    assert "0% before" in guard.harm(USUAL | {"clipped_share": 0.41})


def test_the_good_adapter_is_the_one_that_a_harmless_group_came_from() -> None:
    guard = Guard([])
    found = []
    # Each group is sampled from the version before its step: 0, 1, 2, 2; it is harmless unless it is rolled back.
    for each in (step(1), step(2), step(2, "skip"), step(3, "roll back"), step(4)):
        guard.saw(each)
        found.append(guard.good_version)
    assert found == [0, 1, 2, 3, 3]


def test_the_adapter_that_a_roll_back_made_is_good_at_once() -> None:
    assert Guard([step(1), step(2), step(3, "roll back")]).good_version == 3


def test_a_skipped_step_leaves_the_version_and_counts_as_seen() -> None:
    guard = Guard([step(0, "skip", clipped_share=0.2)])
    assert guard.good_version == 0
    assert "20% before" in guard.harm(USUAL | {"clipped_share": 0.7})


def test_a_restored_guard_equals_the_live_one() -> None:
    steps = [step(1, entropy=0.1 + 0.2), step(2), step(3, "roll back"), step(3, "skip"), step(4)]
    live = Guard([])
    for each in steps:
        live.saw(each)
    restored = Guard([Step(**json.loads(json.dumps(asdict(each)))) for each in steps])
    assert vars(restored) == vars(live)


@pytest.fixture
def rollout(attempt):
    """A rollout of which this share of ten cases passed; None: an outage."""

    def make(k: int, passed: int | None, response: str = "four", **fields) -> Rollout:
        if passed is None:
            return Rollout(attempt(k, response, **fields), Verdict(Status.UNAVAILABLE), Feedback(""))
        statuses = [Status.PASS] * passed + [Status.WRONG_ANSWER] * (10 - passed)
        cases = [CaseResult(str(i), Tier.FEEDBACK, status) for i, status in enumerate(statuses)]
        verdict = Verdict.of(cases, sandbox="test", seconds=0.0)
        return Rollout(attempt(k, response, **fields), verdict, Feedback(""), program=response)

    return make


def test_the_statistics_of_a_group(rollout) -> None:
    group = [rollout(1, 10), rollout(2, 5), rollout(3, 0, "sixsix", finish_reason="length"), rollout(4, 5, "tenten")]
    assert group_statistics(group) == pytest.approx(
        {
            "attempts": 4,
            "successes": 1,
            "pass_fraction": 0.5,
            "pass_fraction_variance": 0.125,
            "mean_length": 5.0,
            "clipped_share": 0.25,
            "duplicate_share": 0.25,
            "entropy": 1.0,
        }
    )


def test_the_entropy_is_a_mean_over_tokens_and_not_over_attempts(rollout) -> None:
    surprising = rollout(1, 0, "a", logprobs=(-4.0,))
    assert group_statistics([surprising, rollout(2, 0, "abc")])["entropy"] == pytest.approx(7 / 4)


def test_an_attempt_that_was_not_judged_shows_nothing(rollout) -> None:
    judged = [rollout(1, 5), rollout(2, 3)]
    assert group_statistics([*judged, rollout(3, None, "long" * 100)]) == group_statistics(judged)


def test_a_group_of_outages_is_neither_harmful_nor_compared_with(rollout) -> None:
    nothing = group_statistics([rollout(1, None), rollout(2, None)])
    assert nothing["attempts"] == 0
    assert Guard([step(1)]).harm(nothing) == ""
    assert Guard([Step(0, 0, "skip", metrics=nothing)]).harm(USUAL) == ""


def test_a_group_of_outages_does_not_make_its_adapter_good() -> None:
    assert Guard([step(1), step(1, "skip", attempts=0)]).good_version == 0
