"""Looks at the step that a learner would take, without taking it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from ttsd.learning.datum import Datum, lessons
from ttsd.learning.learner import LoraLearner
from ttsd.tokens import encode
from ttsd.types import Problem, Rollout


class Look(NamedTuple):
    """What the step would start from."""

    metrics: dict[str, float]
    gradient: torch.Tensor  # of all trained weights, one after the other

    @property
    def loss(self) -> float:
        return self.metrics["loss"]


def look(learner: LoraLearner, problem: Problem, rollouts: Sequence[Rollout]) -> Look:
    """At the step on these attempts."""
    learner._adapter.drop_gradients()
    metrics = learner._gather_gradients(data_of(learner, problem, rollouts))
    gradient = torch.cat([_gradient(weight).flatten() for weight in learner._adapter._trained])
    learner._adapter.drop_gradients()
    return Look(metrics, gradient)


def data_of(learner: LoraLearner, problem: Problem, rollouts: Sequence[Rollout]) -> list[Datum]:
    return lessons(learner._objective, problem, rollouts, lambda chat: encode(learner._tokenizer, chat))


def stir(learner: LoraLearner, size: float = 0.1) -> None:
    """Give the adapter some past: a fresh one is its base model, and half of its gradient is 0."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in learner._adapter._trained:
            weight += size * torch.randn(weight.shape, generator=generator)


def _gradient(weight: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad.clone()
