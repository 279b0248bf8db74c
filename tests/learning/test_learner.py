"""The learner on a two-layer model: it learns, skips, rolls back and resumes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from peft import PeftModel

from sandboxes.types import Status
from ttsd.errors import UserError
from ttsd.learning.datum import lessons
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure, method_spec
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.tokens import encode
from ttsd.types import Feedback, Rollout

# The attempts of these tests were not sampled from the model, so nothing weighs them.
CONFIG = configure(learning_rate=1e-2, lora_r=4, group_size=2, distillation_is_clip=0)


@pytest.fixture
def rollouts(problem, judged, attempt):
    """Two failed attempts whose feedback names what was wanted."""
    feedback = Feedback("Expected: yes yes yes yes")

    def rollout(k: int) -> Rollout:
        asked = replace(attempt(k, "yes no yes"[k:]), prompt=ask(problem))
        verdict = judged(Status.PASS, Status.WRONG_ANSWER, Status.PASS)
        return Rollout(asked, verdict, feedback, f"program {k}", teacher_context(problem, feedback))

    return [rollout(1), rollout(2)]


def on_top_of(peft_model, tokenizer, record, config=CONFIG) -> LoraLearner:
    objective = method_spec(config.method).objective(config)
    return LoraLearner(peft_model, tokenizer, objective, config, record, record.steps)


def make(model, tokenizer, record, config=CONFIG) -> LoraLearner:
    return on_top_of(add_adapter(model, config), tokenizer, record, config)


def loss_of(learner, problem, rollouts) -> float:
    """The loss the next step would start from, without taking one."""
    data = lessons(learner._objective, problem, rollouts, lambda chat: encode(learner._tokenizer, chat))
    return learner._gather_gradients(data)["loss"]


def test_steps_bring_the_student_toward_the_self_teacher(tiny_model, tokenizer, record, problem, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record, replace(CONFIG, guard=False))
    steps = [learner.learn(problem, group, rollouts) for group in range(6)]
    assert [step.action for step in steps] == ["update"] * 6
    assert steps[-1].metrics["loss"] < steps[0].metrics["loss"] / 2


def test_a_group_without_a_signal_changes_nothing(tiny_model, tokenizer, record, problem, rollouts) -> None:
    mute = [replace(rollout, teacher=None) for rollout in rollouts]
    step = make(tiny_model, tokenizer, record).learn(problem, 0, mute)
    assert (step.action, step.policy_version) == ("skip", 0)


def test_a_gradient_that_is_not_finite_is_skipped(
    tiny_model, tokenizer, record, problem, rollouts, monkeypatch
) -> None:
    learner = make(tiny_model, tokenizer, record)
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(float("nan")))
    step = learner.learn(problem, 0, rollouts)
    assert step.action == "skip"
    assert "nan" in step.reason
    assert all(not weight.any() for name, weight in learner._adapter.model.named_parameters() if "lora_B" in name)


def test_the_adapter_folder_is_what_peft_loads(tiny_model, tokenizer, record, problem, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(problem, 0, rollouts))
    ids = torch.tensor([encode(tokenizer, rollouts[0].attempt.prompt)])
    ours = learner._adapter.model(ids).logits
    base = learner._adapter.model.unload()
    torch.testing.assert_close(PeftModel.from_pretrained(base, record.adapter(1))(ids).logits, ours)


def test_a_resumed_learner_takes_the_same_next_step(tiny_model, tokenizer, record, problem, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(problem, 0, rollouts))
    straight = learner.learn(problem, 1, rollouts)
    record.close()
    again = Record(record.folder)  # adapter 2 has no step in the record: it is forgotten
    resumed = on_top_of(learner._adapter.model, tokenizer, again).learn(problem, 1, rollouts)
    assert resumed.metrics == pytest.approx(straight.metrics)
    assert resumed.policy_version == straight.policy_version == 2


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "optimizer.pt"])
def test_a_damaged_adapter_is_one_sentence(tiny_model, tokenizer, record, problem, rollouts, name) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(problem, 0, rollouts))
    (record.adapter(1) / name).write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"adapters/0001 is damaged \(.*\): restore it"):
        on_top_of(learner._adapter.model, tokenizer, record)


def test_harm_brings_the_last_good_adapter_back_at_half_the_rate(
    tiny_model, tokenizer, record, problem, rollouts
) -> None:
    learner = make(tiny_model, tokenizer, record, replace(CONFIG, learning_rate=1e-3))
    steps = [learner.learn(problem, 0, rollouts), learner.learn(problem, 1, rollouts)]
    good = loss_of(learner, problem, rollouts)
    steps.append(learner.learn(problem, 2, rollouts))
    cut = [replace(each, attempt=replace(each.attempt, finish_reason="length")) for each in rollouts]
    back = learner.learn(problem, 3, cut)
    assert back.action == "roll back"
    assert "length limit" in back.reason
    assert back.metrics["learning_rate"] == 5e-4
    assert back.policy_version == 4
    learner._adapter.drop_gradients()
    assert loss_of(learner, problem, rollouts) == pytest.approx(good, rel=1e-5)


def test_old_adapters_are_dropped_and_the_last_good_one_stays(tiny_model, tokenizer, record, problem, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    for group in range(5):
        record.step(learner.learn(problem, group, rollouts))
    kept = {folder.name for folder in (record.folder / "adapters").iterdir()}
    assert {"0004", "0005"} <= kept
    assert len(kept) <= 3
