"""How far the student is from its self-teacher, position by position: pure functions on log-probabilities.

Tensor names end in their dimensions: t response tokens of all rows one after the other, v vocabulary, k support (the
tokens that are compared, with or without a tail bucket), b responses. Direction is written with the arrow. No gradient
reaches the teacher from any of these functions. Values are nats.

Where the sources disagree: the sampled token's surrogate follows SDPO's released code, not its text (which takes the
most likely token); the sequence level and the clip are in the text only. The trust region interpolates logits as the
code does, which after the softmax is the text's formula.

Not promised. Nothing here masks, averages or divides by a temperature: the caller drops positions, takes means, and
divides the logits of BOTH sides by the sampling temperature before its log_softmax. How the tokens that were sampled
change the later positions is left out, as in SDPO: a sum over t is not the KL between whole responses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def with_tail(logp_tv: torch.Tensor, ids_tk: torch.Tensor) -> torch.Tensor:
    """Log-probabilities on a support of K tokens plus one bucket for all the others.

    tail_t = log(1 - sum_k p_t(ids_tk)). A support of the whole vocabulary leaves a tail of (about) zero mass.

    A tail below 1e-7 counts as 1e-7 and has no gradient. KL(student‖teacher) weighs it by the student's mass and loses
    nothing; but a student that is so sure of its top K is not pushed by KL(teacher‖student) toward what the teacher
    likes outside them. There, take the teacher's ids.

    Args:
        logp_tv: normalised log-probabilities, shape [T, V].
        ids_tk: distinct token ids, shape [T, K]; the same for the student and the teacher.

    Returns:
        Shape [T, K + 1], normalised.

    Example: p = (0.5, 0.3, 0.2) on the ids (0,) gives (log 0.5, log 0.5).

    Source: SDPO's released code, `compute_self_distillation_loss`, `distillation_add_tail`.
    """
    kept_tk = logp_tv.gather(-1, ids_tk)
    # Held a little below log 1 = 0: the logarithm of an empty tail and its gradient would be infinite.
    mass_t = kept_tk.logsumexp(-1, keepdim=True).clamp(max=-1e-7)
    return torch.cat([kept_tk, torch.log(-torch.expm1(mass_t))], dim=-1)


def renormalised(logp_tv: torch.Tensor, ids_tk: torch.Tensor) -> torch.Tensor:
    """Log-probabilities on a support of K tokens as if there were no others.

    log p_t(k) - log sum_j p_t(j) over the support: the divergence no longer sees how much mass lies outside, and with
    K = 1 it is 0. At least one token of the support must have a probability above 0.

    Args:
        logp_tv: normalised log-probabilities, shape [T, V].
        ids_tk: distinct token ids, shape [T, K]; the same for the student and the teacher.

    Returns:
        Shape [T, K], normalised.

    Example: p = (0.5, 0.3, 0.2) on the ids (0, 1) gives (log 0.625, log 0.375).

    Source: SDPO's released code, top-K without `distillation_add_tail`.
    """
    return logp_tv.gather(-1, ids_tk).log_softmax(-1)


def divergence(student_logp_tk: torch.Tensor, teacher_logp_tk: torch.Tensor, alpha: float) -> torch.Tensor:
    """One dial over the three: 0 is KL(teacher‖student), 1 is KL(student‖teacher), between them `jsd`.

    The dial jumps at its ends, as in SDPO: jsd vanishes there, and only jsd / alpha (jsd / (1 - alpha)) goes to the
    KL of that end. A small alpha is therefore a small loss, to be made up for by the learning rate.

    Args and returns as in `reverse_kl`; an alpha outside [0, 1] is a ValueError.
    """
    if alpha == 0:
        return forward_kl(student_logp_tk, teacher_logp_tk)
    if alpha == 1:
        return reverse_kl(student_logp_tk, teacher_logp_tk)
    return jsd(student_logp_tk, teacher_logp_tk, alpha)


def forward_kl(student_logp_tk: torch.Tensor, teacher_logp_tk: torch.Tensor) -> torch.Tensor:
    """KL(teacher‖student) = sum_k p_T(k) (log p_T(k) - log p_S(k)), one number a position.

    Its gradient with respect to the student's logits is p_S - p_T. Infinite where the student gives no probability to
    a token to which the teacher gives some.

    Args and returns as in `reverse_kl`. Example: p_S = (0.5, 0.5), p_T = (0.9, 0.1) gives 0.3681.
    """
    check_shapes(student_logp_tk, teacher_logp_tk)
    return _kl(teacher_logp_tk.detach(), student_logp_tk)


def reverse_kl(student_logp_tk: torch.Tensor, teacher_logp_tk: torch.Tensor) -> torch.Tensor:
    """KL(student‖teacher) = sum_k p_S(k) (log p_S(k) - log p_T(k)), one number a position.

    Its gradient with respect to the student's logits z is p_S(j) ((log p_S - log p_T)(j) - KL): each token is pushed
    by how much more the teacher likes it than the average token (SDPO, proposition 2.1). The teacher is a constant.
    Infinite where the teacher gives no probability to a token to which the student gives some.

    Args:
        student_logp_tk: normalised log-probabilities, shape [T, K].
        teacher_logp_tk: the same for the teacher; no gradient flows into it.

    Returns:
        Shape [T], nats, at least 0 up to rounding.

    Example: p_S = (0.5, 0.5), p_T = (0.9, 0.1) gives 0.5108.
    """
    check_shapes(student_logp_tk, teacher_logp_tk)
    return _kl(student_logp_tk, teacher_logp_tk.detach())


def jsd(student_logp_tk: torch.Tensor, teacher_logp_tk: torch.Tensor, alpha: float) -> torch.Tensor:
    """(1 - alpha) KL(student‖M) + alpha KL(teacher‖M), where M = (1 - alpha) p_S + alpha p_T.

    Never infinite: at most the entropy of (alpha, 1 - alpha), which is log 2 for the symmetric alpha = 0.5.

    Args and returns as in `reverse_kl`; an alpha outside (0, 1) is a ValueError.

    Example: p_S = (0.5, 0.5), p_T = (0.9, 0.1), alpha = 0.5 gives 0.1017.

    Source: SDPO's released code; the generalised JSD of GKD (Agarwal et al.) with beta = alpha.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}: expected 0 (KL(teacher‖student)), 1 (KL(student‖teacher)) or between")
    check_shapes(student_logp_tk, teacher_logp_tk)
    # exp(-1e4) is 0 all the same, and where both sides are -inf, log(0 + 0) would have a gradient that is no number.
    teacher_logp_tk = teacher_logp_tk.detach().clamp(min=-1e4)
    mixture_logp_tk = torch.logaddexp(student_logp_tk + math.log1p(-alpha), teacher_logp_tk + math.log(alpha))
    return (1 - alpha) * _kl(student_logp_tk, mixture_logp_tk) + alpha * _kl(teacher_logp_tk, mixture_logp_tk)


