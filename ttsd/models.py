"""Where weights come from: a hub id, a local folder, a `.gguf` file, or a model that installs as packages.

`resolve_model` turns what a user typed after `--model` into something `from_pretrained` accepts. GGUF files, the user's
own and the embedded ones, are converted once into the cache and reused. A folder in the cache is complete or absent:
it is written beside its place and renamed. Hub ids are passed on unread; whether they exist is for transformers to
say. Importing this module does not import torch.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ttsd.conversion import convert
from ttsd.embedded import EMBEDDED, Embedded, assemble, remove
from ttsd.errors import UserError, did_you_mean

Report = Callable[[str], None]
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that can be loaded now."""

    name: str  # as the user gave it
    kind: Literal["embedded", "gguf", "folder", "hub"]
    location: str  # for `from_pretrained`: a folder, or a hub id
    sha256: str = ""  # of the GGUF file it was made from; empty for a folder and a hub id


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A line of `ttsd models list`."""

    name: str
    title: str
    licence: str
    download_bytes: int
    path: Path | None  # None: not pulled yet


def _say_nothing(_: str) -> None:
    """The default report."""


def cache_folder() -> Path:
    """`$TTSD_CACHE`, else `$XDG_CACHE_HOME/ttsd`, else `~/.cache/ttsd`."""
    if own := os.environ.get("TTSD_CACHE"):
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ttsd"


def resolve_model(name: str, cache: Path | None = None, report: Report = _say_nothing) -> ModelSource:
    """What `--model NAME` means. Converts a GGUF file when that has not been done yet: seconds to minutes."""
    if name in EMBEDDED:
        return embedded_source(EMBEDDED[name], cache, report)
    if not name:
        raise UserError("--model is empty: give it a hub id, a folder, a .gguf file or an embedded name")
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        return _gguf_source(name, path, cache, report)
    if path.is_dir():
        return _folder_source(name, path)
    if _HUB_ID.fullmatch(name):
        return ModelSource(name, "hub", name)
    raise UserError(_unknown(name))


def list_models(cache: Path | None = None) -> list[ModelEntry]:
    """The embedded models, and which of them are in the cache."""
    return [
        ModelEntry(model.name, model.title, model.licence, model.size_bytes, _if_present(_target(model, cache)))
        for model in EMBEDDED.values()
    ]


def pull(name: str, cache: Path | None = None, report: Report = _say_nothing) -> Path:
    """Bring an embedded model into the cache and say where it is; nothing is done when it is there."""
    return Path(embedded_source(_embedded(name), cache, report).location)


def model_path(name: str, cache: Path | None = None) -> Path:
    """The folder of an embedded model that has been pulled."""
    if path := _if_present(_target(_embedded(name), cache)):
        return path
    raise UserError(f"{name} has not been pulled yet: ttsd models pull {name}")


def embedded_source(model: Embedded, cache: Path | None, report: Report = _say_nothing) -> ModelSource:
    """Assemble, check and convert an embedded model, unless the cache has it."""
    target = _target(model, cache)
    with _building(target, report) as scratch:
        if scratch:
            gguf = scratch / "weights.gguf"
            assemble(model, gguf, report)
            _convert_into(target, gguf, scratch, report)
    return ModelSource(model.name, "embedded", str(target), model.sha256)


def _gguf_source(name: str, path: Path, cache: Path | None, report: Report) -> ModelSource:
    if not path.is_file():
        raise UserError(f"there is no file {name}: give --model an existing .gguf file, a model folder or a hub id")
    report(f"reading {path.name}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target = _models(cache) / f"{path.stem}-{digest[:12]}"
    with _building(target, report) as scratch:
        if scratch:
            _convert_into(target, path, scratch, report)
    return ModelSource(name, "gguf", str(target), digest)


def _folder_source(name: str, path: Path) -> ModelSource:
    if not (path / "config.json").is_file():
        raise UserError(f"the folder {name} holds no config.json: give --model a folder written by save_pretrained")
    return ModelSource(name, "folder", str(path.resolve()))


def _embedded(name: str) -> Embedded:
    if name in EMBEDDED:
        return EMBEDDED[name]
    if _HUB_ID.fullmatch(name):
        raise UserError(f"{name!r} is a hub id, which needs no pull: ttsd solve PROBLEM --model {name} fetches it")
    raise UserError(_unknown(name))


def _unknown(name: str) -> str:
    hint = did_you_mean(name.lower(), EMBEDDED) or "; a hub id is written owner/name"
    known = ", ".join(EMBEDDED)
    return f"{name!r} is not an embedded model ({known}), nor a .gguf file, a model folder or a hub id{hint}"


def _models(cache: Path | None) -> Path:
    return (cache or cache_folder()) / "models"


def _target(model: Embedded, cache: Path | None) -> Path:
    # The hash is part of the name, so that another file never passes for this one.
    return _models(cache) / f"{model.name}-{model.sha256[:12]}"


def _if_present(path: Path) -> Path | None:
    return path if path.is_dir() else None


@contextmanager
def _building(target: Path, report: Report) -> Iterator[Path | None]:
    """An empty scratch folder beside `target`, for one process at a time; None when `target` is there already."""
    if target.is_dir():
        yield None
        return
    scratch = target.parent / f".{target.name}.partial"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent / f".{target.name}.lock", report):
            if target.is_dir():  # another process built it while this one waited
                yield None
                return
            remove(scratch)  # of a process that was killed: whoever holds the lock is alone
            scratch.mkdir()
            try:
                yield scratch
            finally:
                remove(scratch)
    except OSError as error:
        raise UserError(
            f"could not make {target} ({error}): make room there, or set TTSD_CACHE to a folder you can write"
        ) from error


@contextmanager
def _locked(path: Path, report: Report) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another process that is making the same model")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _convert_into(target: Path, gguf: Path, scratch: Path, report: Report) -> None:
    made = scratch / "model"
    convert(gguf, made, report)
    for path in [*made.iterdir(), made]:
        _sync(path)
    made.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Until its bytes are on the disk, a renamed folder may be empty after a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
