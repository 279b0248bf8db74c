"""Rewards, advantages and the clipped loss against closed forms and slow loops. No model."""

from __future__ import annotations

import math

import pytest
import torch

from sandboxes.types import CaseResult, Status, Tier, Verdict
from ttsd.learning.advantages import (
    absolute_advantages,
    binary_reward,
    clipped_surrogate,
    graded_reward,
    group_advantages,
    rlsd_advantages,
    rlsd_mix,
)
from ttsd.learning.divergences import reverse_kl

T = 40
PASS, FAIL = Status.PASS, Status.WRONG_ANSWER
either_scale = pytest.mark.parametrize("normalise", [False, True])


@pytest.fixture
def draw():
    generator = torch.Generator().manual_seed(0)
    return lambda scale=1.0: scale * torch.randn(T, generator=generator, dtype=torch.float64)


def verdict(visible: list[Status], hidden: list[Status]) -> Verdict:
    tiers = [Tier.SAMPLE] * len(visible) + [Tier.CONFIRM] * len(hidden)
    cases = [
        CaseResult(str(n), tier, status) for n, (tier, status) in enumerate(zip(tiers, visible + hidden, strict=True))
    ]
    return Verdict.of(cases, sandbox="test", seconds=0.0)


@pytest.mark.parametrize(
    ("judged", "binary", "graded"),
    [
        (verdict([PASS, PASS, PASS], [PASS]), 1.0, 1.0),
        (verdict([PASS, PASS, PASS], [FAIL]), 0.0, 0.75),
        (verdict([PASS, FAIL, PASS], [PASS]), 0.0, 0.5),
        (verdict([PASS, FAIL, Status.NOT_RUN], [Status.NOT_RUN]), 0.0, 0.25),
        (verdict([FAIL, FAIL, FAIL], [PASS]), 0.0, 0.0),
        (verdict([], [FAIL, PASS]), 0.0, 0.0),
        (verdict([], [PASS]), 1.0, 1.0),
        (Verdict(Status.NO_CODE), 0.0, 0.0),
        (Verdict(Status.UNAVAILABLE), None, None),
    ],
)
def test_reward_is_as_the_table_says(judged, binary, graded) -> None:
    assert (binary_reward(judged), graded_reward(judged)) == (binary, graded)


def test_hidden_cases_of_a_failed_attempt_do_not_steer_the_graded_reward() -> None:
    rewards = {
        graded_reward(verdict([PASS, FAIL], hidden)) for hidden in ([], [PASS], [FAIL, FAIL], [PASS, FAIL, PASS])
    }
    assert rewards == {1 / 3}


def test_group_advantages_have_the_values_computed_by_hand() -> None:
    assert group_advantages([1, 0, 0, 0], normalise=False) == [0.75, -0.25, -0.25, -0.25]
    assert group_advantages([1, 0, 0, 0], normalise=True) == pytest.approx([1.4997, *[-0.4999] * 3], abs=1e-4)


def test_normalised_group_advantages_equal_torchs_mean_and_std() -> None:
    rewards = torch.tensor([0.2, 0.5, 0.5, 1.0, 0.0], dtype=torch.float64)
    expected = (rewards - rewards.mean()) / (rewards.std() + 1e-4)
    assert group_advantages(rewards.tolist(), normalise=True) == pytest.approx(expected.tolist())


@either_scale
@pytest.mark.parametrize(("reward", "attempts"), [(0.0, 16), (1.0, 16), (0.5, 1), (0.2, 3)])
def test_equal_rewards_give_advantages_of_exactly_zero(normalise, reward, attempts) -> None:
    """Also where the mean is rounded: that of three times 0.2 is not 0.2."""
    assert group_advantages([reward] * attempts, normalise) == [0.0] * attempts


def test_absolute_baseline_pushes_down_a_group_in_which_all_fail() -> None:
    assert absolute_advantages([0.0, 0.0, 0.5], baseline=0.5) == [-0.5, -0.5, 0.0]


@either_scale
def test_before_the_first_success_only_the_self_teacher_teaches(draw, normalise) -> None:
    """The same all-fail group: a divergence has a gradient, GRPO and RLSD have exactly none."""
    student_logits, teacher_logits = (torch.stack([draw(), draw()], dim=-1) for _ in range(2))
    student_logits.requires_grad_()
    student, teacher = student_logits.log_softmax(-1), teacher_logits.log_softmax(-1)
    advantage = torch.tensor(group_advantages([0.0] * T, normalise), dtype=torch.float64)
    weighted = rlsd_advantages(advantage, student[:, 0], teacher[:, 0], mix=0.5, clip=0.2)
    for zero in (advantage, weighted):
        loss = clipped_surrogate(student[:, 0], draw() - 1, zero)
        (gradient,) = torch.autograd.grad(loss.sum(), student_logits, retain_graph=True)
        assert (gradient == 0).all()
    (gradient,) = torch.autograd.grad(reverse_kl(student, teacher).sum(), student_logits)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "slope"),
    [
        (1.0, 1.0, -1.0, -1.0),
        (1.2, 1.0, -1.2, -1.2),
        (2.0, 1.0, -1.28, 0.0),
        (0.1, 1.0, -0.1, -0.1),
        (0.9, -2.0, 1.8, 1.8),
        (0.1, -1.0, 0.8, 0.0),
        (2.0, -1.0, 2.0, 2.0),
        (5.0, -1.0, 3.0, 0.0),
        (5.0, 0.0, 0.0, 0.0),
    ],
)
def test_clipped_surrogate_has_the_value_and_slope_computed_by_hand(ratio, advantage, loss, slope) -> None:
    student = torch.tensor([math.log(ratio) - 1], dtype=torch.float64, requires_grad=True)
    ours = clipped_surrogate(student, torch.tensor([-1.0]), torch.tensor([advantage]))
    ours.sum().backward()
    assert ours.item() == pytest.approx(loss)
    assert student.grad.item() == pytest.approx(slope)


