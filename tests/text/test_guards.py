"""The guard: each rule fires on its case and not below, and what it does follows from the steps of a run alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean, pvariance
from typing import NamedTuple

import numpy as np
import pytest

from sandboxes.types import CaseResult, Status, Tier, Verdict
from ttsd.learning.guards import Alarm, Guard, group_statistics, leaks, mixed_statistics, students
from ttsd.learning.rules import RULES, Statistics
from ttsd.prompts import ask
from ttsd.types import Feedback, Rollout, Step, TeacherContext

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
    return Step(0, version, action, "because", USUAL | changes)  # type: ignore[arg-type]


def alarm(steps: Sequence[Step] = (step(1),), **changes: float) -> Alarm | None:
    """What a guard that has seen these steps, or one usual group, says about a group with these changes."""
    guard = Guard(steps)
    return guard.alarm(now | guard.gap(now)) if (now := USUAL | changes) else None


def reason(steps: Sequence[Step] = (step(1),), **changes: float) -> str:
    found = alarm(steps, **changes)
    return found.reason if found else ""


def mixed(teacher: float, n: int = 4) -> Statistics:
    """A usual group, and n attempts more that read a reprompt and passed this fraction, with the same variance."""
    return {
        "attempts": 8.0 + n,
        "reprompted_attempts": n,
        "reprompted_pass_fraction": teacher,
        "reprompted_pass_fraction_variance": 0.04,
    }


class Case(NamedTuple):
    """Statistics that a rule allows, their neighbour that it does not, and what is said of the latter."""

    allowed: Statistics
    harmful: Statistics
    said: str
    steps: tuple[Step, ...] = (step(1),)


MANY = tuple(step(version) for version in range(1, 6))
TWICE_BACK = (*MANY, step(6, "roll back"), step(7), step(8, "roll back"), step(9))
GRADIENTS = tuple(step(version, grad_norm=float(version)) for version in (1, 2, 3))

# Two groups of eight with variance 0.04: the standard error is 0.1, so 3 of them are 0.3.
CASES = {
    "clipped share": [
        Case(
            {"clipped_share": 0.4},
            {"clipped_share": 0.41},
            "41% of the responses hit the length limit, 0% before",
            MANY,
        ),
        # Against eight attempts a rise to p has the standard error sqrt(p (2 - p)) / 4.
        Case(
            {"clipped_share": 0.56},
            {"clipped_share": 0.57},
            "57% of the responses hit the length limit, 0% before",
        ),
    ],
    "duplicate share": [
        Case(
            {"duplicate_share": 0.5},
            {"duplicate_share": 0.51},
            "51% of the programs are duplicates, 0% before",
            MANY,
        )
    ],
    "length": [Case({"mean_length": 40.0}, {"mean_length": 39.0}, "mean length fell from 100 to 39 tokens")],
    "entropy": [
        Case({"entropy": 0.2}, {"entropy": 0.19}, "entropy went from 0.60 to 0.19 nats a token"),
        Case({"entropy": 1.2}, {"entropy": 1.21}, "entropy went from 0.60 to 1.21 nats a token"),
    ],
    "pass fraction": [
        Case(
            {"pass_fraction": 0.2001},
            {"pass_fraction": 0.1999},
            "the fraction of cases passed fell from 0.50 to 0.20",
        )
    ],
    "drift": [Case({"kl_to_base": 0.1}, {"kl_to_base": 0.11}, "0.11 nats a token away from the base model")],
    "distance": [
        # The bound of "drift" has risen to 0.8 here.
        Case(
            {"kl_to_base": 0.5},
            {"kl_to_base": 0.51},
            "0.51 nats a token away from the base model",
            tuple(step(version, "lower the rate") for version in (1, 2, 3)),
        )
    ],
    "roll backs": [
        Case(
            {"clipped_share": 0.4},
            {"clipped_share": 0.41},
            "41% of the responses hit the length limit, 0% before, roll back number 3 within 20 groups",
            TWICE_BACK,
        )
    ],
    "gap": [
        # The variance of all is 0.04, of 32 plain ones and 16 others: the standard error is 0.0612, 3 of them 0.1837.
        Case(
            mixed(0.3165),
            mixed(0.3160),
            "attempts that read the self-teacher's prompt pass less than plain ones, z = -3.0",
            tuple(step(version, **mixed(0.3163)) for version in (1, 2, 3)),
        )
    ],
}
RULE = {rule.name: rule for rule in RULES}
GAP = RULE["gap"]


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases])
def test_each_rule_fires_on_its_case_and_not_on_its_neighbour(name: str, case: Case) -> None:
    assert alarm(case.steps, **case.allowed) is None
    assert alarm(case.steps, **case.harmful) == Alarm(RULE[name].action, case.said)


def test_every_rule_has_a_case() -> None:
    assert {*CASES, "finite gradient", "gradient norm"} == set(RULE)


def test_a_gradient_far_above_the_median_of_earlier_ones_is_skipped() -> None:
    assert Guard(GRADIENTS).gradient_alarm(20.0) is None
    assert Guard(GRADIENTS).gradient_alarm(20.1) == Alarm("skip", "the gradient's norm is 20.1, mostly 2 before")


@pytest.mark.parametrize("steps", [(), GRADIENTS], ids=["the first", "a later one"])
@pytest.mark.parametrize("norm", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_always_skipped(norm: float, steps: Sequence[Step]) -> None:
    assert Guard(steps).gradient_alarm(norm) == Alarm("skip", f"the gradient's norm is {norm}")


def test_two_gradients_have_no_median_to_speak_of() -> None:
    assert Guard(GRADIENTS[:2]).gradient_alarm(1e9) is None


def test_gradients_that_stay_large_become_usual() -> None:
    skipped = tuple(step(3, "skip", grad_norm=1000.0) for _ in range(4))
    assert Guard((*GRADIENTS, *skipped[:3])).gradient_alarm(6000.0)
    assert Guard((*GRADIENTS, *skipped)).gradient_alarm(6000.0) is None


def test_a_gradient_that_was_not_finite_does_not_move_the_median() -> None:
    assert Guard((*GRADIENTS, step(3, "skip", grad_norm=float("nan")))).gradient_alarm(20.1)


def test_the_rate_is_halved_once_for_each_doubling_of_the_drift() -> None:
    steps = (step(1), step(2, "lower the rate"))
    assert alarm(steps, kl_to_base=0.2) is None
    assert alarm(steps, kl_to_base=0.21).action == "lower the rate"


def test_the_gravest_action_is_taken() -> None:
    assert alarm(kl_to_base=0.6).action == "roll back"
    gap = CASES["gap"][0]
    assert alarm(gap.steps, **gap.harmful, kl_to_base=0.6).action == "stop training"


def test_a_policy_that_was_found_harmless_is_not_rolled_back_but_may_be_slowed_down() -> None:
    unchanged = (step(1), step(1, "skip"))
    assert alarm(unchanged, clipped_share=1.0) is None
    assert alarm(unchanged, kl_to_base=0.6).action == "lower the rate"


def test_a_group_like_the_others_is_harmless() -> None:
    assert alarm() is None


def test_the_first_group_is_harmless_whatever_it_is() -> None:
    assert alarm((), clipped_share=1.0, mean_length=1.0) is None


def test_a_rise_of_the_fraction_passed_is_harmless() -> None:
    assert alarm(pass_fraction=1.0) is None


def test_a_low_entropy_may_rise_and_fall_a_little() -> None:
    assert alarm([step(1, entropy=0.03)], entropy=0.27) is None
    assert alarm([step(1, entropy=0.24)], entropy=0.0) is None
    assert alarm([step(1, entropy=0.03)], entropy=0.29)


def test_longer_responses_are_harmless() -> None:
    assert alarm(mean_length=1000.0) is None


def test_without_any_variance_a_fall_says_nothing() -> None:
    quiet = {"pass_fraction_variance": 0.0}
    assert alarm([step(1, **quiet)], **quiet, pass_fraction=0.0) is None


def test_a_group_is_compared_with_the_mean_of_all_harmless_ones() -> None:
    steps = [step(1, clipped_share=0.0, attempts=40), step(2, clipped_share=0.4, attempts=40)]
    assert alarm(steps, clipped_share=0.59) is None
    assert "20% before" in reason(steps, clipped_share=0.61)


def test_larger_groups_weigh_more() -> None:
    steps = [step(1, clipped_share=0.4, attempts=60), step(2, clipped_share=0.0, attempts=20)]
    assert "30% before" in reason(steps, clipped_share=0.8)


def test_a_group_weighs_as_much_as_it_has_plain_attempts() -> None:
    more = mixed(0.5, n=16) | {"clipped_share": 0.4}
    assert "20% before" in reason([step(1), step(2, **more)], clipped_share=0.9)


def test_a_harmful_group_is_not_compared_with() -> None:
    steps = [*MANY, step(6, "roll back", clipped_share=1.0), step(7)]
    assert "0% before" in reason(steps, clipped_share=0.41)


def test_groups_without_a_plain_attempt_are_compared_with_each_other_only() -> None:
    teachers = mixed(0.5, n=8) | {"attempts": 8}
    steps = [step(1), step(2, **teachers, entropy=2.0)]
    assert alarm(steps, **teachers, entropy=2.0) is None
    assert "from 2.00 to 0.60" in reason(steps, **teachers, entropy=0.6)


def test_the_good_adapter_is_the_one_that_a_harmless_group_came_from() -> None:
    guard = Guard([])
    found = []
    # Each group is sampled from the version before its step: 0, 1, 2, 2, 3, 4; it is harmless unless it is undone.
    steps = (step(1), step(2), step(2, "skip"), step(3, "roll back"), step(4, "lower the rate"), step(5))
    for each in steps:
        guard.saw(each)
        found.append(guard.good_version)
    assert found == [0, 1, 2, 3, 3, 4]


@pytest.mark.parametrize("action", ["roll back", "stop training"])
def test_the_adapter_that_a_way_back_made_is_good_at_once(action: str) -> None:
    assert Guard([step(1), step(2), step(3, action)]).good_version == 3


def test_a_skipped_step_leaves_the_version_and_counts_as_seen() -> None:
    steps = [step(0, "skip", clipped_share=0.2), step(1)]
    assert Guard(steps).good_version == 0
    assert "10% before" in reason(steps, clipped_share=0.7)


@pytest.mark.parametrize(("since", "action"), [(17, "stop training"), (18, "roll back")])
def test_the_third_roll_back_ends_training_when_it_comes_within_twenty_groups(since: int, action: str) -> None:
    steps = [*MANY, step(6, "roll back"), step(7, "roll back"), *(step(8 + n) for n in range(since))]
    assert alarm(steps, clipped_share=1.0).action == action


def test_training_that_has_stopped_stays_so_with_its_reason() -> None:
    assert Guard([step(1)]).stopped == ""
    assert Guard([step(1), step(2, "stop training"), step(2, "skip")]).stopped == "because"


def test_a_restored_guard_equals_the_live_one() -> None:
    actions = ("update", "lower the rate", "roll back", "skip", "stop training", "skip")
    steps = [
        step(n, action, entropy=0.1 + 0.2, grad_norm=n / 3, kl_to_base=0.1 * n, **mixed(0.1 * n))
        for n, action in enumerate(actions, start=1)
    ]
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
    assert Guard([step(1)]).alarm(nothing) is None
    assert alarm([Step(0, 0, "skip", metrics=nothing), Step(0, 1, "skip", metrics=nothing)], entropy=9.0) is None


def test_a_group_of_outages_does_not_make_its_adapter_good() -> None:
    assert Guard([step(1), step(1, "skip", attempts=0)]).good_version == 0


def answering(rollout: Rollout, problem, *sections: str) -> Rollout:
    return replace(rollout, attempt=replace(rollout.attempt, prompt=ask(problem, *sections)))


def test_the_statistics_of_a_mixed_group_are_those_of_its_plain_attempts(rollout, problem) -> None:
    """But for the counts, which are of all, and the self-teacher's share, which stands beside them."""
    plain = [answering(rollout(k, k, "ab" * k), problem) for k in (1, 2, 3)]
    taught = [answering(rollout(k, 10, "abc"), problem, "feedback") for k in (4, 5)]
    ours = mixed_statistics(problem, [*plain, *taught])
    assert ours == group_statistics(plain) | {
        "attempts": 5,
        "successes": 2,
        "reprompted_attempts": 2,
        "reprompted_pass_fraction": 1.0,
        "reprompted_pass_fraction_variance": 0.0,
    }
    assert students(problem, [*plain, *taught]) == plain