def _kl(p_logp_tk: torch.Tensor, q_logp_tk: torch.Tensor) -> torch.Tensor:
    """KL(p‖q), shape [T], with 0 log 0 = 0 in the value and in the gradient."""
    p_tk = p_logp_tk.exp()
    absent_tk = p_tk == 0
    ratio_tk = p_logp_tk.masked_fill(absent_tk, 0.0) - q_logp_tk.masked_fill(absent_tk, 0.0)
    return (p_tk * ratio_tk).sum(-1)


def sampled_token(student_logp_t: torch.Tensor, teacher_logp_t: torch.Tensor) -> torch.Tensor:
    """sg(log p_S(y_t) - log p_T(y_t)) log p_S(y_t): a loss for its GRADIENT only; the value is no KL and says nothing.

    For a token sampled from the student the expected gradient is that of KL(student‖teacher) at that position.

    Args:
        student_logp_t: log-probabilities of the sampled tokens, shape [T], finite.
        teacher_logp_t: the same for the teacher; no gradient flows into it.

    Returns:
        Shape [T], any sign.

    Example: log p_S = -1, log p_T = -0.5 gives 0.5; its gradient pushes the token up with weight 0.5.

    Source: SDPO's released code, without `full_logit_distillation`.
    """
    check_shapes(student_logp_t, teacher_logp_t)
    return (student_logp_t - teacher_logp_t).detach() * student_logp_t


