"""A model that cannot be loaded is one sentence, whatever library finds the fault."""

import pytest
import torch

from ttsd.config import configure
from ttsd.errors import UserError
from ttsd.models import resolve_model
from ttsd.policy import load_model


@pytest.fixture
def folder(tiny_model, tokenizer, tmp_path):
    tiny_model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def load(folder):
    return load_model(resolve_model(str(folder)), configure(dtype="float32", device="cpu"))


def refused(folder) -> str:
    with pytest.raises(UserError, match=r"cannot load the model '.*'") as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_loads_with_its_weights_and_tokenizer(folder, tiny_model, tokenizer) -> None:
    model, loaded = load(folder)
    assert torch.equal(model.lm_head.weight, tiny_model.lm_head.weight)
    assert loaded.encode("abc") == tokenizer.encode("abc")


def test_truncated_weights_are_refused(folder) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "SafetensorError" in refused(folder)


def test_a_damaged_configuration_is_refused(folder) -> None:
    (folder / "config.json").write_text('{"model_type": "qwen2", "hidden_size": "wide"}')
    refused(folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_without_a_gpu_names_the_remedy(folder) -> None:
    with pytest.raises(UserError, match="--device cpu"):
        load_model(resolve_model(str(folder)), configure(device="cuda"))