def test_a_plain_group_has_no_entry_for_a_self_teacher(rollout, problem) -> None:
    plain = [answering(rollout(k, k), problem) for k in (1, 2)]
    assert mixed_statistics(problem, plain) == group_statistics(plain)


def test_a_group_of_reprompted_attempts_alone_shows_itself(rollout, problem) -> None:
    taught = [answering(rollout(k, k, "abc" * k), problem, "feedback") for k in (1, 2)]
    ours = mixed_statistics(problem, taught)
    assert ours.items() >= group_statistics(taught).items()
    assert ours["reprompted_attempts"] == ours["attempts"] == 2
    assert students(problem, taught) == taught
    assert Guard([]).gap(ours) == {}


def test_the_gap_of_all_groups_is_that_of_all_their_attempts_as_one_sample(rollout, problem) -> None:
    """From the metrics of the groups, and from the attempts themselves."""
    random = np.random.default_rng(0)
    guard, student, teacher = Guard([]), [], []
    for group in range(5):
        passed = random.integers(0, 11, size=10)
        plain = [answering(rollout(k, int(n)), problem) for k, n in enumerate(passed[:6])]
        taught = [answering(rollout(k, int(n)), problem, "feedback") for k, n in enumerate(passed[6:])]
        student += list(passed[:6] / 10)
        teacher += list(passed[6:] / 10)
        now = mixed_statistics(problem, [*plain, *taught])
        found = guard.gap(now)
        guard.saw(Step(group, group + 1, "update", metrics=now | found))
    variance = (30 * pvariance(student) + 20 * pvariance(teacher)) / 50
    gap = fmean(teacher) - fmean(student)
    assert found == pytest.approx({"gap": gap, "gap_z": gap / (variance * (1 / 30 + 1 / 20)) ** 0.5})


