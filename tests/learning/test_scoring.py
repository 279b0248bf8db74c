"""The distillation passes on a two-layer model: what they compute, and what they must not."""

from __future__ import annotations

import pytest
import torch

from ttsd.learning.datum import Datum
from ttsd.learning.divergences import reverse_kl
from ttsd.learning.lora import add_adapter
from ttsd.learning.losses import comparison
from ttsd.learning.objectives import Distillation
from ttsd.learning.scoring import Scores, response_states, score
from ttsd.learning.teacher import Teacher
from ttsd.methods.base import configure


def scored(model, data, topk: int = 20, temperature: float = 1.0, **options) -> Scores:
    settings = Distillation("topk_logits", 1.0, topk, "student", add_tail=True, clip=0.0, is_clip=0.0)
    teacher = Teacher(model, "base", 0.0, 1)
    return score(model, teacher, data, compare=comparison(settings), temperature=temperature, **options)


def trained(model):
    return [weight for weight in model.parameters() if weight.requires_grad]


def datum(prompt: str, teacher_prompt: str, response: str) -> Datum:
    return Datum(list(prompt.encode()), list(teacher_prompt.encode()), list(response.encode()), [-1.0] * len(response))


TWO = [datum("question", "question and feedback", "an answer"), datum("why", "why, with a long feedback", "so")]


def gradients(model, loss) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, trained(model), allow_unused=True))


def test_a_fresh_adapter_behind_equal_prompts_gives_no_loss_and_no_gradient(tiny_model) -> None:
    model = add_adapter(tiny_model, configure(lora_r=4))
    same = [datum("question", "question", "an answer")]
    loss = scored(model, same).divergence
    torch.testing.assert_close(loss, torch.zeros_like(loss), atol=1e-6, rtol=0)
    for gradient in gradients(model, loss.sum()):
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-6, rtol=0)


def test_chunks_change_neither_loss_nor_gradient(model) -> None:
    whole, pieces = (scored(model, TWO, chunk=chunk) for chunk in (1000, 3))
    torch.testing.assert_close(whole.divergence, pieces.divergence)
    for left, right in zip(
        gradients(model, whole.divergence.sum()), gradients(model, pieces.divergence.sum()), strict=True
    ):
        torch.testing.assert_close(left, right, atol=1e-4, rtol=1e-4)  # sums in another order


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_support_of_the_vocabulary_equals_the_plain_computation(model, temperature) -> None:
    """The logits of BOTH sides are divided by the temperature."""
    one = TWO[0]

    def logits(prompt: list[int]) -> torch.Tensor:
        return model(torch.tensor([prompt + one.response_ids])).logits[0, len(prompt) - 1 : -1] / temperature

    student = logits(one.prompt_ids)
    with model.disable_adapter():
        teacher = logits(one.teacher_prompt_ids)
    plain = reverse_kl(student.log_softmax(-1), teacher.log_softmax(-1))
    ours = scored(model, [one], topk=10_000, temperature=temperature)
    torch.testing.assert_close(ours.divergence, plain, atol=1e-5, rtol=1e-4)
    own = student.log_softmax(-1).gather(-1, torch.tensor(one.response_ids)[:, None])[:, 0]
    torch.testing.assert_close(ours.student_logp, own)


def test_padding_beside_a_longer_row_changes_nothing(model) -> None:
    """Masked equals filtered: a batch gives each row what it gets alone."""
    together = torch.split(scored(model, TWO).divergence, [len(each.response_ids) for each in TWO])
    for each, loss in zip(TWO, together, strict=True):
        torch.testing.assert_close(loss, scored(model, [each]).divergence, atol=1e-5, rtol=1e-4)


def test_only_response_positions_are_compared(model) -> None:
    assert scored(model, TWO).divergence.shape == (sum(len(each.response_ids) for each in TWO),)
    states = response_states(model, [(each.prompt_ids, each.response_ids) for each in TWO])
    assert states.shape == (11, 32)


def test_nothing_flows_through_the_teachers_pass(model) -> None:
    """The teacher's prompt changes the loss but there is no path from it: its pass is a constant."""
    losses = scored(model, TWO)
    assert losses.divergence.requires_grad
    assert not losses.teacher_logp.requires_grad
    base = [weight for name, weight in model.named_parameters() if "lora" not in name]
    assert all(weight.grad is None and not weight.requires_grad for weight in base)


def test_the_teacher_is_the_base_model_whatever_the_adapter_says(model) -> None:
    before = scored(model, TWO)
    with torch.no_grad():
        for weight in trained(model):
            weight += 0.3
    after = scored(model, TWO)
    torch.testing.assert_close(before.teacher_logp, after.teacher_logp)
    assert (before.student_logp - after.student_logp).abs().max() > 1e-3


def test_without_a_teacher_the_student_stands_for_it(model) -> None:
    scores = scored(model, [each._replace(teacher_prompt_ids=None) for each in TWO])
    assert torch.equal(scores.teacher_logp, scores.student_logp.detach())
    assert not scores.divergence.any()


def test_a_batch_has_a_teacher_for_all_or_for_none(model) -> None:
    with pytest.raises(ValueError, match="for all attempts of a batch or for none, got 1"):
        scored(model, [TWO[0], TWO[1]._replace(teacher_prompt_ids=None)])