def sequence_level(student_logp_t: torch.Tensor, teacher_logp_t: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """-A log p_S(y_t) with one advantage a response, A = sg(mean over its tokens of log p_T(y_t) - log p_S(y_t)).

    A loss for its gradient only, like `sampled_token`: every token of a response that the teacher likes more
    than the student does, on average, is pushed up alike.

    Args:
        student_logp_t: log-probabilities of the sampled tokens, responses one after the other, shape [T], finite.
        teacher_logp_t: the same for the teacher; no gradient flows into it.
        lengths: tokens of each response, in order; they sum to T.

    Returns:
        Shape [T], any sign; the mean over tokens is the caller's.

    Example: log p_S = (-1, -2), log p_T = (-0.5, -1.5), lengths (2,): A = 0.5 and the losses are (0.5, 1.0).

    Source: SDPO, the sequence-level variant of its figure 10; the released code has none.
    """
    check_shapes(student_logp_t, teacher_logp_t)
    if sum(lengths) != len(student_logp_t):
        raise ValueError(f"expected lengths that sum to {len(student_logp_t)} tokens, got {list(lengths)}")
    parts = torch.split((teacher_logp_t - student_logp_t).detach(), list(lengths))
    advantage_t = torch.cat([part.mean().expand(len(part)) for part in parts])
    return -advantage_t * student_logp_t


def clip_tokens(loss_t: torch.Tensor, most: float) -> torch.Tensor:
    """Per-token divergences held at `most`, which stops the gradient of the few tokens above it; 0 = leave as they are.

    For divergences only: the value of a surrogate does not tell how far its token is off.
    """
    return loss_t.clamp(max=most) if most else loss_t


def importance_ratio(student_logp_t: torch.Tensor, sampled_logp_t: torch.Tensor, most: float) -> torch.Tensor:
    """min(exp(log p_S(y_t) - log p_sampler(y_t)), most): the weight of a token that another policy than p_S sampled.

    A constant, to be multiplied with the per-token loss. The difference is held within ±20. Cut from above only, so
    tokens that have become unlikely fade and none explodes; the price is a bias. most = 0 weights nothing: all ones.

    Args:
        student_logp_t: log-probabilities under the policy that is trained, shape [T].
        sampled_logp_t: log-probabilities as sampled, shape [T].

    Returns:
        Shape [T], in (0, most].

    Example: log p_S = -1, log p_sampler = -2, most = 2 gives 2 (e, cut).

    Source: SDPO's released code, `is_clip`.
    """
    check_shapes(student_logp_t, sampled_logp_t)
    if not most:
        return torch.ones_like(student_logp_t)
    return (student_logp_t - sampled_logp_t).detach().clamp(-20.0, 20.0).exp().clamp(max=most)


def lerp_logits(base_logits_tv: torch.Tensor, student_logits_tv: torch.Tensor, rate: float) -> torch.Tensor:
    """The trust-region teacher: (1 - rate) base + rate student, both behind the reprompt.

    After the softmax it is the normalised geometric mean p_base^(1 - rate) p_student^rate.

    Args:
        base_logits_tv: logits, or log-probabilities, of the model that stays, shape [T, V], finite.
        student_logits_tv: the same of the model that is trained.
        rate: 0 is the base, 1 the student.

    Returns:
        Shape [T, V], logits (not normalised), a constant.

    Example: base (0, 0), student (2, 0), rate 0.5 gives (1, 0).

    Source: SDPO, equation 10, in the form of its code's `TrustRegionTeacher`.
    """
    check_shapes(base_logits_tv, student_logits_tv)
    return torch.lerp(base_logits_tv, student_logits_tv, rate).detach()


def check_shapes(*tensors: torch.Tensor) -> None:
    """Refuse tensors that would be stretched to each other's shape: [T] beside [T, 1] silently makes [T, T]."""
    if len({tensor.shape for tensor in tensors}) > 1:
        raise ValueError(f"expected equal shapes, got {' and '.join(str(tuple(tensor.shape)) for tensor in tensors)}")