def test_few_attempts_of_a_kind_have_a_gap_and_no_significance() -> None:
    guard = Guard([step(1, **mixed(0.0)) for _ in range(2)])
    assert guard.gap(USUAL | mixed(0.0)) == pytest.approx({"gap": -0.5})


SECRET = "the answer is the sum of both numbers, whatever their sign may be"


def told(rollout: Rollout, problem, *sees: str) -> Rollout:
    """A plain attempt whose self-teacher reads these sections."""
    return replace(answering(rollout, problem), teacher=TeacherContext(ask(problem, *sees), sees))


def test_attempts_that_quote_the_hint_of_their_teacher_are_counted(rollout, problem) -> None:
    group = [told(rollout(1, 0, f"I say {SECRET}!"), problem, "hint"), told(rollout(2, 0, "no idea"), problem, "hint")]
    assert leaks(problem, group, SECRET) == {"leak_share": 0.5}


def test_a_demonstration_is_a_secret_to_the_others_and_not_to_its_author(rollout, problem) -> None:
    author = answering(rollout(1, 10, SECRET), problem)
    quoting, other = (told(rollout(k, 0, text), problem, "demonstration") for k, text in ((2, SECRET), (3, "no")))
    assert leaks(problem, [author, quoting, other], "") == {"leak_share": 0.5}