def test_clipped_surrogate_equals_a_slow_loop(draw) -> None:
    student, sampled, advantage = draw(), draw(), draw()
    slow = []
    for s, o, a in zip(student.tolist(), sampled.tolist(), advantage.tolist(), strict=True):
        ratio = math.exp(s - o)
        loss = max(-a * ratio, -a * min(max(ratio, 0.8), 1.28))
        slow.append(min(loss, -3 * a) if a < 0 else loss)
    torch.testing.assert_close(clipped_surrogate(student, sampled, advantage), torch.tensor(slow, dtype=torch.float64))


def test_gradient_of_the_surrogate_on_policy_is_that_of_the_policy_gradient(draw) -> None:
    student, advantage = draw().requires_grad_(), draw()
    clipped_surrogate(student, student.detach(), advantage).sum().backward()
    torch.testing.assert_close(student.grad, -advantage)


def test_surrogate_survives_a_finite_difference_check(draw) -> None:
    student, sampled, advantage = draw().requires_grad_(), draw(), draw()
    assert torch.autograd.gradcheck(lambda logp: clipped_surrogate(logp, sampled, advantage), (student,))


def test_without_the_dual_clip_blame_grows_with_the_ratio() -> None:
    loss = clipped_surrogate(torch.tensor([math.log(5.0)]), torch.zeros(1), -torch.ones(1), dual=0)
    assert loss.item() == pytest.approx(5.0)


def test_policies_far_apart_give_a_finite_loss_and_gradient() -> None:
    student = torch.tensor([-1.0, -1.0, -1000.0, -1000.0], requires_grad=True)
    sampled, advantage = torch.tensor([-1000.0, -1000.0, -1.0, -1.0]), torch.tensor([1.0, -1.0, 1.0, -1.0])
    loss = clipped_surrogate(student, sampled, advantage)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(student.grad).all()


def test_no_gradient_flows_into_the_sampler_or_the_advantage(draw) -> None:
    student, sampled, advantage = (draw().requires_grad_() for _ in range(3))
    clipped_surrogate(student, sampled, advantage).sum().backward()
    assert (sampled.grad, advantage.grad) == (None, None)


def test_a_dual_clip_that_would_hide_every_failure_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dual is 0\.5"):
        clipped_surrogate(torch.zeros(1), torch.zeros(1), torch.zeros(1), dual=0.5)


@pytest.mark.parametrize(
    ("advantage", "gain", "expected"),
    [(1, 1, 1.1), (1, -1, 0.9), (-1, 1, -0.9), (-1, -1, -1.1), (2, math.log(1.1), 2.1), (0, 1, 0)],
)
def test_rlsd_has_the_advantage_computed_by_hand(advantage, gain, expected) -> None:
    student, teacher = torch.tensor([-2.0]), torch.tensor([-2.0 + gain])
    ours = rlsd_advantages(torch.tensor([float(advantage)]), student, teacher, mix=0.5, clip=0.2)
    assert ours.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("clip", [0.0, 0.2, 0.9])
def test_rlsd_changes_no_sign_and_stays_within_its_bounds(draw, mix, clip) -> None:
    advantage = draw()
    ours = rlsd_advantages(advantage, draw(5.0), draw(5.0), mix, clip)
    assert torch.equal(ours.sign(), advantage.sign())
    factor = ours / advantage
    assert ((factor >= 1 - mix * clip - 1e-12) & (factor <= 1 + mix * clip + 1e-12)).all()


def test_rlsd_without_a_mix_is_grpo_exactly(draw) -> None:
    student, teacher, sampled, advantage = draw(), draw(), draw(), draw()
    ours = rlsd_advantages(advantage, student, teacher, mix=0.0, clip=0.2)
    assert torch.equal(clipped_surrogate(student, sampled, ours), clipped_surrogate(student, sampled, advantage))


def test_rlsd_advantages_are_constants(draw) -> None:
    inputs = [draw().requires_grad_() for _ in range(3)]
    assert not rlsd_advantages(*inputs, mix=0.5, clip=0.2).requires_grad


def test_rlsd_mix_falls_in_a_straight_line_to_zero() -> None:
    assert [rlsd_mix(step, 0.5, 50) for step in (0, 25, 50, 60)] == [0.5, 0.25, 0.0, 0.0]


def test_rlsd_mix_without_steps_stays() -> None:
    assert [rlsd_mix(step, 0.5, 0) for step in (0, 1000)] == [0.5, 0.5]


@pytest.mark.parametrize("shapes", [(2, 1, 2), (2, 2, 1), (1, 2, 2)])
def test_shapes_that_would_be_stretched_are_refused(shapes) -> None:
    three = [torch.zeros(size) for size in shapes]
    for function in (clipped_surrogate, lambda *three: rlsd_advantages(*three, mix=0.5, clip=0.2)):
        with pytest.raises(ValueError, match="expected equal shapes"):
            function(*three)
