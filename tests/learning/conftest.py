"""What the tests of a learning step share: a model with an adapter, attempts at the problem, and a learner."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch

from sandboxes.types import Status
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure, method_spec
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.types import Feedback, Rollout


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """The student's and the teacher's logits at 7 positions, over 11 tokens."""
    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(7, 11, generator=generator, dtype=torch.float64) for _ in range(2))
    return student.requires_grad_(), teacher.requires_grad_()


@pytest.fixture
def record(tmp_path) -> Record:
    return Record.create(tmp_path / "run", {})


@pytest.fixture
def model(tiny_model):
    """With an adapter that already does something."""
    peft = add_adapter(tiny_model, configure(lora_r=4))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in peft.parameters():
            if weight.requires_grad:
                weight += 0.1 * torch.randn(weight.shape, generator=generator)
    return peft


@pytest.fixture
def tried(problem, judged, attempt) -> Callable[..., Rollout]:
    """Attempt k, which passed so many of the two visible cases (3: the hidden one too; None: it could not be judged).

    Its teacher reads `feedback`; without any there is no teacher.
    """

    def make(k: int, response: str, passed: int | None = 1, feedback: str = "Expected: yes", **fields) -> Rollout:
        good, bad = (Status.UNAVAILABLE,) * 2 if passed is None else (Status.PASS, Status.WRONG_ANSWER)
        verdict = judged(*(good if case < (passed or 0) else bad for case in range(3)))
        said = Feedback(feedback)
        asked = attempt(k, response, **{"prompt": ask(problem), **fields})
        return Rollout(asked, verdict, said, f"program {k}", teacher_context(problem, said))

    return make


@pytest.fixture
def learner(tiny_model, tokenizer, record) -> Callable[..., LoraLearner]:
    """Of a method with these settings, on a copy of the model. It goes on after the steps of the record, or of `of`."""

    def make(method: str = "sdpo", of: Record = record, **settings) -> LoraLearner:
        # The attempts of these tests were not sampled from the model, so nothing weighs them.
        usual = {"learning_rate": 1e-2, "lora_r": 4, "distillation_is_clip": 0.0, "guard": False}
        config = configure(**{"method": method, **usual, **settings})
        objective = method_spec(method).objective(config)
        model = add_adapter(deepcopy(tiny_model), config)
        return LoraLearner(model, tokenizer, objective, config, of, of.steps)

    return make
