"""What a step minimises, as plain settings: no torch here, so that methods can be listed without it.

    loss = (1 - λ) · distillation + λ · policy gradient          (SDPO, equation 3)

Each term is the mean over the attempts that it says something about of the mean over their tokens. Departs from the
released code, where attempts without a signal still count in the divisor.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttsd.config import Config


@dataclass(frozen=True, slots=True)
class Distillation:
    """Pull the student's next-token distributions toward the self-teacher's."""

    mode: str  # full_logits, topk_logits, sampled_token, sequence
    alpha: float  # 0: KL(teacher‖student), 1: KL(student‖teacher), between: JSD
    topk: int
    support: str  # whose most likely tokens are compared: student, teacher
    add_tail: bool
    clip: float  # of a token's divergence, or of its advantage; 0 = none
    is_clip: float  # of the weight p_student / p_sampler of a token; 0 = no weight


@dataclass(frozen=True, slots=True)
class Rlsd:
    """How the self-teacher spreads an attempt's advantage over its tokens."""

    mix: float  # λ at the first update
    mix_steps: int  # updates after which it is 0; 0 = it stays
    clip: float


@dataclass(frozen=True, slots=True)
class PolicyGradient:
    """Make likelier what was rewarded."""

    reward: str  # binary, graded
    advantage: str  # group, group-normalised, absolute
    baseline: float  # of "absolute"
    clip_low: float
    clip_high: float
    rlsd: Rlsd | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """The terms of the loss; without a distillation λ is 1."""

    distillation: Distillation | None = None
    policy_gradient: PolicyGradient | None = None
    policy_weight: float = 0.0  # λ

    @property
    def distils(self) -> bool:
        return self.distillation is not None and self.policy_weight < 1

    @property
    def rewards(self) -> bool:
        return self.policy_gradient is not None and self.policy_weight > 0

    @property
    def needs_teacher(self) -> bool:
        return self.distils or bool(self.rewards and self.policy_gradient and self.policy_gradient.rlsd)


def distillation(config: Config) -> Distillation:
    """As configured."""
    return Distillation(
        config.distillation_mode,
        config.distillation_alpha,
        config.distillation_topk,
        config.distillation_support,
        config.distillation_add_tail,
        config.token_clip,
        config.distillation_is_clip,
    )


def policy_gradient(config: Config) -> PolicyGradient:
    """As configured, without RLSD's weights."""
    return PolicyGradient(
        config.reward, config.advantage, config.advantage_baseline, config.epsilon, config.epsilon_high
    )
