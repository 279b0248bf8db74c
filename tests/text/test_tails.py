"""Student and self-teacher answer behind the same end of the prompt, or the chat template is refused."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from sandboxes.types import Status
from ttsd.errors import UserError
from ttsd.methods.prompting import attempt_history, feedback_history
from ttsd.prompts import ask, format_instruction
from ttsd.reprompt import example, teacher_context
from ttsd.tokens import encode, refuse_other_tail
from ttsd.types import Feedback, Problem, Rollout

TURNS = "{% for m in messages %}[{{ m.role }}]{{ m.content }}<end>{% endfor %}"
QWEN3 = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
)
LLAMA = (
    "{{ '<s>' }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]"
    "{% else %} {{ m.content | trim }}</s>{% endif %}{% endfor %}"
)
# Each ends a long user turn otherwise than a short one.
LONG = "messages[-1].content | length > 200"
OTHER_ENDS = {
    "thoughts": TURNS + "[assistant]{% if " + LONG + " %}<think>{% endif %}",
    "another header": TURNS + "{% if " + LONG + " %}[model]{% else %}[assistant]{% endif %}",
    "the last line is gone": "{% for m in messages %}{{ m.content[:30] }}{% endfor %}[assistant]",
    "more behind the last line": "{% for m in messages %}{{ m.content }}{% if "
    + LONG
    + " %} /think{% endif %}{% endfor %}[assistant]",
}


@pytest.fixture
def speaking(tokenizer):
    """The tokenizer with another chat template."""

    def make(template: str):
        copy = deepcopy(tokenizer)
        copy.chat_template = template
        return copy

    return make


@pytest.mark.parametrize("template", OTHER_ENDS.values(), ids=OTHER_ENDS)
def test_a_template_that_ends_the_prompts_differently_is_refused(speaking, problem: Problem, template: str) -> None:
    with pytest.raises(UserError, match=r"the model's chat template ends .* --method best-of-k\.$"):
        refuse_other_tail(speaking(template), ask(problem), example(problem))


@pytest.mark.parametrize("template", [TURNS + "[assistant]", QWEN3, LLAMA], ids=["plain", "qwen3", "llama"])
def test_a_usual_template_is_not_refused(speaking, problem: Problem, attempt, judged, template: str) -> None:
    tokenizer = speaking(template)
    said = Rollout(attempt(1), judged(*[Status.WRONG_ANSWER] * 3), Feedback("It fails."))
    turns = [policy(lambda _: True)(problem, [said], 1)[0] for policy in (feedback_history, attempt_history)]
    context = teacher_context(problem, said.feedback)
    assert context is not None
    for chat in (*turns, context.chat, example(problem), ask(problem)):
        refuse_other_tail(tokenizer, ask(problem), chat)


def test_a_statement_that_quotes_the_last_line_hides_no_difference(speaking, problem: Problem) -> None:
    quoting = replace(problem, statement=f"{format_instruction(problem)}\n\n{problem.statement}")
    with pytest.raises(UserError, match="chat template ends"):
        refuse_other_tail(speaking(OTHER_ENDS["thoughts"]), ask(problem), example(quoting))
    refuse_other_tail(speaking(TURNS + "[assistant]"), ask(quoting), example(quoting))


def test_what_is_not_refused_has_the_same_tokens_from_the_last_line_on(tokenizer, problem: Problem) -> None:
    student, teacher = (encode(tokenizer, chat) for chat in (ask(problem), example(problem)))
    length = len(tokenizer.encode(format_instruction(problem) + "<end>[assistant]"))
    assert student[-length:] == teacher[-length:]


def test_a_tokenizer_without_a_chat_template_is_refused(speaking, problem: Problem) -> None:
    with pytest.raises(UserError, match="this model has no chat template"):
        refuse_other_tail(speaking(None), ask(problem), example(problem))
