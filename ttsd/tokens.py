"""From messages to token ids: the ONE call of the chat template, for student and teacher alike."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ttsd.errors import UserError, seen
from ttsd.types import Chat

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SHOWN = 80  # characters of a prompt's end in a sentence


def encode(tokenizer: PreTrainedTokenizerBase, chat: Chat) -> list[int]:
    """Prompt ids up to and including the header of the assistant's turn."""
    ids: list[int] = _apply_template(tokenizer, chat, tokenize=True)
    return ids


def refuse_other_tail(tokenizer: PreTrainedTokenizerBase, student: Chat, teacher: Chat) -> None:
    """Refuse a chat template that does not end both prompts with their last line and the same text behind it.

    Looks at the text before it becomes tokens: where that is the same from the last line on, so are the tokens.
    """
    texts: list[str] = [_apply_template(tokenizer, chat, tokenize=False) for chat in (student, teacher)]
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(*map(reversed, texts), strict=False))
    shared = texts[0][len(texts[0]) - len(list(pairs)) :]
    if student[-1].content.rpartition("\n")[2] not in shared:
        own, other = (seen(text[-_SHOWN:]) for text in texts)
        raise UserError(
            f"the model's chat template ends the student's prompt with {own} and the self-teacher's with {other}; "
            "with such a template only methods without a self-teacher work: --method best-of-k."
        )


def _apply_template(tokenizer: PreTrainedTokenizerBase, chat: Chat, *, tokenize: bool) -> Any:
    if tokenizer.chat_template is None:
        raise UserError(
            "this model has no chat template: ttsd needs an instruction-tuned model, for example qwen2.5-coder-0.5b."
        )
    turns = [{"role": message.role, "content": message.content} for message in chat]
    # Templates without a thinking mode ignore the switch; with it on, a short response would end inside its thoughts.
    return tokenizer.apply_chat_template(
        turns, tokenize=tokenize, add_generation_prompt=True, return_dict=False, enable_thinking=False
    )


def end_of_turn_ids(tokenizer: PreTrainedTokenizerBase, declared: int | list[int] | None) -> list[int]:
    """The ids that end a response: the tokenizer's own and those its model declares."""
    more = declared if isinstance(declared, list) else [declared]
    return sorted({token for token in [tokenizer.eos_token_id, *more] if token is not None})
