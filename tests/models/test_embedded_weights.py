"""The embedded models themselves: slow, and downloads them when they are neither installed nor in the cache."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from ttsd.models import resolve_model

pytestmark = pytest.mark.model
QWEN = "qwen2.5-coder-0.5b"


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(resolve_model(QWEN).location)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello, world!", [9707, 11, 1879, 0]),
        ("def f(x):\n    return x + 12\n", [750, 282, 2075, 982, 262, 470, 856, 488, 220, 16, 17, 198]),
        ("<|im_start|>user<|im_end|><|endoftext|>", [151644, 872, 151645, 151643]),
    ],
)
def test_text_and_chat_tokens_round_trip(tokenizer: PreTrainedTokenizerBase, text: str, ids: list[int]) -> None:
    assert tokenizer.encode(text) == ids
    assert tokenizer.decode(ids) == text


def test_a_chat_opens_and_closes_its_turns(tokenizer: PreTrainedTokenizerBase) -> None:
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    assert text == "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n"


def test_the_model_writes_python_and_stops(tokenizer: PreTrainedTokenizerBase) -> None:
    model = AutoModelForCausalLM.from_pretrained(resolve_model(QWEN).location, dtype=torch.bfloat16)
    assert model.generation_config.eos_token_id == [151645, 151643]
    chat = [{"role": "user", "content": "Write a Python function add(a, b) that returns their sum. Code only."}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    ids = model.generate(**prompt, max_new_tokens=60, do_sample=False)[0, prompt["input_ids"].shape[1] :].tolist()
    answer = tokenizer.decode(ids)
    assert "def add(a, b):" in answer
    assert "return a + b" in answer
    assert ids[-1] == 151645


def test_smollm_splits_digits_from_the_blanks_before_them() -> None:
    tokenizer = AutoTokenizer.from_pretrained(resolve_model("smollm2-135m").location)
    assert tokenizer.tokenize("a  12") == ["a", "ĠĠ", "1", "2"]