def test_without_a_secret_nothing_is_said_of_leaks(rollout, problem) -> None:
    plain = answering(rollout(1, 0, SECRET), problem)
    taught = told(rollout(2, 0, SECRET), problem, "attempt", "feedback")
    reader = replace(told(rollout(3, 0, SECRET), problem, "hint"), attempt=rollout(3, 0, SECRET).attempt)
    outage = told(rollout(4, None, SECRET), problem, "hint")
    assert leaks(problem, [plain, taught, reader, outage], SECRET) == {}


class Habits(NamedTuple):
    """How the attempts of a policy that never changes are distributed."""

    length: float  # the median; two thirds are within a factor of 1.6
    entropy: float  # mean of an attempt's tokens, each attempt within a factor of 1.6
    cut: float  # share
    nothing: float  # share of attempts that pass no case
    programs: int  # so many different ones, equally likely


def a_group(habits: Habits, random: np.random.Generator, rollout, problem, plain: int) -> list[Rollout]:
    def one(k: int) -> Rollout:
        tokens = int(habits.length * np.exp(0.5 * random.standard_normal())) + 1
        passed = 0 if random.random() < habits.nothing else int(random.integers(0, 11))
        made = rollout(
            k,
            passed,
            chr(97 + int(random.integers(habits.programs))) * tokens,
            finish_reason="length" if random.random() < habits.cut else "stop",
            logprobs=(-habits.entropy * float(np.exp(0.5 * random.standard_normal())),) * tokens,
        )
        program = made.program[:1]
        return answering(replace(made, program=program), problem, *([] if k < plain else ["feedback"]))

    return [one(k) for k in range(8)]


