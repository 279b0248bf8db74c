"""A model of two thousand parameters in the real GGUF format, and a package that carries it in parts."""

import hashlib
import zipfile
from pathlib import Path

import gguf
import numpy as np
from transformers.convert_slow_tokenizer import bytes_to_unicode

from ttsd.embedded import Embedded, Part

WIDTH, INNER, HEADS = 8, 16, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def write_gguf(path: Path) -> Path:
    """A one-layer Qwen2 with a byte-level vocabulary, one merge and three special tokens."""
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens = [*bytes_to_unicode().values(), "ab", *SPECIAL]
    _add_tokenizer(writer, tokens)
    for name, shape in _shapes(len(tokens)).items():
        values = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    plain, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([control if token in SPECIAL else plain for token in tokens])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}")


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    square = {f"blk.0.attn_{name}.weight": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
    biases = {f"blk.0.attn_{name}.bias": (WIDTH,) for name in "qkv"}
    norms = {f"{name}_norm.weight": (WIDTH,) for name in ("blk.0.attn", "blk.0.ffn", "output")}
    body = {"blk.0.ffn_gate.weight": (INNER, WIDTH), "blk.0.ffn_up.weight": (INNER, WIDTH)}
    ends = {"token_embd.weight": (vocabulary, WIDTH), "output.weight": (vocabulary, WIDTH)}
    return square | biases | norms | body | {"blk.0.ffn_down.weight": (WIDTH, INNER)} | ends


def embedded(content: bytes) -> Embedded:
    """A model in two parts, `tiny_part_1/data.bin` and `tiny_part_2/data.bin`."""
    parts = tuple(Part(f"tiny-part-{n}==1.0", f"tiny_part_{n}/data.bin") for n in (1, 2))
    return Embedded("tiny", "Tiny", "none", len(content), hashlib.sha256(content).hexdigest(), parts)


def install(content: bytes, site: Path) -> None:
    """Put the two packages where Python finds them. Importing either is an error."""
    for n, piece in enumerate(_halves(content), start=1):
        package = site / f"tiny_part_{n}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise AssertionError('the package was imported')")
        (package / "data.bin").write_bytes(piece)


def build_wheels(content: bytes, folder: Path) -> None:
    """Write the two packages as wheels that pip accepts."""
    folder.mkdir()
    for n, piece in enumerate(_halves(content), start=1):
        info = f"tiny_part_{n}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"tiny_part_{n}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tiny_part_{n}/data.bin", piece)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part-{n}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")


def _halves(content: bytes) -> tuple[bytes, bytes]:
    return content[: len(content) // 2], content[len(content) // 2 :]
