"""Losses of the sampled tokens, their weights and clips, and the trust region, against closed forms. No model."""

from __future__ import annotations

import math

import pytest
import torch

from ttsd.learning.divergences import (
    clip_tokens,
    importance_ratio,
    lerp_logits,
    reverse_kl,
    sampled_token,
    sequence_level,
)

T, V = 7, 11


def log_softmax(logits: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(logits, dim=-1)


def test_expected_gradient_of_the_sampled_token_is_that_of_the_reverse_kl(pair) -> None:
    student, teacher = pair
    logp = log_softmax(student)
    over_all_samples = sampled_token(logp.flatten(), log_softmax(teacher).flatten())
    (logp.detach().exp().flatten() * over_all_samples).sum().backward()
    expected, student.grad = student.grad, None
    reverse_kl(log_softmax(student), log_softmax(teacher)).sum().backward()
    torch.testing.assert_close(expected, student.grad)
    assert teacher.grad is None


def test_sequence_level_has_the_value_computed_by_hand() -> None:
    student, teacher = torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-0.5, -1.5, -5.0])
    torch.testing.assert_close(sequence_level(student, teacher, [2, 1]), torch.tensor([0.5, 1.0, -6.0]))


def test_sequence_level_of_responses_of_one_token_is_the_sampled_token(pair) -> None:
    student, teacher = (log_softmax(logits)[:, 0] for logits in pair)
    torch.testing.assert_close(sequence_level(student, teacher, [1] * T), sampled_token(student, teacher))


def test_gradient_of_the_sequence_level_is_one_number_a_response(pair) -> None:
    student, teacher = (log_softmax(logits)[:, 0].detach().requires_grad_() for logits in pair)
    sequence_level(student, teacher, [3, 4]).sum().backward()
    means = [(student - teacher)[part].mean().item() for part in (slice(0, 3), slice(3, 7))]
    expected = torch.tensor([means[0]] * 3 + [means[1]] * 4, dtype=torch.float64)
    torch.testing.assert_close(student.grad, expected)
    assert teacher.grad is None


def test_lengths_that_do_not_sum_to_the_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected lengths that sum to 3 tokens, got \[1, 1\]"):
        sequence_level(torch.zeros(3), torch.zeros(3), [1, 1])


def test_a_clipped_token_gives_its_bound_and_no_gradient() -> None:
    loss = torch.tensor([1.0, 9.0], requires_grad=True)
    clip_tokens(loss, 5.0).sum().backward()
    assert clip_tokens(loss, 5.0).tolist() == [1.0, 5.0]
    assert loss.grad is not None
    assert loss.grad.tolist() == [1.0, 0.0]
    assert clip_tokens(loss, 0.0) is loss


def test_importance_ratio_is_cut_from_above_only() -> None:
    sampled = torch.log(torch.tensor([0.5, 0.1, 0.5]))
    student = torch.log(torch.tensor([0.5, 0.5, 0.1]))
    torch.testing.assert_close(importance_ratio(student, sampled, 2.0), torch.tensor([1.0, 2.0, 0.2]))


def test_importance_ratio_of_policies_far_apart_is_finite_and_above_zero() -> None:
    ratio = importance_ratio(torch.tensor([-1.0, -1000.0]), torch.tensor([-1000.0, -1.0]), math.inf)
    torch.testing.assert_close(ratio, torch.tensor([math.exp(20), math.exp(-20)]))


def test_importance_ratio_without_a_bound_weights_nothing() -> None:
    assert importance_ratio(torch.tensor([-1.0, -3.0]), torch.tensor([-2.0, -1.0]), 0).tolist() == [1.0, 1.0]


def test_importance_ratio_is_a_constant() -> None:
    assert not importance_ratio(torch.zeros(2, requires_grad=True), torch.ones(2), 2.0).requires_grad


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.5, 1.0])
def test_interpolated_logits_are_the_normalised_geometric_mean(pair, rate) -> None:
    base, student = (logits.detach() for logits in pair)
    mean = base.softmax(-1) ** (1 - rate) * student.softmax(-1) ** rate
    ours = lerp_logits(base, student, rate).softmax(-1)
    torch.testing.assert_close(ours, mean / mean.sum(-1, keepdim=True))


def test_interpolated_logits_are_a_constant(pair) -> None:
    assert not lerp_logits(*pair, 0.5).requires_grad
