"""A GGUF file becomes an ordinary model folder: bfloat16 safetensors, tokenizer, chat template, generation config.

transformers reads GGUF, but slowly, and a model it keeps packed can neither be trained nor saved; so the file is
unpacked once. The weights are what the file holds: unpacking does not undo its quantisation, and an output head that
the file stores separately stays separate from the embedding. Importing this module does not import torch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from ttsd.errors import UserError, reason

# Tokens that end an answer, whichever of them a file names: a chat model may stop with either of its two.
_END_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<end_of_turn>")


def convert(gguf: Path, target: Path, report: Callable[[str], None]) -> None:
    """Write the model in `gguf` to the new folder `target`; a UserError when transformers cannot read the file."""
    _check_magic(gguf)
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ModuleNotFoundError as error:
        raise UserError(f"converting {gguf.name} needs the package {error.name}: pip install 'ttsd[local]'") from error
    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    try:
        report("reading the tokenizer")
        with _without_progress_bars():
            tokenizer = AutoTokenizer.from_pretrained(**where)
        report("unpacking the weights (about a minute for each billion parameters)")
        unpack = GgufConfig(dequantize=True)
        with _without_progress_bars():
            model = AutoModelForCausalLM.from_pretrained(**where, quantization_config=unpack, dtype=torch.bfloat16)
    except OSError:
        raise  # a full disk, say: the caller knows the remedy
    except Exception as error:  # a damaged file surfaces as an error of some library's own
        raise UserError(
            f"transformers cannot read {gguf.name} ({reason(error)}): use another GGUF file, a model folder or a hub id"
        ) from error
    report("saving")
    _mend_digits(tokenizer, gguf)
    with _without_progress_bars():
        _save(model, tokenizer, target)


def _check_magic(gguf: Path) -> None:
    with gguf.open("rb") as file:
        magic = file.read(4)
    if magic != b"GGUF":
        raise UserError(f"{gguf} starts with {magic!r}, not with b'GGUF': give --model a GGUF file or a model folder")


def _save(model: Any, tokenizer: Any, target: Path) -> None:
    """OSError when it cannot be written, a full disk among the reasons."""
    from safetensors import SafetensorError
    from transformers import GenerationConfig

    model.hf_quantizer = None  # save_pretrained refuses while it is set, although every weight is unpacked
    # A fresh one: the config that from_pretrained derives is marked as derived, and is derived again at loading.
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=end_ids(tokenizer), pad_token_id=tokenizer.pad_token_id
    )
    try:
        model.save_pretrained(target)
    except SafetensorError as error:
        raise OSError(reason(error)) from error
    tokenizer.save_pretrained(target)


def end_ids(tokenizer: Any) -> list[int]:
    """Ids of the tokens that end an answer, the tokenizer's own first."""
    known = {token.content: index for index, token in tokenizer.added_tokens_decoder.items() if token.special}
    own = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    return own + [known[token] for token in _END_TOKENS if token in known and known[token] not in own]


def _mend_digits(tokenizer: Any, gguf: Path) -> None:
    """Split digits off before anything else, as the SmolLM2 vocabulary was learned; transformers 5.23 does not know."""
    from tokenizers import pre_tokenizers
    from transformers.integrations.gguf.reader import read_gguf_metadata

    metadata, _ = read_gguf_metadata(str(gguf))
    if metadata.get("tokenizer.ggml.pre") != "smollm":
        return
    digits = pre_tokenizers.Digits(individual_digits=True)
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, letters])


def _without_progress_bars() -> redirect_stderr[StringIO]:
    """transformers draws bars on standard error, some of which it cannot be told to leave out; `report` speaks."""
    return redirect_stderr(StringIO())
