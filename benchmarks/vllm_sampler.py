"""A sampler for measurements that need many responses of a model as it is: vLLM, without adapters.

Needs an environment of its own: vLLM wants an older transformers than ttsd's `local` extra (docs/gap.md says how).
The engine's seed is the run's; its CPU build fails with a seed for each request, so a second run need not give the same
responses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformers import AutoTokenizer
from vllm import LLM, SamplingParams

from ttsd.config import Config
from ttsd.models import ModelSource
from ttsd.sampling.base import Request
from ttsd.tokens import encode
from ttsd.types import Attempt, Chat

MAX_LENGTH = 4096  # tokens of a prompt and its response


class VllmSampler:
    """See `ttsd.sampling.base.Sampler`; it knows policy 0 only."""

    policy_version = 0

    def __init__(self, source: ModelSource, config: Config) -> None:
        self._config = config
        self._tokenizer = AutoTokenizer.from_pretrained(source.location)
        self._engine = LLM(
            source.location,
            dtype="bfloat16",
            max_model_len=MAX_LENGTH,
            enable_prefix_caching=True,
            seed=config.seed,
            logprobs_mode="processed_logprobs",
        )

    def use(self, policy_version: int) -> None:
        """Only the base model can be used."""
        if policy_version:
            raise ValueError(f"expected policy 0, got {policy_version}")

    def count_tokens(self, chat: Chat) -> int:
        return len(encode(self._tokenizer, chat))

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        prompts = [encode(self._tokenizer, request.chat) for request in requests]
        outputs = self._engine.generate([{"prompt_token_ids": ids} for ids in prompts], self._params())
        for request, ids, output in zip(requests, prompts, outputs, strict=True):
            (said,) = output.outputs
            tokens = list(said.token_ids)
            yield Attempt(
                k=request.k,
                group=group,
                policy_version=0,
                response=self._tokenizer.decode(tokens, skip_special_tokens=True),
                token_ids=tuple(tokens),
                logprobs=tuple(at[token].logprob for at, token in zip(said.logprobs, tokens, strict=True)),
                finish_reason=said.finish_reason,
                prompt=request.chat,
                prompt_tokens=len(ids),
            )

    def _params(self) -> SamplingParams:
        config = self._config
        return SamplingParams(
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_completion_length,
            logprobs=0,
        )
