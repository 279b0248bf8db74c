"""Shared across the suite: a two-layer model with a byte tokenizer, and a small problem. Nothing is downloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes.types import Case, CaseResult, Checks, Limits, Status, Tier, Verdict
from ttsd.types import Attempt, Problem


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; review the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compares a text with the file of that name in the folder `golden` beside the test."""

    def compare(name: str, text: str) -> None:
        file = Path(request.path).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text + "\n", f"{name} has changed: see --update-golden"

    return compare


@pytest.fixture
def problem() -> Problem:
    """Write add(a, b): one case in every tier."""
    tests = {
        "shown": (Tier.SAMPLE, [1, 2], 3),
        "told": (Tier.FEEDBACK, [2, 2], 4),
        "hidden": (Tier.CONFIRM, [977, 1], 978),
    }
    cases = tuple(Case(name, tier, arguments, total) for name, (tier, arguments, total) in tests.items())
    limits = Limits(cpu_s=2, wall_s=5)
    return Problem(
        "add", "Write add(a, b), the sum.", Checks("function", cases, limits, entry="add"), source="test:add"
    )


@pytest.fixture
def judged():
    """A verdict for the problem above from the statuses of its cases, in order."""

    def verdict(*statuses: Status, actual: str = "", error: str = "") -> Verdict:
        names = (("shown", Tier.SAMPLE), ("told", Tier.FEEDBACK), ("hidden", Tier.CONFIRM))
        rows = [CaseResult(id, tier, status, actual, error) for (id, tier), status in zip(names, statuses, strict=True)]
        return Verdict.of(rows, sandbox="test", seconds=0.0)

    return verdict


@pytest.fixture
def attempt():
    """Attempt k with this response."""

    def make(k: int, response: str = "answer", **fields) -> Attempt:
        ids = tuple(response.encode())
        usual = {"logprobs": (-1.0,) * len(ids), "finish_reason": "stop"}
        return Attempt(k, 0, 0, response, ids, **{**usual, **fields})

    return make


@pytest.fixture(scope="session")
def tokenizer():
    """Bytes as tokens, a chat template, <end> ends a turn."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<end>")
    fast.chat_template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}<end>{% endfor %}[assistant]"
    return fast


@pytest.fixture
def tiny_model(tokenizer):
    """Two layers of Qwen2's architecture with fixed random weights, in single precision."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        tie_word_embeddings=False,
        initializer_range=0.3,
    )
    return Qwen2ForCausalLM(config).eval()


RECURSION_LIMIT = sys.getrecursionlimit()


@pytest.fixture(autouse=True)
def recursion_limit() -> Iterator[None]:
    """Programs that a test runs in this process may raise it, and how deep is too deep would depend on the order."""
    yield
    sys.setrecursionlimit(RECURSION_LIMIT)
