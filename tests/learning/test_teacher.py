"""The kinds of self-teacher on a two-layer model: what each computes, what is kept of it, and what it must not do."""

from __future__ import annotations

import math
import shutil
from copy import deepcopy

import pytest
import torch
from one_step import look
from peft import PeftModel, get_peft_model_state_dict

from ttsd.learning.teacher import STUDENT, TEACHER, WITH_ADAPTER, Teacher
from ttsd.record import Record

PROMPT, RESPONSE = list(b"question and feedback"), list(b"an answer")
every_kind = pytest.mark.parametrize("kind", ["base", "live", "trust_region", "ema", "sync"])
with_an_adapter = pytest.mark.parametrize("kind", WITH_ADAPTER)


@pytest.fixture
def rollouts(tried):
    return [tried(1, "yes no yes"), tried(2, "no")]


def logits(model) -> torch.Tensor:
    """At the positions that predict the response."""
    with torch.no_grad():
        return model(torch.tensor([PROMPT + RESPONSE])).logits[0, len(PROMPT) - 1 : -1]


def seen_by(teacher: Teacher, model) -> torch.Tensor:
    head = model.get_base_model().get_output_embeddings()
    return teacher.logits([head(states) for states in teacher.views([(PROMPT, RESPONSE)])])


def factors(model, name: str) -> dict[str, torch.Tensor]:
    state = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    return {key: weight.clone() for key, weight in state.items()}


