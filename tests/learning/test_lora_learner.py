"""SDPO's learner on a two-layer model: it learns, skips, rolls back and resumes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from peft import PeftModel

from sandboxes.types import Status
from ttsd.config import configure
from ttsd.errors import UserError
from ttsd.learning import lora
from ttsd.learning.lora import SdpoLearner, add_adapter
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.tokens import encode
from ttsd.types import Feedback, Rollout

CONFIG = configure(learning_rate=1e-2, lora_r=4, group_size=2)


@pytest.fixture
def record(tmp_path) -> Record:
    return Record.create(tmp_path / "run", {})


@pytest.fixture
def rollouts(problem, judged, attempt):
    """Two failed attempts whose feedback names what was wanted."""
    feedback = Feedback("Expected: yes yes yes yes")

    def rollout(k: int) -> Rollout:
        asked = replace(attempt(k, "yes no yes"[k:]), prompt=ask(problem))
        verdict = judged(Status.PASS, Status.WRONG_ANSWER, Status.PASS)
        return Rollout(asked, verdict, feedback, f"program {k}", teacher_context(problem, feedback))

    return [rollout(1), rollout(2)]


def make(model, tokenizer, record, config=CONFIG) -> SdpoLearner:
    return SdpoLearner(add_adapter(model, config), tokenizer, config, record, record.steps)


def loss_of(learner, rollouts) -> float:
    """The loss the next step would start from, without taking one."""
    return learner._accumulate_gradients([lora.align(each, learner._tokenizer, 2048) for each in rollouts])["loss"]


def test_steps_bring_the_student_toward_the_self_teacher(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    steps = [learner.learn(group, rollouts) for group in range(6)]
    assert [step.action for step in steps] == ["update"] * 6
    assert steps[-1].metrics["loss"] < steps[0].metrics["loss"] / 2


def test_the_gradient_is_not_zero_before_any_success(tiny_model, tokenizer, record, rollouts) -> None:
    assert make(tiny_model, tokenizer, record).learn(0, rollouts).metrics["grad_norm"] > 0


def test_a_group_without_a_signal_changes_nothing(tiny_model, tokenizer, record, rollouts) -> None:
    mute = [replace(rollout, teacher=None) for rollout in rollouts]
    step = make(tiny_model, tokenizer, record).learn(0, mute)
    assert (step.action, step.policy_version) == ("skip", 0)


def test_attempts_without_a_signal_do_not_dilute_the_others(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    mute = replace(rollouts[1], teacher=None)
    alone = learner.learn(0, rollouts[:1]).metrics["loss"]
    learner._load(0)
    assert learner.learn(0, [rollouts[0], mute]).metrics["loss"] == pytest.approx(alone, rel=1e-5)


def test_micro_batches_add_up_to_the_whole(tiny_model, tokenizer, record, rollouts) -> None:
    gradients = []
    learner = make(tiny_model, tokenizer, record)
    for size in (1, 2):
        learner._config = replace(CONFIG, micro_batch=size)
        learner._optimizer.zero_grad()
        loss_of(learner, rollouts)
        gradients.append([weight.grad.clone() for weight in learner._trained])
    for left, right in zip(*gradients, strict=True):
        torch.testing.assert_close(left, right, atol=1e-6, rtol=1e-4)


def test_a_gradient_that_is_not_finite_is_skipped(tiny_model, tokenizer, record, rollouts, monkeypatch) -> None:
    learner = make(tiny_model, tokenizer, record)
    monkeypatch.setattr(lora.torch.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(float("nan")))
    step = learner.learn(0, rollouts)
    assert step.action == "skip"
    assert "nan" in step.reason
    assert all(not weight.any() for name, weight in learner._model.named_parameters() if "lora_B" in name)


def test_the_adapter_folder_is_what_peft_loads(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(0, rollouts))
    ids = torch.tensor([encode(tokenizer, rollouts[0].attempt.prompt)])
    ours = learner._model(ids).logits
    base = learner._model.unload()
    torch.testing.assert_close(PeftModel.from_pretrained(base, record.adapter(1))(ids).logits, ours)


def test_a_resumed_learner_takes_the_same_next_step(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(0, rollouts))
    straight = learner.learn(1, rollouts)
    record.close()
    again = Record(record.folder)  # adapter 2 has no step in the record: it is forgotten
    resumed = SdpoLearner(learner._model, tokenizer, CONFIG, again, again.steps).learn(1, rollouts)
    assert resumed.metrics == pytest.approx(straight.metrics)
    assert resumed.policy_version == straight.policy_version == 2


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "optimizer.pt"])
def test_a_damaged_adapter_is_one_sentence(tiny_model, tokenizer, record, rollouts, name) -> None:
    learner = make(tiny_model, tokenizer, record)
    record.step(learner.learn(0, rollouts))
    (record.adapter(1) / name).write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"adapters/0001 is damaged \(.*\): restore it"):
        SdpoLearner(learner._model, tokenizer, CONFIG, record, record.steps)


def test_harm_brings_the_last_good_adapter_back_at_half_the_rate(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    steps = [learner.learn(0, rollouts), learner.learn(1, rollouts)]
    good = loss_of(learner, rollouts)
    steps.append(learner.learn(2, rollouts))
    cut = [replace(each, attempt=replace(each.attempt, finish_reason="length")) for each in rollouts]
    back = learner.learn(3, cut)
    assert back.action == "roll back"
    assert "length limit" in back.reason
    assert back.metrics["learning_rate"] == CONFIG.learning_rate / 2
    assert back.policy_version == 4
    learner._optimizer.zero_grad()
    assert loss_of(learner, rollouts) == pytest.approx(good, rel=1e-5)


def test_old_adapters_are_dropped_and_the_last_good_one_stays(tiny_model, tokenizer, record, rollouts) -> None:
    learner = make(tiny_model, tokenizer, record)
    for group in range(5):
        record.step(learner.learn(group, rollouts))
    kept = {folder.name for folder in (record.folder / "adapters").iterdir()}
    assert {"0004", "0005"} <= kept
    assert len(kept) <= 3


def test_a_reprompt_longer_than_the_context_carries_no_signal(tokenizer, rollouts) -> None:
    whole = len(encode(tokenizer, rollouts[0].teacher.chat)) + len(rollouts[0].attempt.token_ids)
    assert lora.align(rollouts[0], tokenizer, whole) is not None
    assert lora.align(rollouts[0], tokenizer, whole - 1) is None
