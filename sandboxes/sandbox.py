"""What a sandbox is, and how one is chosen.

A sandbox starts a *guest*: one process tree of its own that exchanges messages with the host. Verifiers know this file
only; each sandbox is a line of the entry-point group `ttsd.sandboxes`.
Not promised: anything about the truth of what a guest says. A guest may lie; the host compares.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from sandboxes.errors import SandboxError, SandboxUnavailable
from sandboxes.types import Limits
from sandboxes.wire import Message

GROUP = "ttsd.sandboxes"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"}  # all that a program finds in its own

DOCKER = "docker"
AUTO = (DOCKER, "bubblewrap", "landlock")  # strongest first; any other is taken only when it is asked for by name


class Strength(StrEnum):
    """What stands between a program and the machine, strongest first."""

    OWN_KERNEL = "own kernel"
    CONTAINER = "container"
    NAMESPACES = "namespaces"
    REDUCED = "reduced"  # the sandbox's module says what is lacking
    UNSAFE = "unsafe"  # nothing does


class GuestGone(Exception):
    """A guest that had become ready ended, or sent what is no message. The program inside may well have done it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a sandbox works on this machine."""

    usable: bool
    facts: tuple[str, ...]  # what was found, one sentence each
    remedy: str = ""  # the command or setting that would make it usable


class Guest(Protocol):
    """A live process tree in a sandbox of its own, for use with `closing`. Not for several threads at once.

    When the guest ends, whatever made it says so (`wire.ENDED`). An end without that is the sandbox's own.
    """

    def send(self, message: Message) -> None:
        """Hand over one message (at most `wire.MAX_FRAME` bytes).

        SandboxOutage, TimeoutError: as for `receive`.
        """

    def receive(self, timeout_s: float) -> Message:
        """The next message. The first call also waits for readiness, on a clock of its own.

        SandboxOutage: it never became ready, the sandbox itself died, or this was closed: nothing was learnt about the
        program; try again on a fresh guest.
        GuestGone: it ended or sent garbage, after it was ready: the program's doing.
        TimeoutError: nothing came within `timeout_s` seconds.
        """

    def close(self) -> None:
        """Kill the whole tree and wait until it is gone. May be called twice."""


class Sandbox(Protocol):
    """A way to run programs that nobody trusts. Safe to share between threads."""

    @property
    def name(self) -> str: ...

    @property
    def strength(self) -> Strength: ...

    def probe(self) -> Probe:
        """Try it, for real. Never raises."""

    def start(self, module: str, limits: Limits) -> Guest:
        """Run `main(descriptor)` of `sandboxes.guest.<module>` in a fresh sandbox, on top of `guest.boot.boot`.

        The descriptor, to read and to write, leads to the host. No other process inside may hold it, and standard
        input and output are /dev/null: a program that takes over whatever the sandbox itself runs inside cannot speak
        for the guest. `guest_files()` is all that is needed of us inside; the rest comes in messages.
        Returns at once; `receive` waits for the guest to say `{"ready": true}`. No network, no environment but
        `ENVIRONMENT`, nothing of the host but its read-only system; scratch in /tmp is `scratch_bytes(limits)` large.
        The limits on CPU, memory, processes, files and output belong to each case: the guest sets them inside.
        SandboxUnavailable: this machine cannot. SandboxOutage: it could not be started this time.
        """

    def close(self) -> None:
        """End what is kept for the next guest. May be called twice; `start` after it begins anew."""


def scratch_bytes(limits: Limits) -> int:
    """What all files of a program together may hold: four of the largest."""
    return 4 * limits.file_bytes


@cache
def guest_files() -> Mapping[str, bytes]:
    """The files that go into a sandbox, by their paths in a folder that is put on `sys.path` there."""
    root = Path(__file__).parent
    names = ["__init__.py", "wire.py", *(f"guest/{path.name}" for path in sorted((root / "guest").glob("*.py")))]
    return {f"sandboxes/{name}": (root / name).read_bytes() for name in names}


@cache
def guest_sources() -> bytes:
    """The same as one text, for a sandbox where they are imported from memory: see `sandboxes.guest.loader`."""
    modules = {path.removesuffix(".py").replace("/", "."): text.decode() for path, text in guest_files().items()}
    return json.dumps({name.removesuffix(".__init__"): source for name, source in modules.items()}).encode()


def guest_command(module: str) -> tuple[str, ...]:
    """Starts a guest where `guest_files()` lie in /box; one more argument is the number of the descriptor."""
    code = (
        "import sys; sys.path.insert(0, '/box'); from sandboxes.guest.boot import boot; "
        f"from sandboxes.guest.{module} import main; boot(main, int(sys.argv[1]))"
    )
    return ("python3", "-I", "-B", "-c", code)


def failure_to_start(sandbox: Sandbox) -> str:
    """Start a guest for real: why that does not work, empty when it does."""
    try:
        with closing(sandbox.start("runner", Limits())) as guest, suppress(TimeoutError):
            guest.receive(0)
    except (SandboxError, GuestGone) as error:
        return str(error)
    return ""


def label(sandbox: Sandbox) -> str:
    """The name by which verdicts and reports call it: with a warning where it is weak."""
    weak = sandbox.strength in (Strength.REDUCED, Strength.UNSAFE)
    return f"{sandbox.name} ({sandbox.strength})" if weak else sandbox.name


def open_sandbox(name: str = "auto", docker_runtime: str = "") -> Sandbox:
    """The sandbox of that name, or the first usable one of `AUTO`, for use with `closing`.

    A `docker_runtime`, such as runsc, leaves no choice but Docker. SandboxUnavailable says what was found and what to
    do.
    """
    known = _registered()
    if docker_runtime:
        if name not in ("auto", DOCKER):
            raise SandboxUnavailable(f"a Docker runtime, {docker_runtime!r}, is of no use to {name}: leave one out")
        name = DOCKER
    if name != "auto" and name not in known:
        listed = ", ".join(sorted(known)) or "none installed"
        raise SandboxUnavailable(f"unknown sandbox {name!r}; use auto or one of: {listed}")
    findings = []
    for wanted in AUTO if name == "auto" else (name,):
        options = {"runtime": docker_runtime} if docker_runtime else {}
        found = _usable(known[wanted], options) if wanted in known else f"{wanted}: not installed"
        if not isinstance(found, str):
            return found
        findings.append(found)
    raise SandboxUnavailable(f"no usable sandbox: {'. '.join(findings)}")


def _usable(entry: EntryPoint, options: Mapping[str, str]) -> Sandbox | str:
    """The sandbox, or why there is none."""
    try:
        sandbox: Sandbox = entry.load()(**options)
    except (ImportError, AttributeError) as error:
        return f"{entry.name}: it cannot be loaded: {error} (remedy: install the package that it needs)"
    probe = sandbox.probe()
    if probe.usable:
        return sandbox
    sandbox.close()
    return f"{entry.name}: {'; '.join(probe.facts)} (remedy: {probe.remedy})"


def _registered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
