"""Assembling and converting, on a tiny model in the real format: it happens once, and is complete or absent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_gguf
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from ttsd.errors import UserError
from ttsd.models import embedded_source, resolve_model


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture
def content(gguf_file: Path) -> bytes:
    return gguf_file.read_bytes()


@pytest.fixture
def installed(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_gguf.install(content, tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")


def kept(cache: Path) -> list[str]:
    """What the cache holds, the empty lock files apart."""
    return sorted(path.name for path in (cache / "models").iterdir() if path.suffix != ".lock")


def test_a_gguf_file_becomes_a_folder_with_the_same_weights(gguf_file: Path, tmp_path: Path) -> None:
    source = resolve_model(str(gguf_file), tmp_path)
    model = AutoModelForCausalLM.from_pretrained(source.location)
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert (model.config.hidden_size, str(model.dtype), tied) == (8, "torch.bfloat16", False)


def test_tokenizer_template_and_end_tokens_survive(gguf_file: Path, tmp_path: Path) -> None:
    location = resolve_model(str(gguf_file), tmp_path).location
    tokenizer = AutoTokenizer.from_pretrained(location)
    chat = tokenizer.apply_chat_template([{"role": "user", "content": "abc"}], tokenize=False)
    assert chat == "<|im_start|>user\nabc<|im_end|>\n"
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("abc<|im_end|>")) == ["ab", "c", "<|im_end|>"]
    ends = GenerationConfig.from_pretrained(location).eos_token_id
    assert tokenizer.convert_ids_to_tokens(ends) == ["<|im_end|>", "<|endoftext|>"]


@pytest.mark.usefixtures("installed")
def test_a_model_is_converted_once(content: bytes, tmp_path: Path) -> None:
    said: list[str] = []
    first = embedded_source(tiny_gguf.embedded(content), tmp_path, said.append)
    assert "tiny: part 2 of 2, installed" in said
    said.clear()
    assert embedded_source(tiny_gguf.embedded(content), tmp_path, said.append) == first
    assert said == []


@pytest.mark.usefixtures("installed")
def test_two_that_come_at_once_convert_once(content: bytes, tmp_path: Path) -> None:
    said: list[str] = []
    model = tiny_gguf.embedded(content)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: embedded_source(model, tmp_path, said.append), range(2)))
    assert both[0] == both[1]
    assert said.count("saving") == 1


def test_parts_that_are_not_installed_are_read_from_wheels(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_gguf.build_wheels(content, tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    source = embedded_source(tiny_gguf.embedded(content), tmp_path)
    assert kept(tmp_path) == [Path(source.location).name]


def test_a_missing_part_is_one_sentence_and_leaves_nothing(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(UserError, match="could not get tiny: part 1 of 2") as caught:
        embedded_source(tiny_gguf.embedded(content), tmp_path)
    assert "\n" not in str(caught.value)
    assert kept(tmp_path) == []


@pytest.mark.usefixtures("installed")
def test_a_wrong_hash_is_one_sentence_and_leaves_nothing(content: bytes, tmp_path: Path) -> None:
    model = replace(tiny_gguf.embedded(content), sha256="0" * 64)
    with pytest.raises(UserError, match=r"SHA-256 .* where 0000.* is expected"):
        embedded_source(model, tmp_path)
    assert kept(tmp_path) == []


def test_a_file_that_is_not_gguf_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(UserError, match=r"starts with b'<htm'"):
        resolve_model(str(tmp_path / "page.gguf"), tmp_path)
    assert kept(tmp_path) == []


def test_a_truncated_gguf_is_one_sentence_and_leaves_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"half\.gguf"):
        resolve_model(str(tmp_path / "half.gguf"), tmp_path)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("stage", ["reading the tokenizer", "saving"])
def test_an_interrupted_conversion_leaves_nothing(gguf_file: Path, tmp_path: Path, stage: str) -> None:
    def interrupt(message: str) -> None:
        if message == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resolve_model(str(gguf_file), tmp_path, interrupt)
    assert kept(tmp_path) == []


def test_what_a_killed_conversion_left_is_cleared_by_the_next(gguf_file: Path, tmp_path: Path) -> None:
    location = Path(resolve_model(str(gguf_file), tmp_path).location)
    left = location.with_name(f".{location.name}.partial")
    location.rename(left)
    assert resolve_model(str(gguf_file), tmp_path).location == str(location)
    assert kept(tmp_path) == [location.name]


def test_a_cache_that_cannot_be_written_is_one_sentence(gguf_file: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="set TTSD_CACHE"):
        resolve_model(str(gguf_file), tmp_path)
