"""Sampling with transformers, on a CPU or one GPU.

The prompt is computed once for all attempts that share it; rows that end leave the batch; the log-probability of
every token is kept as it was sampled. Tensor names end in their dimensions: b rows, t positions, v vocabulary.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from transformers import DynamicCache

from ttsd.sampling.base import Request
from ttsd.tokens import encode, end_of_turn_ids
from ttsd.types import Attempt, Chat

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class TransformersSampler:
    """Samples from a model that may be trained in between: learner and sampler share the weights."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        seed: int,
        max_new_tokens: int,
        temperature: float = 1.0,
        top_p: float = 1.0,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._seed = seed
        self._max_new_tokens = max_new_tokens
        self._temperature = temperature
        self._top_p = top_p
        self._ends = end_of_turn_ids(tokenizer, model.generation_config.eos_token_id)
        self.policy_version = 0

    def use(self, policy_version: int) -> None:
        """The learner has already changed the shared weights: there is nothing to load."""
        self.policy_version = policy_version

    def count_tokens(self, chat: Chat) -> int:
        return len(encode(self._tokenizer, chat))

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        if not requests:
            return
        began = time.monotonic()
        prompts = [encode(self._tokenizer, request.chat) for request in requests]
        uniforms_bt = torch.stack([self._uniforms(request.k) for request in requests])
        for done in self._decode(prompts, uniforms_bt):
            request, stopped = requests[done.row], done.token_ids[-1] in self._ends
            yield Attempt(
                k=request.k,
                group=group,
                policy_version=self.policy_version,
                response=self._tokenizer.decode(done.token_ids, skip_special_tokens=True),
                token_ids=tuple(done.token_ids),
                logprobs=tuple(done.logprobs),
                finish_reason="stop" if stopped else "length",
                prompt=request.chat,
                prompt_tokens=len(prompts[done.row]),
                seconds=time.monotonic() - began,
            )

    def _uniforms(self, k: int) -> torch.Tensor:
        """The random numbers of attempt k, one a token: they depend on the seed and on k alone."""
        return torch.from_numpy(np.random.default_rng([self._seed, k]).random(self._max_new_tokens))

    @torch.inference_mode()
    def _decode(self, prompts: list[list[int]], uniforms_bt: torch.Tensor) -> Iterator[_Finished]:
        """Rows as they finish; a row's number is its place in `prompts`."""
        device = self._model.device
        uniforms_bt, ends = uniforms_bt.to(device), torch.tensor(self._ends, device=device)
        cache, mask_bt, logits_bv = self._prefill(prompts)
        rows = torch.arange(len(prompts), device=device)
        tokens_bt = torch.empty(len(prompts), 0, dtype=torch.long, device=device)
        logprobs_bt = torch.empty(len(prompts), 0, device=device)
        for position in range(self._max_new_tokens):
            token_b, logprob_b = draw(logits_bv, uniforms_bt[rows, position], self._temperature, self._top_p)
            tokens_bt = torch.cat([tokens_bt, token_b[:, None]], dim=1)
            logprobs_bt = torch.cat([logprobs_bt, logprob_b[:, None]], dim=1)
            ended_b = torch.isin(token_b, ends) | (position + 1 == self._max_new_tokens)
            if ended_b.any():
                for row in ended_b.nonzero()[:, 0].tolist():
                    yield _Finished(int(rows[row]), tokens_bt[row].tolist(), logprobs_bt[row].tolist())
                on = (~ended_b).nonzero()[:, 0]
                if not len(on):
                    return
                cache.batch_select_indices(on)
                rows, mask_bt, tokens_bt, logprobs_bt, token_b = (
                    each[on] for each in (rows, mask_bt, tokens_bt, logprobs_bt, token_b)
                )
            mask_bt = torch.cat([mask_bt, mask_bt.new_ones(len(rows), 1)], dim=1)
            logits_bv = self._forward(token_b[:, None], mask_bt, cache)

    def _prefill(self, prompts: list[list[int]]) -> tuple[DynamicCache, torch.Tensor, torch.Tensor]:
        """Compute every distinct prompt once, then give each row its copy of the keys and values."""
        distinct = sorted(set(map(tuple, prompts)))
        width = max(map(len, distinct))
        ids_bt = torch.tensor([[0] * (width - len(ids)) + list(ids) for ids in distinct], device=self._model.device)
        mask_bt = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in distinct], device=ids_bt.device)
        cache = DynamicCache(config=self._model.config)
        logits_bv = self._forward(ids_bt, mask_bt, cache)
        row_of = torch.tensor([distinct.index(tuple(ids)) for ids in prompts], device=ids_bt.device)
        cache.batch_select_indices(row_of)
        return cache, mask_bt[row_of], logits_bv[row_of]

    def _forward(self, ids_bt: torch.Tensor, mask_bt: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        """Logits of the last position."""
        positions_bt = (mask_bt.cumsum(1) - 1).clamp(min=0)[:, -ids_bt.shape[1] :]
        output = self._model(
            input_ids=ids_bt,
            attention_mask=mask_bt,
            position_ids=positions_bt,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits_bv: torch.Tensor = output.logits[:, -1]
        return logits_bv


class _Finished(NamedTuple):
    row: int
    token_ids: list[int]
    logprobs: list[float]


def draw(
    logits_bv: torch.Tensor, uniform_b: torch.Tensor, temperature: float, top_p: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """One token a row by inverting the distribution function at `uniform_b` in [0, 1), and its log-probability.

    The sum runs in double precision: in single precision the error over a vocabulary of 150,000 exceeds the
    probability of most tokens.
    """
    logp_bv = torch.log_softmax(logits_bv.float() / temperature, dim=-1)
    if top_p < 1:
        logp_bv = keep_nucleus(logp_bv, top_p)
    cdf_bv = logp_bv.exp().cumsum(-1, dtype=torch.float64)
    token_b = torch.searchsorted(cdf_bv, (uniform_b * cdf_bv[:, -1])[:, None], right=True)[:, 0]
    token_b = token_b.clamp(max=logits_bv.shape[-1] - 1)
    return token_b, logp_bv.gather(-1, token_b[:, None])[:, 0]


def keep_nucleus(logp_bv: torch.Tensor, top_p: float) -> torch.Tensor:
    """Log-probabilities renormalised over the smallest set of tokens whose probability reaches `top_p`."""
    sorted_bv, order_bv = logp_bv.sort(dim=-1, descending=True)
    before_bv = sorted_bv.exp().cumsum(-1) - sorted_bv.exp()
    sorted_bv = sorted_bv.masked_fill(before_bv >= top_p, float("-inf"))
    return torch.log_softmax(torch.empty_like(logp_bv).scatter_(-1, order_bv, sorted_bv), dim=-1)
