"""From messages to token ids: the ONE call of the chat template, for student and teacher alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttsd.errors import UserError
from ttsd.types import Chat

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def encode(tokenizer: PreTrainedTokenizerBase, chat: Chat) -> list[int]:
    """Prompt ids up to and including the header of the assistant's turn."""
    if tokenizer.chat_template is None:
        raise UserError(
            "this model has no chat template: ttsd needs an instruction-tuned model, for example qwen2.5-coder-0.5b."
        )
    turns = [{"role": message.role, "content": message.content} for message in chat]
    # Templates without a thinking mode ignore the switch; with it on, a short response would end inside its thoughts.
    ids: list[int] = tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_dict=False, enable_thinking=False
    )
    return ids


def end_of_turn_ids(tokenizer: PreTrainedTokenizerBase, declared: int | list[int] | None) -> list[int]:
    """The ids that end a response: the tokenizer's own and those its model declares."""
    more = declared if isinstance(declared, list) else [declared]
    return sorted({token for token in [tokenizer.eos_token_id, *more] if token is not None})