@pytest.mark.parametrize(
    "habits",
    [
        Habits(length=80, entropy=0.3, cut=0.4, nothing=0.5, programs=12),
        Habits(length=15, entropy=0.05, cut=0.0, nothing=0.9, programs=4),
        Habits(length=30, entropy=0.8, cut=0.1, nothing=0.0, programs=26),
    ],
    ids=["middling", "short, sure and failing", "varied"],
)
@pytest.mark.parametrize("plain", [8, 6], ids=["plain", "a quarter reprompted"])
def test_a_policy_that_does_not_change_raises_few_alarms(habits: Habits, plain: int, rollout, problem) -> None:
    """200 groups of eight attempts, with gradients and distances that scatter as much: at most 4% are found harmful."""
    random = np.random.default_rng(0)
    guard, alarms = Guard([]), []
    for group in range(200):
        now = mixed_statistics(problem, a_group(habits, random, rollout, problem, plain))
        now |= guard.gap(now) | {"kl_to_base": 0.03 * float(np.exp(0.5 * random.standard_normal()))}
        norm = float(np.exp(0.5 * random.standard_normal()))
        found = guard.alarm(now) or guard.gradient_alarm(norm) or Alarm("update", "")
        guard.saw(Step(group, group + 1, *found, metrics=now | {"grad_norm": norm}))
        alarms += [found] if found.reason else []
    assert len(alarms) <= 8, alarms
    assert guard.stopped == ""


def test_a_teacher_as_good_as_the_student_seldom_ends_training() -> None:
    """Four attempts of each kind from one distribution, looked at after each of 20 groups: at most 3 of 100 runs."""

    def stops(random: np.random.Generator) -> bool:
        guard = Guard([])
        for group in range(20):
            plain, taught = random.integers(0, 11, size=(2, 4)) / 10
            now = USUAL | mixed(float(taught.mean())) | {"pass_fraction": float(plain.mean())}
            now |= {"attempts": 8, "pass_fraction_variance": float(plain.var())}
            now |= {"reprompted_pass_fraction_variance": float(taught.var())}
            found = guard.gap(now)
            if GAP.finds({}, found):
                return True
            guard.saw(Step(group, group + 1, "update", metrics=now | found))
        return False

    assert sum(stops(np.random.default_rng(seed)) for seed in range(100)) <= 3


def test_what_the_rules_quote_of_the_committed_measurements_is_what_they_hold() -> None:
    """The default rate's largest loss, and the largest rise of a gradient's norm from one update to the next."""
    results = Path(__file__).parents[2] / "benchmarks" / "results"
    cells = [cell for seed in (0, 1) for cell in json.loads((results / f"defaults-seed{seed}.json").read_text())]
    losses = [each["loss"] for cell in cells if cell["setting"] == "lr 5e-5" for each in cell["steps"]]
    norms = [[each["grad_norm"] for each in cell["steps"]] for cell in cells if cell["setting"] != "no learning"]
    assert f"at most {max(losses):.2f} away" in RULE["drift"].evidence
    assert f"rose {max(second / first for first, second in norms):.0f}-fold at most" in RULE["gradient norm"].evidence


def test_the_page_on_guards_holds_the_table_of_rules() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guards.md").read_text(encoding="utf-8")
    rows = [f"| {r.name} | `{r.metric}` | {r.when} | {r.action} | {r.evidence} |" for r in RULES]
    assert "\n".join(rows) in page
