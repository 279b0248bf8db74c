"""From messages to token ids: the ONE call of the chat template, for student and teacher alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttsd.errors import UserError, seen
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


def refuse_other_tail(tokenizer: PreTrainedTokenizerBase, student: Chat, teacher: Chat) -> None:
    """Refuse a chat template that ends the two prompts differently behind the last line that they share."""
    tails = [_tail(tokenizer, chat) for chat in (student, teacher)]
    if tails[0] != tails[1]:
        raise UserError(
            f"the model's chat template ends the student's prompt with {seen(tails[0])} and the self-teacher's with "
            f"{seen(tails[1])}; with such a template only methods without a self-teacher work: --method best-of-k."
        )


def _tail(tokenizer: PreTrainedTokenizerBase, chat: Chat) -> str:
    """The last line of the last turn and all that the template puts behind it."""
    text: str = tokenizer.decode(encode(tokenizer, chat))
    last_line = chat[-1].content.rpartition("\n")[2]
    return last_line + text.rpartition(last_line)[2]


def end_of_turn_ids(tokenizer: PreTrainedTokenizerBase, declared: int | list[int] | None) -> list[int]:
    """The ids that end a response: the tokenizer's own and those its model declares."""
    more = declared if isinstance(declared, list) else [declared]
    return sorted({token for token in [tokenizer.eos_token_id, *more] if token is not None})
