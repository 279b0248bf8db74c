"""The distillation loss against closed forms, slow loops and torch's own functions. No model."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from ttsd.learning.divergences import clip_tokens, reverse_kl, with_tail

T, V = 7, 11


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(T, V, generator=generator, dtype=torch.float64) for _ in range(2))
    return student.requires_grad_(), teacher.requires_grad_()


def log_softmax(logits: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(logits, dim=-1)


def top(logits: torch.Tensor, k: int) -> torch.Tensor:
    return logits.detach().topk(k, dim=-1).indices


def test_reverse_kl_has_the_value_computed_by_hand() -> None:
    student, teacher = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
    expected = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert reverse_kl(student, teacher).item() == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(0.5108, abs=1e-4)


def test_reverse_kl_equals_torchs_kl_div_with_its_arguments_in_the_other_order(pair) -> None:
    student, teacher = map(log_softmax, pair)
    theirs = functional.kl_div(teacher, student, log_target=True, reduction="none").sum(-1)
    torch.testing.assert_close(reverse_kl(student, teacher), theirs)


def test_equal_distributions_give_no_loss_and_no_gradient(pair) -> None:
    student, _ = pair
    loss = reverse_kl(log_softmax(student), log_softmax(student.detach()))
    loss.sum().backward()
    torch.testing.assert_close(loss, torch.zeros(T, dtype=torch.float64))
    torch.testing.assert_close(student.grad, torch.zeros(T, V, dtype=torch.float64))


def test_gradient_is_the_closed_form(pair) -> None:
    student, teacher = pair
    reverse_kl(log_softmax(student), log_softmax(teacher)).sum().backward()
    p, ratio = log_softmax(student).exp(), log_softmax(student) - log_softmax(teacher)
    expected = p * (ratio - (p * ratio).sum(-1, keepdim=True))
    torch.testing.assert_close(student.grad, expected.detach())


def test_gradient_on_top_k_with_tail_is_the_closed_form(pair) -> None:
    """With buckets b the gradient is p_j (log p_b(j)/q_b(j) - KL), where b(j) is the bucket of token j."""
    student, teacher = pair
    ids = top(student, 3)
    reverse_kl(with_tail(log_softmax(student), ids), with_tail(log_softmax(teacher), ids)).sum().backward()
    p, q = log_softmax(student).exp().detach(), log_softmax(teacher).exp().detach()
    expected = torch.zeros_like(p)
    for t in range(T):
        kept = ids[t].tolist()
        tail = math.log((1 - p[t, kept].sum()) / (1 - q[t, kept].sum()))
        ratio = [math.log(p[t, j] / q[t, j]) if j in kept else tail for j in range(V)]
        mean = sum(p[t, j].item() * ratio[j] for j in range(V))
        expected[t] = torch.tensor([p[t, j].item() * (ratio[j] - mean) for j in range(V)])
    torch.testing.assert_close(student.grad, expected, rtol=1e-6, atol=1e-9)


def test_gradient_survives_a_finite_difference_check(pair) -> None:
    student, teacher = pair
    ids = top(student, 4)
    target = with_tail(log_softmax(teacher.detach()), ids)
    assert torch.autograd.gradcheck(lambda x: reverse_kl(with_tail(log_softmax(x), ids), target), (student,))


def test_nothing_flows_into_the_teacher(pair) -> None:
    student, teacher = pair
    ids = top(student, 3)
    reverse_kl(with_tail(log_softmax(student), ids), with_tail(log_softmax(teacher), ids)).sum().backward()
    assert teacher.grad is None


def test_support_of_the_whole_vocabulary_is_the_full_divergence(pair) -> None:
    student, teacher = map(log_softmax, pair)
    ids = top(student, V)
    whole = reverse_kl(with_tail(student, ids), with_tail(teacher, ids))
    torch.testing.assert_close(whole, reverse_kl(student, teacher), rtol=1e-5, atol=1e-5)


def test_a_larger_support_never_loses_divergence(pair) -> None:
    student, teacher = map(log_softmax, pair)
    supports = [top(student, k) for k in range(1, V)]
    by_size = [reverse_kl(with_tail(student, ids), with_tail(teacher, ids)) for ids in supports]
    for smaller, larger in pairwise(by_size):
        assert (larger >= smaller - 1e-12).all()


def test_a_support_with_its_tail_is_a_distribution(pair) -> None:
    logp = log_softmax(pair[0])
    torch.testing.assert_close(with_tail(logp, top(logp, 3)).exp().sum(-1), torch.ones(T, dtype=torch.float64))


@pytest.mark.parametrize("logits", [[0.0, float("-inf"), float("-inf")], [80.0, -80.0, 0.0]], ids=["-inf", "certain"])
def test_a_certain_student_gives_a_finite_loss_and_gradient(logits) -> None:
    student = torch.tensor([logits]).clamp(min=-1e4).requires_grad_()
    teacher = torch.zeros(1, 3)
    ids = top(student, 2)
    loss = reverse_kl(with_tail(log_softmax(student), ids), with_tail(log_softmax(teacher), ids))
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(student.grad).all()


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="expected equal shapes"):
        reverse_kl(torch.zeros(2, 3), torch.zeros(2, 4))


def test_a_clipped_token_gives_its_bound_and_no_gradient() -> None:
    loss = torch.tensor([1.0, 9.0], requires_grad=True)
    clip_tokens(loss, 5.0).sum().backward()
    assert clip_tokens(loss, 5.0).tolist() == [1.0, 5.0]
    assert loss.grad is not None
    assert loss.grad.tolist() == [1.0, 0.0]
    assert clip_tokens(loss, 0.0) is loss
