"""What each method asks next, given what has happened so far."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from sandboxes.types import Status, Verdict
from ttsd.config import Config
from ttsd.errors import UserError
from ttsd.methods.base import NoLearner, configure, method_names, method_spec, refuse_idle
from ttsd.methods.prompting import attempt_history, feedback_history, plain, reprompted
from ttsd.prompts import ask, format_instruction
from ttsd.reprompt import teacher_context
from ttsd.types import Chat, Feedback, Rollout


def everything_fits(chat: Chat) -> bool:
    return True


def nothing_fits(chat: Chat) -> bool:
    return False


@pytest.fixture
def rollout(problem, attempt):
    """A failed attempt k with this feedback; empty feedback is an outage."""

    def make(k: int, feedback: str = "") -> Rollout:
        status = Status.WRONG_ANSWER if feedback else Status.UNAVAILABLE
        said = Feedback(feedback)
        return Rollout(attempt(k, f"response {k}"), Verdict(status), said, teacher=teacher_context(problem, said))

    return make


@pytest.fixture
def history(rollout) -> list[Rollout]:
    return [rollout(1, "feedback 1"), rollout(2), rollout(3, "feedback 3"), rollout(4, "feedback 4")]


def test_plain_asks_the_same_whatever_happened(problem, history) -> None:
    assert plain(problem, history, 3) == [ask(problem)] * 3


@pytest.mark.parametrize("policy", [reprompted(), feedback_history(everything_fits), attempt_history(everything_fits)])
def test_the_first_group_reads_the_plain_prompt(problem, policy) -> None:
    assert policy(problem, [], 2) == [ask(problem)] * 2


def test_a_group_that_taught_nothing_is_followed_by_the_plain_prompt(problem, rollout) -> None:
    assert reprompted()(problem, [rollout(1), rollout(2)], 2) == [ask(problem)] * 2


def test_reprompted_answers_the_latest_failed_attempts(problem, history) -> None:
    assert reprompted()(problem, history, 2) == [history[2].teacher.chat, history[3].teacher.chat]


def test_reprompted_takes_them_in_turn_when_there_are_too_few(problem, history) -> None:
    chats = [history[i].teacher.chat for i in (0, 2, 3)]
    assert reprompted()(problem, history, 5) == [*chats, *chats[:2]]


@pytest.mark.parametrize(
    ("share", "read"), [(0.0, []), (0.25, [4]), (0.5, [3, 4]), (0.75, [1, 3, 4]), (1.0, [1, 3, 4, 1])]
)
def test_a_share_of_the_group_reads_the_latest_reprompts(problem, history, share: float, read: list[int]) -> None:
    chats = [history[k - 1].teacher.chat for k in read]
    assert reprompted(share)(problem, history, 4) == [ask(problem)] * (4 - len(read)) + chats


def test_a_reprompt_made_for_a_success_is_not_sampled_from(problem, history) -> None:
    solved = replace(history[3], verdict=Verdict(Status.PASS))
    assert reprompted()(problem, [history[0], solved], 1) == [history[0].teacher.chat]


def test_earlier_turns_hold_no_thoughts_and_no_token_of_a_chat_template(problem, rollout) -> None:
    told = rollout(1, "feedback 1")
    odd = replace(told, attempt=replace(told.attempt, response="<think>hm</think>\nanswer<|im_end|>"))
    ((_, earlier, _),) = attempt_history(everything_fits)(problem, [odd], 1)
    assert earlier.content == "answer<\\|im_end|>"


def test_feedback_history_is_one_turn_with_every_feedback_in_order(problem, history) -> None:
    ((message,),) = feedback_history(everything_fits)(problem, history, 1)
    places = [message.content.index(f"feedback {k}") for k in (1, 3, 4)]
    assert places == sorted(places)
    assert "response" not in message.content
    assert message.content.endswith(format_instruction(problem))


def test_attempt_history_alternates_attempts_and_feedback(problem, history) -> None:
    (chat,) = attempt_history(everything_fits)(problem, history, 1)
    assert [message.role for message in chat] == ["user", *["assistant", "user"] * 3]
    assert chat[:1] == ask(problem)
    assert [message.content for message in chat[1::2]] == ["response 1", "response 3", "response 4"]
    assert [message.content.split("\n")[0] for message in chat[2::2]] == ["feedback 1", "feedback 3", "feedback 4"]


def test_every_user_turn_of_attempt_history_ends_with_the_format(problem, history) -> None:
    (chat,) = attempt_history(everything_fits)(problem, history, 1)
    assert all(message.content.endswith(format_instruction(problem)) for message in chat[::2])


@pytest.mark.parametrize("policy", [feedback_history, attempt_history])
def test_the_oldest_is_dropped_until_the_prompt_fits(problem, history, policy) -> None:
    (whole,) = policy(everything_fits)(problem, history, 1)
    room = sum(len(message.content) for message in whole) - 1
    (chat,) = policy(lambda chat: sum(len(message.content) for message in chat) <= room)(problem, history, 1)
    text = "\n".join(message.content for message in chat)
    assert "feedback 1" not in text
    assert "feedback 3" in text
    assert "feedback 4" in text


@pytest.mark.parametrize("policy", [feedback_history, attempt_history])
def test_when_nothing_fits_the_plain_prompt_is_left(problem, history, policy) -> None:
    assert policy(nothing_fits)(problem, history, 1) == [ask(problem)]


@pytest.mark.parametrize("name", method_names())
def test_every_method_answers_with_as_many_prompts_as_asked_for(problem, history, name: str) -> None:
    policy = method_spec(name).prompts(Config(method=name), everything_fits)
    assert [len(policy(problem, history, n)) for n in (1, 3, 8)] == [1, 3, 8]


@pytest.mark.parametrize(("history_kind", "turns"), [("feedback", 1), ("attempts", 7)])
def test_the_setting_history_chooses_between_the_two(problem, history, history_kind: str, turns: int) -> None:
    policy = method_spec("multi-turn").prompts(configure(method="multi-turn", history=history_kind), everything_fits)
    assert len(policy(problem, history, 1)[0]) == turns


def test_the_baselines_learn_nothing() -> None:
    assert [name for name in method_names() if not method_spec(name).objective] == [
        "best-of-k",
        "multi-turn",
        "reprompt",
    ]


def test_without_learning_the_policy_stays_as_it_is(problem, history) -> None:
    step = NoLearner().learn(problem, 4, history)
    assert (step.group, step.policy_version, step.action) == (4, 0, "skip")


def test_the_settings_of_a_method_are_settings() -> None:
    names = {item.name for item in fields(Config)}
    assert all(names.issuperset(method_spec(name).settings) for name in method_names())


@pytest.mark.parametrize("name", method_names())
def test_a_setting_that_only_another_method_reads_is_refused(name: str) -> None:
    own = method_spec(name).settings
    refuse_idle(name, [*own, "budget"])
    for setting in {setting for other in method_names() for setting in method_spec(other).settings} - {*own}:
        with pytest.raises(UserError, match=f"{setting} has no effect with the method {name}, only with"):
            refuse_idle(name, ["budget", setting])


def test_an_unknown_method_is_told_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"unknown method 'ppo'.*; it must be one of: best-of-k, grpo, multi-turn"):
        method_spec("ppo")


def test_what_a_method_sets_itself_cannot_be_set_otherwise() -> None:
    assert configure(method="sdpo-lr0").learning_rate == 0
    with pytest.raises(UserError, match=r"learning_rate is 0.0001, and the method sdpo-lr0 sets it to 0.0; leave it"):
        configure(method="sdpo-lr0", learning_rate=1e-4)


@pytest.mark.parametrize("mode", ["sampled_token", "sequence"])
def test_the_sampled_token_alone_knows_one_direction(mode: str) -> None:
    assert configure(distillation_mode=mode).distillation_mode == mode
    with pytest.raises(UserError, match=f"distillation_alpha is 0.5; with distillation_mode {mode} it must be 1"):
        configure(distillation_mode=mode, distillation_alpha=0.5)


def test_a_share_however_small_is_one_attempt(problem, history) -> None:
    assert reprompted(0.01)(problem, history, 4) == [*[ask(problem)] * 3, history[3].teacher.chat]
