"""A teacher that reads the answer: what that does to the student, and that it is noticed."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from ttsd.cli.run import make_method
from ttsd.learning.leaks import leak_share
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure, method_spec
from ttsd.policy import make_sampler
from ttsd.prompts import ask
from ttsd.solver import Budget, Silent, solve
from ttsd.templates import Templates
from ttsd.tokens import encode
from ttsd.types import Problem

SECRET = "def twice(numbers):\n    return [2 * number for number in numbers if number > 0]"
PROMPT = "Write twice(numbers). Explain what you do."


@pytest.mark.parametrize(
    ("response", "leaks"),
    [
        (f"Here it is:\n```python\n{SECRET}\n```", True),
        (f"Here it is: {SECRET[20:]}", True),
        (SECRET.replace("\n    ", " ").replace(" * ", "*"), True),  # blanks are no difference
        (SECRET.replace("number", "x"), False),
        (PROMPT, False),
        ("return [2 * number for x in", False),  # too short
        ("", False),
    ],
    ids=["whole", "a part", "other blanks", "in other words", "the prompt", "a few words", "nothing"],
)
def test_a_response_leaks_when_it_quotes_what_the_student_was_not_shown(response, leaks) -> None:
    assert leak_share([response], SECRET, PROMPT) == float(leaks)


def test_what_the_prompt_shows_too_is_no_leak() -> None:
    assert leak_share([SECRET], SECRET, f"{PROMPT} For example:\n{SECRET}") == 0


def test_a_row_of_marks_is_no_quote() -> None:
    marks = "((((((((((" + "))))))))))"
    assert leak_share([marks], marks, "") == 0
    assert leak_share([marks * 2], marks * 2, "") == 1  # longer than MIN_CHARACTERS it is


def test_the_share_is_that_of_the_responses() -> None:
    assert leak_share([SECRET, "no", "no idea", SECRET], SECRET, PROMPT) == 0.5
    assert leak_share([], SECRET, PROMPT) == 0


RIDDLE = Problem("riddle", "What?", Checks("answer", (Case("one", Tier.FEEDBACK, "text", "seven"),)))
HINT = "seven blue horses stand on a green hill far away."
USUAL = "no idea."
HINTED = ask(RIDDLE, Templates().fill("hint", HINT))


class NeverRight:
    def verify(self, program: Program) -> Verdict:
        return Verdict.of([CaseResult("one", Tier.FEEDBACK, Status.WRONG_ANSWER)], sandbox="none", seconds=0.0)


@pytest.fixture
def told_model(tiny_model, tokenizer):
    """Answers with the hint where its prompt holds it, and else that it has no idea: fitted to these two prompts."""
    pairs = [
        (encode(tokenizer, chat), [*tokenizer.encode(answer), tokenizer.eos_token_id])
        for chat, answer in ((ask(RIDDLE), USUAL), (HINTED, HINT))
    ]
    optimizer = torch.optim.AdamW(tiny_model.parameters(), lr=3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        torch.stack([-mean_logp(tiny_model, *pair) for pair in pairs]).sum().backward()
        optimizer.step()
    optimizer.zero_grad()
    return tiny_model


def mean_logp(model, prompt: list[int], response: list[int]) -> torch.Tensor:
    """Of the response's tokens."""
    logits = model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
    return -cross_entropy(logits, torch.tensor(response))


def test_a_student_begins_to_say_what_only_its_teacher_reads(told_model, tokenizer, record) -> None:
    """OPSD with the answer in the teacher's prompt: what leaks is the answer, not the way to it."""
    config = configure(method="opsd", hint=HINT, max_completion_length=60, learning_rate=1e-2, guard=False)
    objective = method_spec("opsd").objective
    assert objective is not None
    model = add_adapter(told_model, config)

    def said() -> float:
        """Mean log-probability of the hint's first word behind the plain prompt."""
        return mean_logp(model, encode(tokenizer, ask(RIDDLE)), tokenizer.encode(HINT.partition(" ")[0])).item()

    before = said()
    learner = LoraLearner(model, tokenizer, objective(config), config, record, [])
    method = make_method(config, learner, Templates(), lambda _: True)
    solve(RIDDLE, method, make_sampler(model, tokenizer, config), NeverRight(), record, Budget(48, 4), Silent())
    assert before < -3
    assert said() > -1.5
