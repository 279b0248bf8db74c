"""Our losses beside the released ones: TRL's experimental SDPO, value and gradient on the same logits. No model.

Needs the extra `parity`. Every mode that both have agrees to 1e-5. What differs, by choice:

- A token to which a side gives no probability: 0 log 0 is 0 here, while TRL's value is no number, for torch's kl_div
  multiplies 0 with -inf. A processor that forbids tokens makes such logits.
- The teacher is detached inside our functions; TRL leaves that to the trainer's no_grad.
- An alpha outside [0, 1] is refused here; TRL's functions compute no numbers from it.
- The support is the caller's, so it may be the teacher's tokens; TRL's function takes the student's (its trainer writes
  the other out for a teacher behind a server).
- TRL's importance weight is applied inside, and is off when its trainer is given None; ours is returned, 0 is off.
- Only here: the sequence level and the clip per token (SDPO's text, absent from every released code), and the trust
  region's logits. TRL has sampled tokens with reverse KL only, and so have we.
- Averaging is not compared: TRL takes the mean over all rows, those without a signal included, which dilutes the rest.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from ttsd.learning.divergences import divergence, importance_ratio, renormalised, sampled_token, with_tail

pytest.importorskip("trl", reason="the extra 'parity' is not installed")
pytestmark = [
    pytest.mark.parity,
    # What the first import of anything experimental says, whoever imports it.
    pytest.mark.filterwarnings("ignore:You are importing from 'trl.experimental'"),
]

B, T, V = 2, 5, 40
every_alpha = pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
# The tail of a peaked distribution is a difference of nearly equal numbers: in single precision only its rounding
# would be compared.
every_scale = pytest.mark.parametrize(
    ("scale", "dtype"), [(1.0, torch.float32), (8.0, torch.float64)], ids=["flat-single", "peaked-double"]
)


@pytest.fixture(scope="module")
def trl() -> ModuleType:
    # Here and not above: it takes seconds, which a run without these tests should not pay.
    return importlib.import_module("trl.experimental.sdpo.loss_utils")


def draw(scale: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """The student's and the teacher's logits, as TRL holds them."""
    generator = torch.Generator().manual_seed(0)
    student, teacher = (scale * torch.randn(B, T, V, generator=generator, dtype=dtype) for _ in range(2))
    return student.requires_grad_(), teacher


def sampled_ids() -> torch.Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(1))


def log_probabilities(*logits: torch.Tensor) -> list[torch.Tensor]:
    """Rows one after the other, as we hold them."""
    return [each.flatten(0, 1).log_softmax(-1) for each in logits]


def of_sampled(*logits: torch.Tensor) -> list[torch.Tensor]:
    return [each.gather(-1, sampled_ids().reshape(-1, 1))[:, 0] for each in log_probabilities(*logits)]


def assert_same(ours_t: torch.Tensor, theirs_bt: torch.Tensor, student: torch.Tensor) -> None:
    torch.testing.assert_close(ours_t, theirs_bt.flatten(), rtol=0, atol=1e-5)
    # Unequal weights: a gradient that lands on another position does not cancel.
    weight_t = torch.linspace(0.5, 1.5, B * T, dtype=student.dtype)
    gradients = [torch.autograd.grad(loss @ weight_t, student)[0] for loss in (ours_t, theirs_bt.flatten())]
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-5)


@every_alpha
@every_scale
def test_full_logits(trl, alpha, scale, dtype) -> None:
    student, teacher = draw(scale, dtype)
    theirs = trl.compute_full_logit_self_distillation_loss(student, teacher, distillation_alpha=alpha)
    assert_same(divergence(*log_probabilities(student, teacher), alpha), theirs, student)


@every_alpha
@every_scale
@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("support", [with_tail, renormalised])
def test_students_top_k(trl, alpha, scale, dtype, k, support) -> None:
    student, teacher = draw(scale, dtype)
    theirs = trl.compute_topk_self_distillation_loss(
        student, teacher, distillation_topk=k, distillation_alpha=alpha, distillation_add_tail=support is with_tail
    )
    ids = student.detach().flatten(0, 1).topk(k, dim=-1).indices
    ours = divergence(*(support(logp, ids) for logp in log_probabilities(student, teacher)), alpha)
    assert_same(ours, theirs, student)


@every_scale
def test_sampled_token(trl, scale, dtype) -> None:
    student, teacher = draw(scale, dtype)
    theirs = trl.compute_sampled_token_self_distillation_loss(student, teacher, sampled_ids(), distillation_alpha=1.0)
    assert_same(sampled_token(*of_sampled(student, teacher)), theirs, student)


@pytest.mark.parametrize("most", [0.5, 2.0, 1e10])
def test_importance_weight(trl, most) -> None:
    student, teacher = draw()
    (sampled_logp,) = of_sampled(student.detach())
    sampled_logp = sampled_logp + torch.linspace(-30, 30, B * T)

    def weighted(weigh: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> torch.Tensor:
        student_logp, teacher_logp = of_sampled(student, teacher)
        return weigh(sampled_token(student_logp, teacher_logp), student_logp) / most

    theirs = weighted(lambda loss, logp: trl.apply_importance_sampling_clipping(loss, logp, sampled_logp, most))
    ours = weighted(lambda loss, logp: loss * importance_ratio(logp, sampled_logp, most))
    assert_same(ours, theirs, student)


def test_a_token_without_probability_is_a_number_only_here(trl) -> None:
    student, teacher = draw()
    teacher[..., 0] = -torch.inf
    theirs = trl.compute_full_logit_self_distillation_loss(student, teacher, distillation_alpha=0.0)
    ours = divergence(*log_probabilities(student, teacher), 0.0)
    assert torch.isnan(theirs).all()
    assert torch.isfinite(ours).all()
