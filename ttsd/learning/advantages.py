"""How much a token is worth when the verdict, not a distribution, says so: rewards, advantages, and GRPO's loss.

Tensor names end in their dimensions: t response tokens of all rows one after the other. An advantage above 0 pushes
its token up. Here stand GRPO (with and without the standard deviation), RLSD, and one variant of OURS that neither
paper has, `absolute_advantages`; the graded reward is ours as well.

Not promised. A group whose rewards are all equal teaches GRPO and RLSD nothing, exactly: that is their definition, and
before the first success it is every group with a binary reward. Nothing here masks or averages over tokens, adds a KL
to a reference model or an entropy bonus, or leaves out attempts that were not judged (reward None): the caller does.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

import torch

from sandboxes.types import Status, Tier, Verdict
from ttsd.learning.divergences import check_shapes


def binary_reward(verdict: Verdict) -> float | None:
    """1 for a discovery, 0 for a failed attempt, None for an outage."""
    return None if verdict.reward is None else float(verdict.reward)


def graded_reward(verdict: Verdict) -> float | None:
    """1 for a discovery, None for an outage, otherwise passed / (n + 1) of the n cases that may be seen.

    The whole counts as one more case, so that an attempt which passes every visible case and fails a hidden one stays
    below a discovery; which hidden cases passed, and how many, changes nothing. Our addition: the papers' rewards are
    binary. Cases that were not run count as failed.

    Example: 2 of 3 visible cases pass: 0.5. All 3 pass and a hidden one fails: 0.75.
    """
    if verdict.reward != 0:
        return binary_reward(verdict)
    visible = [case for case in verdict.cases if case.tier is not Tier.CONFIRM]
    return sum(case.status is Status.PASS for case in visible) / (len(visible) + 1)


def group_advantages(rewards: Sequence[float], normalise: bool) -> list[float]:
    """GRPO: r_i - mean(r), divided by (std(r) + 1e-4) when normalised; exactly 0 for all when all rewards are equal.

    The standard deviation is that of a sample (n - 1), and 1e-4 is TRL's. SDPO's baseline does not normalise,
    RLSD does.

    Example: (1, 0, 0, 0) gives (0.75, -0.25, -0.25, -0.25); normalised (1.4997, -0.4999, -0.4999, -0.4999).
    """
    if len(set(rewards)) <= 1:
        return [0.0] * len(rewards)  # the rounding of the mean, divided by 1e-4, would be a gradient
    mean = fmean(rewards)
    scale = stdev(rewards) + 1e-4 if normalise else 1.0
    return [(reward - mean) / scale for reward in rewards]


def absolute_advantages(rewards: Sequence[float], baseline: float) -> list[float]:
    """OUR variant, of no paper: r_i - baseline, so that a group in which all fail pushes its attempts down.

    With RLSD's weights the tokens that the feedback-aware teacher still likes are pushed down least.

    Example: (0, 0) with the baseline 0.5 gives (-0.5, -0.5).
    """
    return [reward - baseline for reward in rewards]


def clipped_surrogate(
    student_logp_t: torch.Tensor,
    sampled_logp_t: torch.Tensor,
    advantage_t: torch.Tensor,
    low: float = 0.2,
    high: float = 0.28,
    dual: float = 3.0,
) -> torch.Tensor:
    """The loss of PPO and GRPO: -min(rho A, clip(rho, 1 - low, 1 + high) A), and at most -dual A where A < 0.

    rho = p_S(y_t) / p_sampler(y_t), its logarithm held within ±20. A token that has already moved far enough in the
    direction of its advantage has no gradient. The dual clip does the same for a token with A < 0 that has become more
    than `dual` times as likely; 0 switches it off.

    Args:
        student_logp_t: log-probabilities under the policy that is trained, shape [T].
        sampled_logp_t: log-probabilities as sampled, shape [T]; a constant.
        advantage_t: shape [T]; a constant.
        low, high, dual: the defaults are those of SDPO's GRPO baseline; dual is 0 or above 1.

    Returns:
        Shape [T], a loss (negated), any sign.

    Example: rho = 2: A = 1 gives -1.28 (clipped), A = -1 gives 2; rho = 5 and A = -1 gives 3 (dual clip).

    Source: GRPO with DAPO's higher upper clip; the dual clip of Ye et al. 2020, as in verl.
    """
    check_shapes(student_logp_t, sampled_logp_t, advantage_t)
    if 0 < dual <= 1:
        raise ValueError(
            f"dual is {dual}: expected 0 (off) or more than 1, or no token with A < 0 would be learned from"
        )
    advantage_t = advantage_t.detach()
    ratio_t = (student_logp_t - sampled_logp_t.detach()).clamp(-20.0, 20.0).exp()
    loss_t = -torch.minimum(ratio_t * advantage_t, ratio_t.clamp(1 - low, 1 + high) * advantage_t)
    if not dual:
        return loss_t
    return torch.where(advantage_t < 0, torch.minimum(loss_t, -dual * advantage_t), loss_t)


def rlsd_advantages(
    advantage_t: torch.Tensor, student_logp_t: torch.Tensor, teacher_logp_t: torch.Tensor, mix: float, clip: float
) -> torch.Tensor:
    """RLSD: the verifier gives the direction, the self-teacher the size: A ((1 - mix) + mix w).

    w = clip(exp(sign(A) (log p_T(y_t) - log p_S(y_t))), 1 - clip, 1 + clip), a constant. Where A > 0 the tokens that
    the teacher likes get more of the credit, where A < 0 less of the blame. No sign can flip, and the size changes by a
    factor within [1 - mix clip, 1 + mix clip]; mix = 0 is GRPO.

    The weight is clipped, as in the released code. The paper's equation 16, min(w A, clip(w) A), contradicts its
    equation 15: where A < 0 it takes the unclipped w whenever that is the larger, and blame has no bound.

    Args:
        advantage_t: the response's advantage at each of its tokens, shape [T].
        student_logp_t: log-probabilities of the sampled tokens under the student as it is now, shape [T], finite.
        teacher_logp_t: the same for the teacher, who knows more.
        mix: lambda, in [0, 1]; see `rlsd_mix`.
        clip: epsilon_w, in [0, 1); 0.2 in the paper.

    Returns:
        Shape [T], for `clipped_surrogate`; no gradient flows into any argument.

    Example: A = -1, log p_T - log p_S = 1, mix = 0.5, clip = 0.2: w = 0.8 (from 0.37) and the advantage is -0.9.

    Source: RLSD ("Self-Distilled RLVR"), equations 11 to 15.
    """
    check_shapes(advantage_t, student_logp_t, teacher_logp_t)
    gain_t = advantage_t.sign() * (teacher_logp_t - student_logp_t)
    weight_t = gain_t.exp().clamp(1 - clip, 1 + clip)
    return (advantage_t * ((1 - mix) + mix * weight_t)).detach()


def rlsd_mix(step: int, start: float, steps: int) -> float:
    """RLSD's lambda: from `start` at step 0 down to 0 at step `steps`, in a straight line; steps = 0 keeps `start`.

    The paper has 0.5 and 50 steps, its released script 60 steps.
    """
    return start * max(0.0, 1 - step / steps) if steps else start
