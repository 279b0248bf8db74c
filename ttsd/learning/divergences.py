"""Divergences between the student's and the self-teacher's next-token distributions: pure functions on log-probs.

Direction is always written with the arrow. Only what a method uses stands here.
"""

from __future__ import annotations

import torch


def with_tail(logp_tv: torch.Tensor, ids_tk: torch.Tensor) -> torch.Tensor:
    """Log-probabilities on a support of K tokens plus one bucket for all the others.

    tail_t = log(1 - sum_k p_t(ids_tk)). A support of the whole vocabulary leaves a tail of (about) zero mass.

    Args:
        logp_tv: normalised log-probabilities, shape [T, V].
        ids_tk: distinct token ids, shape [T, K].

    Returns:
        Shape [T, K + 1], normalised.

    Example: p = (0.5, 0.3, 0.2) on the ids (0,) gives (log 0.5, log 0.5).

    Source: SDPO's released code, `compute_self_distillation_loss`, `distillation_add_tail`.
    """
    kept_tk = logp_tv.gather(-1, ids_tk)
    # Held a little below log 1 = 0: the logarithm of an empty tail and its gradient would be infinite.
    mass_t = kept_tk.logsumexp(-1, keepdim=True).clamp(max=-1e-7)
    return torch.cat([kept_tk, torch.log(-torch.expm1(mass_t))], dim=-1)


def reverse_kl(student_logp_tk: torch.Tensor, teacher_logp_tk: torch.Tensor) -> torch.Tensor:
    """KL(student‖teacher) = sum_k p_S(k) (log p_S(k) - log p_T(k)), one number a position.

    Its gradient with respect to the student's logits z is p_S(j) ((log p_S - log p_T)(j) - KL): each token is pushed
    by how much more the teacher likes it than the average token (SDPO, proposition 2.1). The teacher is a constant.

    Args:
        student_logp_tk: normalised log-probabilities, shape [T, K].
        teacher_logp_tk: the same for the teacher; no gradient flows into it.

    Returns:
        Shape [T], nats, at least 0 up to rounding.

    Example: p_S = (0.5, 0.5), p_T = (0.9, 0.1) gives 0.5108.
    """
    if student_logp_tk.shape != teacher_logp_tk.shape:
        raise ValueError(
            f"expected equal shapes, got {tuple(student_logp_tk.shape)} and {tuple(teacher_logp_tk.shape)}"
        )
    return (student_logp_tk.exp() * (student_logp_tk - teacher_logp_tk.detach())).sum(-1)


def clip_tokens(loss_t: torch.Tensor, most: float) -> torch.Tensor:
    """Per-token losses held at `most`, which stops the gradient of the few tokens above it; 0 = leave as they are."""
    return loss_t.clamp(max=most) if most else loss_t
