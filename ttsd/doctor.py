"""What works on this machine and what does not: the library behind `ttsd doctor`.

Every finding is tried rather than looked up where that is possible: a sandbox counts as working when a small program
passed its test in it. A finding that is not ok carries the sentence that mends it. Nothing here raises, whatever is
missing or broken, and nothing is downloaded or changed.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from tempfile import TemporaryFile

from sandboxes.sandbox import AUTO, GROUP, Sandbox
from sandboxes.types import Case, Checks, Program, Status, Tier
from sandboxes.verifiers.base import make_verifier
from ttsd.errors import reason
from ttsd.models import cache_folder, list_models

_GIB = 1 << 30
_DISK_BYTES = 4 * _GIB  # the smaller Qwen: 0.5 to download, 1.3 converted, and adapters
_MEMORY_BYTES = 8 * _GIB  # the smaller Qwen, sampling and learning


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    ok: bool
    detail: str
    remedy: str = ""  # a sentence; empty when nothing needs mending
    needed: bool = True  # False: a run can do without


_Check = tuple[str, Callable[[], Finding]]  # what it looks at, and how


def findings() -> list[Finding]:
    """Everything a run depends on, in the order in which it should be mended. Takes seconds: it imports torch."""
    sandboxes: list[_Check] = [
        (f"sandbox {entry.name}", partial(_sandbox, entry)) for entry in entry_points(group=GROUP)
    ]
    checks: list[_Check] = [
        ("python", _python),
        ("torch", _torch),
        ("transformers", partial(_package, "transformers")),
        ("peft", partial(_package, "peft")),
        *sandboxes,
        ("cache", _cache),
        ("embedded model", _embedded_model),
        ("disk", _disk),
        ("memory", _memory),
    ]
    found = [_tried(subject, check) for subject, check in checks]
    return [*found, _taken([finding.subject for finding in found if finding.ok])]


def _tried(subject: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # whatever is broken is what the user wants to be told
        remedy = f"Mend or reinstall what {subject} needs, then run `ttsd doctor` again."
        return Finding(subject, False, reason(error), remedy)


def _python() -> Finding:
    return Finding("python", True, ".".join(map(str, sys.version_info[:3])))


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed", "Install it with: pip install 'ttsd[local]'.")


def _torch() -> Finding:
    found = _package("torch")
    if not found.ok:
        return found
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return Finding("torch", True, f"{found.detail}, on {torch.cuda.get_device_name()}")
    return Finding("torch", True, f"{found.detail}, on the CPU with {torch.get_num_threads()} threads")


def _taken(working: list[str]) -> Finding:
    """Which sandbox `--sandbox auto` will take."""
    for name in AUTO:
        if f"sandbox {name}" in working:
            return Finding("sandbox auto", True, f"takes {name}")
    return Finding("sandbox auto", False, "no sandbox works here", f"Mend one of {', '.join(AUTO)} as said above.")


def _sandbox(entry: EntryPoint) -> Finding:
    """Run one small program and have it judged."""
    subject = f"sandbox {entry.name}"
    sandbox: Sandbox
    with closing(entry.load()()) as sandbox:
        probe = sandbox.probe()
        if not probe.usable:
            return Finding(subject, False, "; ".join(probe.facts), probe.remedy, needed=False)
        verifier = make_verifier(Checks("stdio", (Case("sum", Tier.SAMPLE, "1 2\n", "3\n"),)), sandbox)
        verdict = verifier.verify(Program("print(sum(map(int, input().split())))"))
    if verdict.status is Status.PASS:
        return Finding(subject, True, f"ran and judged a program in {verdict.seconds:.2f} s")
    detail = verdict.detail or f"a correct program was judged {verdict.status}"
    return Finding(subject, False, detail, "Report this with the line above; until then use another sandbox.")


def _embedded_model() -> Finding:
    entries = list_models()
    if pulled := [entry.name for entry in entries if entry.path]:
        return Finding("embedded model", True, f"pulled: {', '.join(pulled)}")
    return Finding("embedded model", False, "none is pulled", f"Get one with: ttsd models pull {entries[0].name}.")


def _cache() -> Finding:
    """Write a file without a name, which is gone when it is closed."""
    folder = cache_folder().absolute()
    try:
        with TemporaryFile(dir=_existing(folder)):
            return Finding("cache", True, f"{folder} can be written")
    except OSError as error:
        remedy = "Set TTSD_CACHE to a folder that you can write: converted models are kept there."
        return Finding("cache", False, f"{folder} cannot be written ({error.strerror})", remedy)


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest above it that is there and may be looked at."""
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))


def _disk() -> Finding:
    folder = cache_folder().absolute()
    free = shutil.disk_usage(_existing(folder)).free
    remedy = f"Free {_gib(_DISK_BYTES)} there, or set TTSD_CACHE to a folder on a larger disk."
    return _amount("disk", free, _DISK_BYTES, f"free for {folder}", remedy)


def _memory() -> Finding:
    remedy = f"The embedded model wants {_gib(_MEMORY_BYTES)}: close other programs, or lower the group size."
    return _amount("memory", _free_memory_bytes(), _MEMORY_BYTES, "available", remedy)


def _amount(subject: str, have: int, want: int, what: str, remedy: str) -> Finding:
    return Finding(subject, have >= want, f"{_gib(have)} {what}", "" if have >= want else remedy)


def _gib(count: int) -> str:
    return f"{count / _GIB:.1f} GiB"


def _free_memory_bytes() -> int:
    """What the kernel could hand out now, and no more than a container may still take."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1024
    group = Path("/sys/fs/cgroup")
    limit, used = group / "memory.max", group / "memory.current"
    if limit.exists() and (most := limit.read_text().strip()) != "max":
        free = min(free, int(most) - int(used.read_text()))
    return free
