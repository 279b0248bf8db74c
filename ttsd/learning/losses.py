"""From what student and self-teacher say of a response's tokens to the loss that a step minimises.

The formulas stand in `divergences.py` and `advantages.py`; here they are chosen by the objective's settings and summed.
Tensor names end in their dimensions: t response tokens of all rows one after the other, b rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from ttsd.learning.advantages import clipped_surrogate, rlsd_advantages, rlsd_mix
from ttsd.learning.datum import Datum
from ttsd.learning.divergences import (
    clip_tokens,
    divergence,
    importance_ratio,
    renormalised,
    sampled_token,
    sequence_level,
    with_tail,
)
from ttsd.learning.objectives import Distillation, Objective, PolicyGradient
from ttsd.learning.scoring import Compare, Scores


def comparison(settings: Distillation | None) -> Compare | None:
    """What is computed from the two distributions at a position; None where the sampled tokens are enough."""
    if settings is None or settings.mode in ("sampled_token", "sequence"):
        return None
    if settings.mode == "full_logits":
        return partial(divergence, alpha=settings.alpha)
    return partial(_of_top, settings)


def _of_top(settings: Distillation, student_logp_tv: torch.Tensor, teacher_logp_tv: torch.Tensor) -> torch.Tensor:
    chosen_tv = student_logp_tv if settings.support == "student" else teacher_logp_tv
    ids_tk = chosen_tv.detach().topk(min(settings.topk, chosen_tv.shape[-1]), dim=-1).indices
    on_support = with_tail if settings.add_tail else renormalised
    return divergence(on_support(student_logp_tv, ids_tk), on_support(teacher_logp_tv, ids_tk), settings.alpha)


def distillation_loss(settings: Distillation, scores: Scores, data: Sequence[Datum]) -> torch.Tensor:
    """Per token, shape [T], weighted by how much likelier the student finds it than its sampler did."""
    lengths = [len(datum.response_ids) for datum in data]
    teacher_t = _within(settings.clip, scores)
    if settings.mode == "sampled_token":
        loss_t = sampled_token(scores.student_logp, teacher_t)
    elif settings.mode == "sequence":
        loss_t = sequence_level(scores.student_logp, teacher_t, lengths)
    else:
        loss_t = clip_tokens(scores.divergence, settings.clip)
    return importance_ratio(scores.student_logp, sampled_logp(data, loss_t), settings.is_clip) * loss_t


def policy_loss(settings: PolicyGradient, scores: Scores, data: Sequence[Datum], updates: int) -> torch.Tensor:
    """GRPO's clipped surrogate per token, shape [T], with the advantages spread by RLSD where it is asked for."""
    advantage_t = each_token([datum.advantage for datum in data], data, scores.student_logp)
    if rlsd := settings.rlsd:
        mix = rlsd_mix(updates, rlsd.mix, rlsd.mix_steps)
        advantage_t = rlsd_advantages(advantage_t, scores.student_logp, scores.teacher_logp, mix, rlsd.clip)
    sampled_t = sampled_logp(data, advantage_t)
    return clipped_surrogate(scores.student_logp, sampled_t, advantage_t, settings.clip_low, settings.clip_high)


class Weights:
    """How much each attempt counts: every term is a mean over the attempts it says something about, and no others."""

    def __init__(self, objective: Objective, data: Sequence[Datum]) -> None:
        share = objective.policy_weight
        taught, rewarded = (sum(map(about, data)) for about in (_is_taught, _is_rewarded))
        self._distillation = (1 - share) / taught if objective.distillation and taught else 0.0
        self._policy = share / rewarded if objective.policy_gradient and rewarded else 0.0

    def of(self, data: Sequence[Datum]) -> tuple[torch.Tensor, torch.Tensor]:
        """For the distillation and for the policy gradient, shape [B] each."""
        distillation_b = torch.tensor([self._distillation * _is_taught(datum) for datum in data])
        return distillation_b, torch.tensor([self._policy * _is_rewarded(datum) for datum in data])


def batch_loss(
    objective: Objective, scores: Scores, data: Sequence[Datum], weights: Weights, updates: int
) -> torch.Tensor:
    """The share of a batch in the step's loss, a scalar. `updates` were taken before this one."""
    distillation_b, policy_b = (each.to(scores.student_logp.device) for each in weights.of(data))
    loss = scores.student_logp.new_zeros(())
    if objective.distillation and distillation_b.any():
        loss_t = distillation_loss(objective.distillation, scores, data)
        loss = loss + (distillation_b * sequence_mean(loss_t, data)).sum()
    if objective.policy_gradient and policy_b.any():
        loss_t = policy_loss(objective.policy_gradient, scores, data, updates)
        loss = loss + (policy_b * sequence_mean(loss_t, data)).sum()
    return loss


def sequence_mean(token_values_t: torch.Tensor, data: Sequence[Datum]) -> torch.Tensor:
    """Mean over each response's tokens, shape [B]: a long answer weighs as much as a short one."""
    return torch.stack(
        [part.mean() for part in torch.split(token_values_t, [len(datum.response_ids) for datum in data])]
    )


def sampled_logp(data: Sequence[Datum], like: torch.Tensor) -> torch.Tensor:
    """Of the response tokens as they were sampled, shape [T]."""
    return torch.tensor([logp for datum in data for logp in datum.logprobs], device=like.device)


def each_token(values: Sequence[float], data: Sequence[Datum], like: torch.Tensor) -> torch.Tensor:
    """One value a response, repeated for its tokens, shape [T]."""
    repeats = torch.tensor([len(datum.response_ids) for datum in data])
    return torch.tensor(values).repeat_interleave(repeats).to(like.device)


def _within(clip: float, scores: Scores) -> torch.Tensor:
    """The teacher's log-probabilities, at most `clip` away from the student's: the advantage of a token is clipped."""
    if not clip:
        return scores.teacher_logp
    student_t = scores.student_logp.detach()
    return student_t + (scores.teacher_logp - student_t).clamp(-clip, clip)


def _is_taught(datum: Datum) -> bool:
    return datum.teacher_prompt_ids is not None


def _is_rewarded(datum: Datum) -> bool:
    return datum.advantage != 0
