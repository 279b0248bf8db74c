"""One learning step on the rollouts of a group: what the guard allows, the objective's gradient, the new adapter.

Departs from SDPO's paper in three ways: an adapter on all linear layers instead of full weights, by default a frozen
teacher (the adapter switched off) instead of a moving average, and the mean over the attempts that carry a signal
instead of over all. As in the paper's test time there is one step a group, so nothing is learned twice.

Not promised: a gain over best-of-k, which the paper itself does not have on every problem. And AdamW's steps do not
shrink with the gradient: where the teacher agrees with the student, the rounding of the two still moves the adapter.
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
from ttsd.learning.drift import MAX_ATTEMPTS, kl_to_base
from ttsd.learning.guards import UPDATES, Alarm, Guard, leaks, mixed_statistics, students
from ttsd.learning.lora import Adapter, AdapterStore
from ttsd.learning.losses import Weights, batch_loss, comparison
from ttsd.learning.metrics import Metrics
from ttsd.learning.objectives import Objective
from ttsd.learning.scoring import score
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
        self._updates = sum(step.action in UPDATES for step in steps)
        if steps:
            self._adapter.restore(steps[-1].policy_version, steps[-1].metrics["learning_rate"])
            self._adapter.version = steps[-1].policy_version

    def learn(self, problem: Problem, group: int, rollouts: Sequence[Rollout]) -> Step:
        began = time.monotonic()
        statistics = mixed_statistics(problem, rollouts) | leaks(problem, rollouts, self._config.hint)
        statistics |= self._guard.gap(statistics) | self._drift(problem, rollouts)
        result = self._answer(problem, rollouts, statistics)
        metrics = statistics | result.metrics | {"learning_rate": self._adapter.rate}
        version = self._adapter.version
        step = Step(group, version, result.action, result.reason, metrics, time.monotonic() - began)
        self._guard.saw(step)
        return step

    def _drift(self, problem: Problem, rollouts: Sequence[Rollout]) -> dict[str, float]:
        """How far the policy is from the base model, on a few attempts of the group; unknown before an update."""
        attempts = [rollout.attempt for rollout in students(problem, rollouts) if rollout.attempt.token_ids]
        if not attempts or not self._adapter.version or self._guard.stopped:
            return {}
        pairs = [(encode(self._tokenizer, each.prompt), list(each.token_ids)) for each in attempts[:MAX_ATTEMPTS]]
        return {"kl_to_base": kl_to_base(self._adapter.model, pairs, self._config.temperature)}

    def _answer(self, problem: Problem, rollouts: Sequence[Rollout], statistics: dict[str, float]) -> _Result:
        if self._guard.stopped:
            return _Result("skip", f"training has stopped ({self._guard.stopped})")
        alarm = self._guard.alarm(statistics) if self._config.guard else None
        if alarm and alarm.action in ("roll back", "stop training"):
            return self._go_back(alarm)
        data = lessons(self._objective, problem, rollouts, lambda chat: encode(self._tokenizer, chat))
        return self._update(data, alarm)

    def _update(self, data: list[Datum], alarm: Alarm | None) -> _Result:
        """Learn, at half the rate where the guard has found that the policy drifts."""
        if not data:
            return _Result("skip", "no attempt of this group carries a signal")
        metrics = self._gather_gradients(data)
        norm = self._adapter.clip()
        metrics |= {"grad_norm": norm} | _signals(data)
        refused = self._guard.gradient_alarm(norm)
        if refused and (self._config.guard or not math.isfinite(norm)):
            self._adapter.drop_gradients()
            return _Result(refused.action, refused.reason, metrics)
        self._adapter.update(self._adapter.rate / 2 if alarm else self._adapter.rate)
        self._updates += 1
        self._adapter.teacher.follow(self._updates)
        self._adapter.save(keep={self._guard.good_version})
        if alarm:
            return _Result(alarm.action, f"{alarm.reason}: half the learning rate from here on", metrics)
        return _Result("update", metrics=metrics)

    def _gather_gradients(self, data: list[Datum]) -> dict[str, float]:
        """Add the gradient of the objective; return its loss and what else was seen."""
        weights, compare = Weights(self._objective, data), comparison(self._objective.distillation)
        loss, metrics = 0.0, Metrics(self._objective)
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
            metrics.add(scores, batch)
        return {"loss": loss} | metrics.means()

    def _go_back(self, alarm: Alarm) -> _Result:
        """Put the last good adapter back, under a new number, for good or to go on with half the rate."""
        good, ends = self._guard.good_version, alarm.action == "stop training"
        if good != self._adapter.version:
            self._adapter.restore(good, self._adapter.rate if ends else self._adapter.rate / 2)
            self._adapter.save(keep={good})
        then = f"sampling goes on with adapter {good}" if ends else f"back to adapter {good} at half the learning rate"
        return _Result(alarm.action, f"{alarm.reason}: {then}")


def _signals(data: Sequence[Datum]) -> dict[str, float]:
    """How many attempts are learned from, and how many of them have a self-teacher, and a reward that counts."""
    taught = sum(datum.teacher_prompt_ids is not None for datum in data)
    rewarded = sum(datum.advantage != 0 for datum in data)
    return {"signal_attempts": len(data), "taught_attempts": taught, "rewarded_attempts": rewarded}


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
