"""The distillation losses against closed forms, slow loops and torch's own functions. No model."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from ttsd.learning.divergences import (
    divergence,
    forward_kl,
    importance_ratio,
    jsd,
    lerp_logits,
    renormalised,
    reverse_kl,
    sampled_token,
    sequence_level,
    with_tail,
)

T, V = 7, 11
INF = float("inf")
every_alpha = pytest.mark.parametrize("alpha", [0, 0.3, 0.5, 1])
every_support = pytest.mark.parametrize("support", [with_tail, renormalised])


def log_softmax(logits: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(logits, dim=-1)


def top(logits: torch.Tensor, k: int) -> torch.Tensor:
    return logits.detach().topk(k, dim=-1).indices


def slow_kl(p: list[float], q: list[float]) -> float:
    return sum(each * math.log(each / other) for each, other in zip(p, q, strict=True) if each > 0)


def slow_divergence(p: list[float], q: list[float], alpha: float) -> float:
    """p is the student's distribution, q the teacher's."""
    if alpha in (0, 1):
        return slow_kl(p, q) if alpha else slow_kl(q, p)
    mixture = [(1 - alpha) * each + alpha * other for each, other in zip(p, q, strict=True)]
    return (1 - alpha) * slow_kl(p, mixture) + alpha * slow_kl(q, mixture)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (forward_kl, 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)),
        (reverse_kl, 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)),
        (lambda student, teacher: jsd(student, teacher, 0.5), 0.101749),
    ],
    ids=["forward", "reverse", "jsd"],
)
def test_divergence_has_the_value_computed_by_hand(loss, expected) -> None:
    student, teacher = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
    assert loss(student, teacher).item() == pytest.approx(expected, rel=1e-5)


def test_reverse_kl_equals_torchs_kl_div_with_its_arguments_in_the_other_order(pair) -> None:
    student, teacher = map(log_softmax, pair)
    theirs = functional.kl_div(teacher, student, log_target=True, reduction="none").sum(-1)
    torch.testing.assert_close(reverse_kl(student, teacher), theirs)


def test_forward_kl_equals_torchs_kl_div(pair) -> None:
    student, teacher = map(log_softmax, pair)
    theirs = functional.kl_div(student, teacher, log_target=True, reduction="none").sum(-1)
    torch.testing.assert_close(forward_kl(student, teacher), theirs)


@every_alpha
def test_divergence_equals_a_slow_loop_over_the_tokens(pair, alpha) -> None:
    p, q = (log_softmax(logits).exp().tolist() for logits in pair)
    slow = [slow_divergence(*row, alpha) for row in zip(p, q, strict=True)]
    fast = divergence(*map(log_softmax, pair), alpha)
    torch.testing.assert_close(fast, torch.tensor(slow, dtype=torch.float64))


@every_alpha
@every_support
def test_equal_distributions_give_no_loss_and_no_gradient(pair, alpha, support) -> None:
    student, _ = pair
    ids = top(student, 4)
    same = support(log_softmax(student.detach()), ids)
    loss = divergence(support(log_softmax(student), ids), same, alpha)
    loss.sum().backward()
    torch.testing.assert_close(loss, torch.zeros(T, dtype=torch.float64))
    torch.testing.assert_close(student.grad, torch.zeros(T, V, dtype=torch.float64))


def test_gradient_of_reverse_kl_is_the_closed_form(pair) -> None:
    student, teacher = pair
    reverse_kl(log_softmax(student), log_softmax(teacher)).sum().backward()
    p, ratio = log_softmax(student).exp(), log_softmax(student) - log_softmax(teacher)
    expected = p * (ratio - (p * ratio).sum(-1, keepdim=True))
    torch.testing.assert_close(student.grad, expected.detach())


def test_gradient_of_forward_kl_is_student_minus_teacher(pair) -> None:
    student, teacher = pair
    forward_kl(log_softmax(student), log_softmax(teacher)).sum().backward()
    torch.testing.assert_close(student.grad, (student.softmax(-1) - teacher.softmax(-1)).detach())


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


@every_alpha
@every_support
def test_gradient_survives_a_finite_difference_check(pair, alpha, support) -> None:
    student, teacher = pair
    ids = top(student, 4)
    target = support(log_softmax(teacher.detach()), ids)
    assert torch.autograd.gradcheck(lambda x: divergence(support(log_softmax(x), ids), target, alpha), (student,))


@every_alpha
@every_support
def test_no_gradient_flows_from_a_divergence_into_the_teacher(pair, alpha, support) -> None:
    student, teacher = pair
    ids = top(student, 3)
    divergence(support(log_softmax(student), ids), support(log_softmax(teacher), ids), alpha).sum().backward()
    assert teacher.grad is None
    assert student.grad.abs().sum() > 0


@every_alpha
@every_support
def test_support_of_the_whole_vocabulary_is_the_full_divergence(pair, alpha, support) -> None:
    student, teacher = map(log_softmax, pair)
    ids = top(student, V)
    whole = divergence(support(student, ids), support(teacher, ids), alpha)
    torch.testing.assert_close(whole, divergence(student, teacher, alpha), rtol=1e-5, atol=1e-5)


@every_alpha
def test_tail_of_a_single_token_is_the_full_divergence(pair, alpha) -> None:
    student, teacher = map(log_softmax, pair)
    ids = top(student, V - 1)
    whole = divergence(with_tail(student, ids), with_tail(teacher, ids), alpha)
    torch.testing.assert_close(whole, divergence(student, teacher, alpha))


def test_a_larger_support_never_loses_divergence(pair) -> None:
    student, teacher = map(log_softmax, pair)
    supports = [top(student, k) for k in range(1, V)]
    by_size = [reverse_kl(with_tail(student, ids), with_tail(teacher, ids)) for ids in supports]
    for smaller, larger in pairwise(by_size):
        assert (larger >= smaller - 1e-12).all()


@every_support
def test_log_probabilities_on_a_support_are_a_distribution(pair, support) -> None:
    logp = log_softmax(pair[0])
    torch.testing.assert_close(support(logp, top(logp, 3)).exp().sum(-1), torch.ones(T, dtype=torch.float64))


def test_a_renormalised_support_keeps_the_ratios_of_its_tokens() -> None:
    logp = torch.tensor([[0.5, 0.3, 0.2]]).log()
    torch.testing.assert_close(renormalised(logp, torch.tensor([[0, 1]])).exp(), torch.tensor([[0.625, 0.375]]))


def test_jsd_goes_to_the_divergences_of_its_ends_after_scaling(pair) -> None:
    student, teacher = map(log_softmax, pair)
    near = 1e-6
    torch.testing.assert_close(jsd(student, teacher, near) / near, forward_kl(student, teacher), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        jsd(student, teacher, 1 - near) / near, reverse_kl(student, teacher), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("alpha", [0.3, 0.5])
def test_jsd_with_both_sides_exchanged_is_that_of_the_other_alpha(pair, alpha) -> None:
    student, teacher = map(log_softmax, pair)
    torch.testing.assert_close(jsd(student, teacher, alpha), jsd(teacher, student, 1 - alpha))


def test_jsd_of_distributions_with_nothing_in_common_is_its_bound() -> None:
    student, teacher = torch.tensor([[0.0, -INF, -INF]]), torch.tensor([[-INF, math.log(0.5), math.log(0.5)]])
    torch.testing.assert_close(jsd(student, teacher, 0.5), torch.tensor([math.log(2)]))


@pytest.mark.parametrize("alpha", [-0.1, 1.5, math.nan])
def test_an_alpha_outside_its_range_is_refused_by_its_value(pair, alpha) -> None:
    with pytest.raises(ValueError, match=f"alpha is {alpha}"):
        divergence(*map(log_softmax, pair), alpha)


@every_alpha
def test_tokens_that_both_sides_exclude_change_nothing(pair, alpha) -> None:
    student, teacher = (logits.detach() for logits in pair)
    hole = torch.full((T, 2), -INF, dtype=torch.float64)
    padded = torch.cat([student, hole], dim=-1).requires_grad_()
    loss = divergence(log_softmax(padded), log_softmax(torch.cat([teacher, hole], dim=-1)), alpha)
    loss.sum().backward()
    plain = student.clone().requires_grad_()
    expected = divergence(log_softmax(plain), log_softmax(teacher), alpha)
    expected.sum().backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(padded.grad, torch.cat([plain.grad, torch.zeros_like(hole)], dim=-1))


@pytest.mark.parametrize(
    ("student_logits", "teacher_logits", "alpha"),
    [
        ([0.0, 1.0, 2.0], [0.0, 1.0, -INF], 0),
        ([0.0, 1.0, -INF], [0.0, 1.0, 2.0], 1),
        ([0.0, 1.0, 2.0], [0.0, 1.0, -INF], 0.3),
        ([0.0, 1.0, -INF], [0.0, 1.0, 2.0], 0.3),
        ([0.0, -INF, -INF], [0.0, 1.0, -INF], 0.5),
        ([80.0, -80.0, 0.0], [0.0, 0.0, 0.0], 1),
    ],
)
def test_a_token_without_probability_leaves_value_and_gradient_exact(student_logits, teacher_logits, alpha) -> None:
    student = torch.tensor([student_logits], dtype=torch.float64, requires_grad=True)
    teacher = torch.tensor([teacher_logits], dtype=torch.float64)
    loss = divergence(log_softmax(student), log_softmax(teacher), alpha)
    loss.sum().backward()
    expected = slow_divergence(student.softmax(-1)[0].tolist(), teacher.softmax(-1)[0].tolist(), alpha)
    assert loss.item() == pytest.approx(expected)
    assert torch.isfinite(student.grad).all()
    assert student.grad.sum().item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("alpha", [0, 1])
def test_a_kl_is_infinite_where_only_its_second_side_lacks_a_token(alpha) -> None:
    sure, torn = torch.tensor([[0.0, -INF]]), torch.tensor([[0.5, 0.5]]).log()
    student, teacher = (torn, sure) if alpha else (sure, torn)
    assert divergence(student, teacher, alpha).item() == INF


@pytest.mark.parametrize("logits", [[0.0, -INF, -INF], [80.0, -80.0, 0.0]], ids=["-inf", "certain"])
def test_a_certain_student_gives_a_finite_loss_and_gradient_with_a_tail(logits) -> None:
    student = torch.tensor([logits], requires_grad=True)
    teacher = torch.zeros(1, 3)
    ids = top(student, 2)
    loss = reverse_kl(with_tail(log_softmax(student), ids), with_tail(log_softmax(teacher), ids))
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(student.grad).all()


@every_alpha
@pytest.mark.parametrize("rounded", ["logits", "log-probabilities"])
def test_bfloat16_costs_little_precision(pair, alpha, rounded) -> None:
    student, teacher = (logits.detach() for logits in pair)
    exact = divergence(log_softmax(student), log_softmax(teacher), alpha)
    if rounded == "logits":
        coarse = divergence(*(log_softmax(each.bfloat16().float()) for each in (student, teacher)), alpha)
    else:
        coarse = divergence(*(log_softmax(each).bfloat16() for each in (student, teacher)), alpha)
    torch.testing.assert_close(coarse.double(), exact, rtol=0.05, atol=0.02)


@every_alpha
def test_masking_positions_is_leaving_them_out(pair, alpha) -> None:
    student, teacher = pair
    mask = torch.tensor([True, False, True, True, False, True, False])
    (divergence(log_softmax(student), log_softmax(teacher), alpha) * mask).sum().backward()
    masked, student.grad = student.grad, None
    divergence(log_softmax(student[mask]), log_softmax(teacher[mask]), alpha).sum().backward()
    torch.testing.assert_close(masked, student.grad)


@pytest.mark.parametrize(
    "function",
    [
        forward_kl,
        reverse_kl,
        lambda *pair: jsd(*pair, 0.5),
        sampled_token,
        lambda *pair: sequence_level(*pair, [2]),
        lambda *pair: importance_ratio(*pair, 2.0),
        lambda *pair: lerp_logits(*pair, 0.5),
    ],
)
def test_shapes_that_would_be_stretched_are_refused(function) -> None:
    with pytest.raises(ValueError, match=r"expected equal shapes, got \(2, 3\) and \(2, 1\)"):
        function(torch.zeros(2, 3), torch.zeros(2, 1))
