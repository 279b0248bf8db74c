"""Which attempts teach what: teachers, advantages, outages, and attempts that answered another prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ttsd.learning.datum import Datum, lessons
from ttsd.learning.objectives import Objective
from ttsd.methods.base import configure, method_spec
from ttsd.prompts import ask
from ttsd.types import Chat


def encode(chat: Chat) -> list[int]:
    """The first message as bytes: enough to tell prompts apart."""
    return list(chat[0].content.encode())


def objective(method: str, **settings) -> Objective:
    made = method_spec(method).objective
    assert made is not None
    return made(configure(method=method, **settings))


@pytest.fixture
def learned(problem):
    def of(method: str, *rollouts, **settings) -> list[Datum]:
        return lessons(objective(method, **settings), problem, rollouts, encode)

    return of


every_reward_method = pytest.mark.parametrize("method", ["grpo", "rlsd"])


def test_the_response_is_taken_as_sampled(learned, tried) -> None:
    rollout = tried(1, "yes", logprobs=(-0.5, -0.25, -0.125))
    other_ids = replace(rollout.attempt, token_ids=(7, 8, 9))  # than a tokenizer makes of the text
    (datum,) = learned("sdpo", replace(rollout, attempt=other_ids))
    assert (datum.response_ids, datum.logprobs) == ([7, 8, 9], [-0.5, -0.25, -0.125])


def test_the_two_prompts_are_the_plain_one_and_the_reprompt(learned, tried, problem) -> None:
    rollout = tried(1, "yes")
    (datum,) = learned("sdpo", rollout)
    assert datum.prompt_ids == encode(ask(problem))
    assert datum.teacher_prompt_ids == encode(rollout.teacher.chat)
    assert datum.own_prompt


def test_an_attempt_that_answered_a_reprompt_is_distilled_from_that_one(learned, tried, problem) -> None:
    """Whatever its own verdict says, and into the plain prompt."""
    read = ask(problem, "feedback on another attempt")
    (datum,) = learned("sdpo-teacher-first", tried(1, "yes", prompt=read, feedback="Expected: no"))
    assert datum.prompt_ids == encode(ask(problem))
    assert datum.teacher_prompt_ids == encode(read)
    assert not datum.own_prompt


@pytest.mark.parametrize("passed", [0, 1, 3])
def test_an_attempt_that_answered_a_reprompt_is_distilled_solved_or_not(learned, tried, problem, passed) -> None:
    read = ask(problem, "feedback on another attempt")
    assert len(learned("sdpo-teacher-first", tried(1, "yes", passed=passed, prompt=read, feedback=""))) == 1


@pytest.mark.parametrize("method", ["sdpo", "grpo", "rlsd"])
def test_an_outage_teaches_nothing(learned, tried, method) -> None:
    group = [tried(1, "a", passed=0), tried(2, "b", passed=1), tried(3, "out", passed=None)]
    assert [bytes(datum.response_ids) for datum in learned(method, *group)] == [b"a", b"b"]


def test_an_outage_that_answered_a_reprompt_teaches_nothing(learned, tried, problem) -> None:
    read = ask(problem, "feedback on another attempt")
    assert learned("sdpo-teacher-first", tried(1, "out", passed=None, prompt=read)) == []


@every_reward_method
@pytest.mark.parametrize("advantage", ["group", "group-normalised"])
def test_outages_count_in_no_mean(learned, tried, method, advantage) -> None:
    judged = [tried(1, "a", passed=0), tried(2, "b", passed=1), tried(3, "c", passed=2)]
    outages = [tried(k, "out", passed=None) for k in (4, 5)]
    assert learned(method, *judged, *outages, advantage=advantage) == learned(method, *judged, advantage=advantage)


@every_reward_method
def test_a_group_that_fails_teaches_nothing_by_a_binary_reward(learned, tried, method) -> None:
    group = [tried(k, f"answer {k}", passed=passed) for k, passed in enumerate((0, 1, 2), start=1)]
    assert learned(method, *group, reward="binary") == []


@every_reward_method
def test_a_group_of_successes_teaches_nothing(learned, tried, method) -> None:
    assert learned(method, *(tried(k, f"answer {k}", passed=3, feedback="") for k in (1, 2))) == []


@every_reward_method
def test_a_graded_reward_tells_failures_apart(learned, tried, method) -> None:
    data = learned(method, tried(1, "worse", passed=0), tried(2, "better", passed=1), reward="graded")
    assert {bytes(datum.response_ids): datum.advantage > 0 for datum in data} == {b"worse": False, b"better": True}


@every_reward_method
def test_an_attempt_at_the_mean_teaches_nothing(learned, tried, method) -> None:
    """Its advantage is 0, whatever its teacher thinks."""
    group = [tried(k, f"answer {k}", passed=k - 1) for k in (1, 2, 3)]
    assert [bytes(datum.response_ids) for datum in learned(method, *group)] == [b"answer 1", b"answer 3"]


def test_against_an_absolute_baseline_a_group_that_fails_teaches(learned, tried) -> None:
    group = [tried(k, f"answer {k}", passed=0) for k in (1, 2)]
    data = learned("rlsd", *group, reward="binary", advantage="absolute", advantage_baseline=0.5)
    assert [datum.advantage for datum in data] == [-0.5, -0.5]


def test_grpo_asks_no_teacher(learned, tried) -> None:
    data = learned("grpo", tried(1, "a", passed=0), tried(2, "b", passed=1))
    assert [datum.teacher_prompt_ids for datum in data] == [None, None]


def test_rlsd_rewards_an_attempt_that_has_no_teacher(learned, tried) -> None:
    solved, failed = tried(1, "a", passed=3, feedback=""), tried(2, "b", passed=0)
    data = learned("rlsd", solved, failed)
    assert [datum.teacher_prompt_ids is None for datum in data] == [True, False]
    assert data[0].advantage > 0 > data[1].advantage


def test_a_mix_learns_from_teachers_and_rewards(learned, tried) -> None:
    """The success has no teacher but an advantage; the failure has both."""
    group = [tried(1, "a", passed=3, feedback=""), tried(2, "b", passed=0)]
    mixed = learned("sdpo", *group, grpo_weight=0.5)
    assert [(datum.teacher_prompt_ids is not None, datum.advantage > 0) for datum in mixed] == [
        (False, True),
        (True, False),
    ]
    assert [bytes(datum.response_ids) for datum in learned("sdpo", *group)] == [b"b"]
