"""One learning step on the rollouts of a group: what the guard allows, the objective's gradient, the new adapter.

Departs from SDPO's paper in three ways: an adapter on all linear layers instead of full weights, by default a frozen
teacher (the adapter switched off) instead of a moving average, and the mean over the attempts that carry a signal
instead of over all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import torch

from ttsd.config import Config
from ttsd.learning.datum import Datum, lessons
from ttsd.learning.guards import Guard, group_statistics
from ttsd.learning.lora import Adapter, AdapterStore
from ttsd.learning.losses import Weights, batch_loss, comparison, sampled_logp, sequence_mean
from ttsd.learning.objectives import Objective
from ttsd.learning.scoring import Scores, score
from ttsd.learning.teacher import Teacher
from ttsd.tokens import encode
from ttsd.types import Action, Problem, Rollout, Step

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase


class LoraLearner:
    """Learns what `objective` says from each group; see `ttsd.methods.base.Learner`."""

    def __init__(
        self,
        model: PeftModel,
        tokenizer: PreTrainedTokenizerBase,
        objective: Objective,
        config: Config,
        store: AdapterStore,
        steps: Sequence[Step],
    ) -> None:
        """Continue after `steps`: the adapter and the optimizer of the last one are loaded from the store."""
        self._tokenizer, self._objective, self._config = tokenizer, objective, config
        teacher = Teacher(model, config.teacher_model_kind, config.teacher_update_rate, config.teacher_sync_steps)
        self._adapter = Adapter(model, teacher, config, store)
        self._guard = Guard(steps)
        self._updates = sum(step.action == "update" for step in steps)
        if steps:
            self._adapter.restore(steps[-1].policy_version, steps[-1].metrics["learning_rate"])
            self._adapter.version = steps[-1].policy_version

    def learn(self, problem: Problem, group: int, rollouts: Sequence[Rollout]) -> Step:
        began = time.monotonic()
        statistics = group_statistics(rollouts)
        harm = self._guard.harm(statistics) if self._config.guard else ""
        if harm and self._guard.good_version != self._adapter.version:
            result = self._roll_back(harm)
        else:
            data = lessons(self._objective, problem, rollouts, lambda chat: encode(self._tokenizer, chat))
            result = self._update(data)
        metrics = statistics | result.metrics | {"learning_rate": self._adapter.rate}
        version = self._adapter.version
        step = Step(group, version, result.action, result.reason, metrics, time.monotonic() - began)
        self._guard.saw(step)
        return step

    def _update(self, data: list[Datum]) -> _Result:
        if not data:
            return _Result("skip", "no attempt of this group carries a signal")
        metrics = self._gather_gradients(data)
        norm = self._adapter.update()
        metrics |= {"grad_norm": norm, "signal_attempts": len(data)}
        if not math.isfinite(norm):
            return _Result("skip", f"the gradient's norm is {norm}", metrics)
        self._updates += 1
        self._adapter.teacher.follow(self._updates)
        self._adapter.save(keep={self._guard.good_version})
        return _Result("update", metrics=metrics)

    def _gather_gradients(self, data: list[Datum]) -> dict[str, float]:
        """Add the gradient of the objective; return what was seen, each a mean over attempts of means over tokens."""
        weights, compare = Weights(self._objective, data), comparison(self._objective.distillation)
        loss, seen = 0.0, torch.zeros(4)
        for batch in _batches(data, self._config.micro_batch):
            scores = score(
                self._adapter.model,
                self._adapter.teacher,
                batch,
                compare=compare,
                temperature=self._config.temperature,
            )
            share = batch_loss(self._objective, scores, batch, weights, self._updates)
            torch.autograd.backward(share)
            loss += share.item()
            seen += self._seen(scores, batch)
        names = ("divergence", "teacher_minus_student", "sampler_mismatch", "clipped_tokens")
        return {"loss": loss} | dict(zip(names, (seen / len(data)).tolist(), strict=True))

    def _seen(self, scores: Scores, batch: Sequence[Datum]) -> torch.Tensor:
        student_t, teacher_t, divergence_t = (each.detach().cpu() for each in scores)
        each_token = (
            divergence_t,
            teacher_t - student_t,
            (student_t - sampled_logp(batch, student_t)).abs(),
            (divergence_t >= (self._config.token_clip or math.inf)).float(),
        )
        return torch.stack([sequence_mean(values_t, batch).sum() for values_t in each_token])

    def _roll_back(self, harm: str) -> _Result:
        """Put the last good adapter back, under a new number, and go on with half the rate."""
        good = self._guard.good_version
        self._adapter.restore(good, self._adapter.rate / 2)
        self._adapter.save(keep={good})
        return _Result("roll back", f"{harm}: back to adapter {good} at half the learning rate")


def _batches(data: Sequence[Datum], size: int) -> Iterator[list[Datum]]:
    """Of like length, for less padding; with a self-teacher for all or for none."""

    def taught(datum: Datum) -> bool:
        return datum.teacher_prompt_ids is not None

    ordered = sorted(data, key=lambda datum: (taught(datum), len(datum.response_ids) + len(datum.prompt_ids)))
    for _, alike in groupby(ordered, key=taught):
        rows = list(alike)
        yield from (rows[start : start + size] for start in range(0, len(rows), size))


class _Result(NamedTuple):
    action: Action
    reason: str = ""
    metrics: dict[str, float] = {}  # noqa: RUF012
