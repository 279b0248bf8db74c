"""The sampler on a two-layer model: the same samples as a plain loop, whatever the batch."""

from __future__ import annotations

import pytest
import torch

from ttsd.sampling.base import Request
from ttsd.sampling.transformers import TransformersSampler, draw, keep_nucleus
from ttsd.tokens import encode
from ttsd.types import Message

ASKED = (Message("user", "what is it?"),)
OTHER = (Message("user", "a much longer question than the other one, what is it?"),)


@pytest.fixture
def sampler(tiny_model, tokenizer):
    def make(**settings) -> TransformersSampler:
        return TransformersSampler(tiny_model, tokenizer, **{"seed": 0, "max_new_tokens": 24, **settings})

    return make


def by_k(attempts):
    return {attempt.k: attempt for attempt in attempts}


def test_the_same_seed_gives_the_same_attempts_and_another_seed_does_not(sampler) -> None:
    requests = [Request(k, ASKED) for k in (1, 2, 3)]
    first, again, other = (by_k(sampler(seed=seed).sample(requests, 0)) for seed in (7, 7, 8))
    assert {k: a.token_ids for k, a in first.items()} == {k: a.token_ids for k, a in again.items()}
    assert {k: a.token_ids for k, a in first.items()} != {k: a.token_ids for k, a in other.items()}


def test_an_attempt_does_not_depend_on_who_else_is_in_its_batch(sampler) -> None:
    together = by_k(sampler().sample([Request(1, ASKED), Request(2, OTHER), Request(3, ASKED)], 0))
    alone = by_k(sampler().sample([Request(3, ASKED)], 0))
    assert together[3].token_ids == alone[3].token_ids
    assert together[3].logprobs == pytest.approx(alone[3].logprobs, abs=1e-4)


def test_logprobs_are_those_of_the_tempered_model_on_the_sampled_tokens(sampler, tiny_model, tokenizer) -> None:
    attempt = next(sampler(temperature=0.7).sample([Request(1, ASKED)], 0))
    prompt = encode(tokenizer, ASKED)
    logits = tiny_model(torch.tensor([prompt + list(attempt.token_ids)])).logits[0, len(prompt) - 1 : -1]
    expected = (logits / 0.7).log_softmax(-1).gather(-1, torch.tensor(attempt.token_ids)[:, None])[:, 0]
    assert attempt.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_response_ends_at_the_end_token_or_at_the_limit(sampler, tokenizer) -> None:
    attempts = list(sampler(max_new_tokens=60, temperature=3.0).sample([Request(k, ASKED) for k in range(1, 33)], 0))
    ended = [attempt for attempt in attempts if attempt.finish_reason == "stop"]
    assert 0 < len(ended) < 32
    for attempt in attempts:
        inner = attempt.token_ids[:-1]
        assert tokenizer.eos_token_id not in inner
        assert (attempt.token_ids[-1] == tokenizer.eos_token_id) == (attempt.finish_reason == "stop")
        assert len(attempt.token_ids) == 60 or attempt.finish_reason == "stop"
    assert all("<end>" not in attempt.response for attempt in attempts)


def test_every_request_is_answered_once(sampler) -> None:
    attempts = list(sampler().sample([Request(k, ASKED if k % 2 else OTHER) for k in (5, 6, 9)], 4))
    assert sorted(attempt.k for attempt in attempts) == [5, 6, 9]
    assert {attempt.group for attempt in attempts} == {4}
    assert list(sampler().sample([], 0)) == []


def test_draw_inverts_the_distribution_function() -> None:
    probabilities = torch.tensor([[0.2, 0.5, 0.3]])
    uniform = torch.tensor([0.0, 0.19, 0.21, 0.69, 0.71, 0.999], dtype=torch.float64)
    tokens, logprobs = draw(probabilities.log().expand(6, 3), uniform, 1.0, 1.0)
    assert tokens.tolist() == [0, 0, 1, 1, 2, 2]
    assert logprobs.exp().tolist() == pytest.approx([0.2, 0.2, 0.5, 0.5, 0.3, 0.3])


def test_draws_follow_the_distribution() -> None:
    probabilities = torch.tensor([0.1, 0.6, 0.25, 0.05])
    uniform = torch.rand(20_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    tokens, _ = draw(probabilities.log().expand(20_000, 4), uniform, 1.0, 1.0)
    assert (tokens.bincount(minlength=4) / 20_000).tolist() == pytest.approx(probabilities.tolist(), abs=0.012)


def test_a_token_without_probability_is_never_drawn() -> None:
    logits = torch.tensor([[float("-inf"), 0.0, float("-inf")]]).expand(3, 3)
    assert draw(logits, torch.tensor([0.0, 0.5, 1 - 1e-16], dtype=torch.float64), 1.0, 1.0)[0].tolist() == [1, 1, 1]


def test_the_nucleus_is_the_smallest_set_that_reaches_top_p() -> None:
    logp = torch.tensor([[0.5, 0.1, 0.3, 0.1]]).log()
    assert keep_nucleus(logp, 0.7).exp().tolist()[0] == pytest.approx([0.625, 0.0, 0.375, 0.0])
    assert keep_nucleus(logp, 0.49).exp().tolist()[0] == pytest.approx([1.0, 0.0, 0.0, 0.0])
