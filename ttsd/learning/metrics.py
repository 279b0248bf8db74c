"""What the scores of a step show beside its loss, for steps.jsonl.

Each figure is a mean over the attempts that it says something about of the mean over their tokens; 0 where it says
something about none. The names are listed in docs/guide.md, "A step".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ttsd.learning.datum import Datum
from ttsd.learning.losses import comparison, each_token, sampled_logp, sequence_mean
from ttsd.learning.objectives import Objective
from ttsd.learning.scoring import Scores

NAMES = ("divergence", "teacher_minus_student", "clipped_tokens", "sampler_mismatch")


class Metrics:
    """Adds up the batches of a step."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._sums, self._counts = dict.fromkeys(NAMES, 0.0), dict.fromkeys(NAMES, 0)

    def add(self, scores: Scores, data: Sequence[Datum]) -> None:
        """Take note of a batch."""
        scores = Scores(*(each.detach() for each in scores))
        taught = [datum.teacher_prompt_ids is not None for datum in data]
        self._note("divergence", scores.divergence, taught, data)
        self._note("teacher_minus_student", scores.teacher_logp - scores.student_logp, taught, data)
        self._note("clipped_tokens", clipped(self._objective, scores, data).float(), taught, data)
        # Where another prompt was answered, sampler and student differ by right.
        mismatch_t = (scores.student_logp - sampled_logp(data, scores.student_logp)).abs()
        self._note("sampler_mismatch", mismatch_t, [datum.own_prompt for datum in data], data)

    def means(self) -> dict[str, float]:
        """By name."""
        return {name: self._sums[name] / max(1, self._counts[name]) for name in NAMES}

    def _note(self, name: str, values_t: torch.Tensor, concerned: list[bool], data: Sequence[Datum]) -> None:
        means_b = sequence_mean(values_t, data).tolist()
        self._sums[name] += sum(mean for mean, counts in zip(means_b, concerned, strict=True) if counts)
        self._counts[name] += sum(concerned)


def clipped(objective: Objective, scores: Scores, data: Sequence[Datum]) -> torch.Tensor:
    """Tokens whose divergence, advantage or RLSD weight was cut, boolean, shape [T]."""
    gain_t = scores.teacher_logp - scores.student_logp
    cut_t = torch.zeros_like(gain_t, dtype=torch.bool)
    if (settings := objective.distillation) and settings.clip:
        cut_t |= (scores.divergence if comparison(settings) else gain_t.abs()) > settings.clip
    if (policy := objective.policy_gradient) and policy.rlsd:
        advantage_t = each_token([datum.advantage for datum in data], data, gain_t)
        weight_t = (advantage_t.sign() * gain_t).exp()
        cut_t |= (weight_t - 1).abs() > policy.rlsd.clip
    return cut_t
