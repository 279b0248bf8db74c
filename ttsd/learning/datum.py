"""The same response behind two prompts: what one attempt teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ttsd.tokens import encode
from ttsd.types import Rollout

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Datum(NamedTuple):
    """Token ids; the response is as sampled and never tokenised again."""

    prompt_ids: list[int]
    teacher_prompt_ids: list[int]
    response_ids: list[int]
    logprobs: list[float]  # of the response as sampled


def align(rollout: Rollout, tokenizer: PreTrainedTokenizerBase, context_length: int) -> Datum | None:
    """The datum of an attempt.

    None when it carries no signal: it solved the problem, was not judged, there is nothing to say about it, or the
    reprompt and the response together exceed the model's `context_length` tokens.
    """
    if rollout.teacher is None or rollout.verdict.reward != 0:
        return None
    attempt, teacher_prompt_ids = rollout.attempt, encode(tokenizer, rollout.teacher.chat)
    if len(teacher_prompt_ids) + len(attempt.token_ids) > context_length:
        return None
    prompt_ids = encode(tokenizer, attempt.prompt)
    return Datum(prompt_ids, teacher_prompt_ids, list(attempt.token_ids), list(attempt.logprobs))
