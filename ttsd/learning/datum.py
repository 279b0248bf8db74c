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


def align(rollout: Rollout, tokenizer: PreTrainedTokenizerBase) -> Datum | None:
    """The datum of an attempt; None when it carries no signal (solved, not judged, or nothing to say)."""
    if rollout.teacher is None or rollout.verdict.reward != 0:
        return None
    return Datum(
        encode(tokenizer, rollout.attempt.prompt),
        encode(tokenizer, rollout.teacher.chat),
        list(rollout.attempt.token_ids),
        list(rollout.attempt.logprobs),
    )
