"""The distance from the base model: what it computes, and what it leaves out."""

from __future__ import annotations

import pytest
import torch

from ttsd.learning.drift import kl_to_base
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure

TWO = [(list(b"question"), list(b"an answer")), (list(b"why"), list(b"so"))]


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_it_is_the_mean_over_tokens_of_the_kl_of_the_whole_distributions(model, temperature: float) -> None:
    def logp(prompt: list[int], response: list[int]) -> torch.Tensor:
        logits = model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
        return (logits / temperature).log_softmax(-1)

    with torch.no_grad():
        student = torch.cat([logp(*pair) for pair in TWO])
        with model.disable_adapter():
            base = torch.cat([logp(*pair) for pair in TWO])
    plain = (student.exp() * (student - base)).sum(-1).mean()
    assert kl_to_base(model, TWO, temperature) == pytest.approx(plain.item(), rel=1e-4)


def test_it_is_zero_for_a_fresh_adapter(tiny_model) -> None:
    assert kl_to_base(add_adapter(tiny_model, configure(lora_r=4)), TWO, 1.0) == pytest.approx(0, abs=1e-6)


def test_it_leaves_no_gradient_and_the_adapter_on(model) -> None:
    before = model(torch.tensor([TWO[0][0]])).logits
    kl_to_base(model, TWO, 1.0)
    assert all(weight.grad is None for weight in model.parameters())
    torch.testing.assert_close(model(torch.tensor([TWO[0][0]])).logits, before)