def train(model, size: float = 0.3, seed: int = 2) -> None:
    """The student moves, and nothing else does."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if f".{STUDENT}." in name:
                weight += size * torch.randn(weight.shape, generator=generator)


def without_adapter(model) -> torch.Tensor:
    with model.disable_adapter():
        return logits(model)


def test_the_base_kind_is_the_model_without_its_adapter(model, tiny_model) -> None:
    teacher = Teacher(model, "base", 0.0, 1)
    torch.testing.assert_close(seen_by(teacher, model), without_adapter(model))


def test_the_live_kind_is_the_student(model) -> None:
    teacher = Teacher(model, "live", 0.0, 1)
    train(model)
    torch.testing.assert_close(seen_by(teacher, model), logits(model))


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.5, 1.0])
def test_a_trust_region_is_the_normalised_geometric_mean_of_base_and_student(model, rate) -> None:
    seen = seen_by(Teacher(model, "trust_region", rate, 1), model).softmax(-1)
    mean = without_adapter(model).softmax(-1) ** (1 - rate) * logits(model).softmax(-1) ** rate
    torch.testing.assert_close(seen, mean / mean.sum(-1, keepdim=True))


@with_an_adapter
def test_a_teacher_with_an_adapter_stays_the_student_of_its_beginning(model, kind) -> None:
    teacher, before = Teacher(model, kind, 0.1, 5), logits(model)
    train(model)
    torch.testing.assert_close(seen_by(teacher, model), before)


def test_a_moving_average_is_its_closed_form(model) -> None:
    """(1 - η)^n of the beginning, η (1 - η)^(n - i) of the student after update i."""
    rate, updates = 0.2, 4
    teacher, past = Teacher(model, "ema", rate, 1), [factors(model, STUDENT)]
    for update in range(1, updates + 1):
        train(model, seed=update)
        past.append(factors(model, STUDENT))
        teacher.follow(update)
    shares = [(1 - rate) ** updates, *(rate * (1 - rate) ** (updates - i) for i in range(1, updates + 1))]
    assert math.isclose(sum(shares), 1)
    for name, weight in factors(model, TEACHER).items():
        expected = sum(share * each[name] for share, each in zip(shares, past, strict=True))
        torch.testing.assert_close(weight, expected)


def test_a_moving_average_answers_with_its_own_factors(model) -> None:
    teacher = Teacher(model, "ema", 0.3, 1)
    train(model)
    teacher.follow(1)
    seen = seen_by(teacher, model)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if f".{STUDENT}." in name:
                weight.copy_(model.get_parameter(name.replace(f".{STUDENT}.", f".{TEACHER}.")))
    torch.testing.assert_close(seen, logits(model))


def test_sync_copies_every_n_updates_and_not_between(model) -> None:
    teacher, copied = Teacher(model, "sync", 0.0, 3), []
    for update in range(1, 8):
        train(model, seed=update)
        teacher.follow(update)
        own, theirs = factors(model, TEACHER), factors(model, STUDENT)
        copied.append(all(torch.equal(own[name], theirs[name]) for name in own))
    assert copied == [False, False, True, False, False, True, False]


@every_kind
def test_its_logits_never_carry_a_gradient(model, kind) -> None:
    assert not any(states.requires_grad for states in Teacher(model, kind, 0.1, 1).views([(PROMPT, RESPONSE)]))


@every_kind
def test_its_adapter_never_requires_a_gradient(model, kind) -> None:
    """Neither when it is made, nor while it is looked through, nor afterwards."""
    required: list[bool] = []

    def note(*_: object) -> None:
        required.append(any(weight.requires_grad for name, weight in model.named_parameters() if TEACHER in name))

    teacher = Teacher(model, kind, 0.1, 1)
    note()
    handle = model.get_base_model().get_decoder().register_forward_hook(note)
    teacher.views([(PROMPT, RESPONSE)])
    handle.remove()
    note()
    assert len(required) >= 3
    assert not any(required)


@every_kind
@pytest.mark.parametrize("response", [RESPONSE, [10**6]], ids=["ends well", "fails"])
def test_the_student_is_active_and_trained_afterwards(model, kind, response) -> None:
    before = logits(model)
    teacher = Teacher(model, kind, 0.1, 1)
    if response == RESPONSE:
        teacher.views([(PROMPT, response)])
    else:
        with pytest.raises(IndexError):  # a token outside of the vocabulary
            teacher.views([(PROMPT, response)])
    assert model.active_adapter == STUDENT
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {name for name, _ in model.named_parameters() if f".{STUDENT}." in name}
    torch.testing.assert_close(logits(model), before)


@every_kind
def test_a_step_trains_the_student_alone(learner, problem, rollouts, kind) -> None:
    ours = learner(teacher_model_kind=kind)
    before = {name: weight.clone() for name, weight in ours._adapter.model.named_parameters()}
    assert ours.learn(problem, 0, rollouts).action == "update"
    after = dict(ours._adapter.model.named_parameters())
    moved = {name for name, weight in before.items() if not torch.equal(weight, after[name])}
    may_move = [STUDENT, TEACHER] if kind in WITH_ADAPTER else [STUDENT]
    assert moved
    assert all(any(f".{each}." in name for each in may_move) for name in moved)


@pytest.mark.parametrize(
    "settings",
    [
        {"teacher_model_kind": "ema", "teacher_update_rate": 1.0},
        {"teacher_model_kind": "sync", "teacher_sync_steps": 1},
    ],
    ids=WITH_ADAPTER,
)
def test_it_follows_an_update_and_nothing_else(learner, problem, rollouts, settings) -> None:
    ours = learner(**settings)
    model = ours._adapter.model

    def same() -> bool:
        own, theirs = factors(model, TEACHER), factors(model, STUDENT)
        return all(torch.equal(own[name], theirs[name]) for name in own)

    ours.learn(problem, 0, rollouts)
    assert same()
    train(model)
    assert ours.learn(problem, 1, []).action == "skip"
    assert not same()


@every_kind
def test_what_is_saved_is_what_peft_loads(learner, tiny_model, problem, rollouts, record, kind) -> None:
    ours = learner(teacher_model_kind=kind, teacher_update_rate=0.3)
    record.step(ours.learn(problem, 0, rollouts))
    record.step(ours.learn(problem, 1, rollouts))
    folder = record.adapter(2)
    loaded = PeftModel.from_pretrained(deepcopy(tiny_model), folder)
    torch.testing.assert_close(logits(loaded), logits(ours._adapter.model))
    assert (folder / TEACHER).exists() == (kind in WITH_ADAPTER)


@with_an_adapter
def test_its_adapter_lies_in_a_folder_of_its_own(learner, tiny_model, problem, rollouts, record, kind) -> None:
    ours = learner(teacher_model_kind=kind, teacher_update_rate=0.3)
    record.step(ours.learn(problem, 0, rollouts))
    loaded = PeftModel.from_pretrained(deepcopy(tiny_model), record.adapter(1) / TEACHER)
    torch.testing.assert_close(logits(loaded), seen_by(ours._adapter.teacher, ours._adapter.model))


@every_kind
def test_a_resumed_learner_takes_the_same_next_step(learner, problem, rollouts, record, tmp_path, kind) -> None:
    """Between two copies of the teacher that follows every other update."""
    settings = {"teacher_model_kind": kind, "teacher_update_rate": 0.3, "teacher_sync_steps": 2}
    straight = learner(**settings)
    for group in range(3):
        record.step(straight.learn(problem, group, rollouts))
    shutil.copytree(record.folder, tmp_path / "copy")
    resumed = learner(**settings, of=Record(tmp_path / "copy"))
    assert resumed.learn(problem, 3, rollouts).metrics == pytest.approx(straight.learn(problem, 3, rollouts).metrics)
    torch.testing.assert_close(look(resumed, problem, rollouts).gradient, look(straight, problem, rollouts).gradient)


@with_an_adapter
def test_restoring_a_version_restores_its_teacher(learner, problem, rollouts, record, kind) -> None:
    ours = learner(teacher_model_kind=kind, teacher_update_rate=0.3)
    model = ours._adapter.model
    for group in range(2):
        record.step(ours.learn(problem, group, rollouts))
    good = {name: factors(model, name) for name in (STUDENT, TEACHER)}
    train(model)
    ours._adapter.teacher.restart()
    ours._adapter.restore(2, rate=1e-3)
    for name, weights in good.items():
        restored = factors(model, name)
        assert all(torch.equal(weight, restored[key]) for key, weight in weights.items())


@with_an_adapter
def test_restoring_the_fresh_adapter_restores_its_teacher(learner, problem, rollouts, kind) -> None:
    ours = learner(teacher_model_kind=kind)
    before = logits(ours._adapter.model)
    ours.learn(problem, 0, rollouts)
    ours._adapter.restore(0, rate=1e-3)
    torch.testing.assert_close(seen_by(ours._adapter.teacher, ours._adapter.model), before)
