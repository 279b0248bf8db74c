"""A model that cannot be loaded is one sentence, whatever library finds the fault."""

import threading
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest
import torch
from huggingface_hub import constants

from ttsd.errors import UserError
from ttsd.methods.base import configure
from ttsd.models import resolve_model
from ttsd.policy import _hub_answers, load_model


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


def test_a_hub_that_does_not_answer_is_asked_once_and_named(monkeypatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(UserError, match=r"http://127.0.0.1:9 does not answer.*; name a hub id that can be reached"):
        load_model(resolve_model("nobody/nothing"), configure(device="cpu"))
    assert time.monotonic() - began < 10


def test_a_hub_that_answers_is_found(monkeypatch) -> None:
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request).start()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        assert _hub_answers()


def test_what_the_hub_gave_earlier_loads_without_it(folder, tmp_path, monkeypatch) -> None:
    entry = tmp_path / "hub/models--nobody--tiny"
    (entry / "refs").mkdir(parents=True)
    (entry / "refs/main").write_text("abc")
    (entry / "snapshots/abc").mkdir(parents=True)
    for file in folder.glob("*.*"):
        file.rename(entry / "snapshots/abc" / file.name)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    began = time.monotonic()
    load_model(resolve_model("nobody/tiny"), configure(dtype="float32", device="cpu"))
    assert time.monotonic() - began < 10


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_without_a_gpu_names_the_remedy(folder) -> None:
    with pytest.raises(UserError, match="--device cpu"):
        load_model(resolve_model(str(folder)), configure(device="cuda"))
