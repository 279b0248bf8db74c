"""Twelve attacks that any sandbox must survive, 5 s for all of them: what was tried and what got through.

Each plants something on the host where that is needed, runs a program that goes for it, and looks on both sides.
A program that does not come to its end has shown nothing, so that counts as a failure too.
Not promised: that a sandbox which survives is safe. These are the holes that sandboxes of this kind have had.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandboxes import attacks
from sandboxes.contract import processes_with
from sandboxes.errors import SandboxError
from sandboxes.sandbox import ENVIRONMENT, Sandbox
from sandboxes.types import Limits, Program
from sandboxes.verifiers.candidate import Candidate, Ended
from sandboxes.wire import Json

LIMITS = Limits(cpu_s=5, wall_s=10, memory_bytes=512 << 20, processes=24, stdout_bytes=1 << 20)
USUAL_VARIABLES = frozenset((*ENVIRONMENT, "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "HOSTNAME", "TMPDIR"))
GONE_S = 2.0  # within this time nothing may be left


@dataclass(frozen=True, slots=True)
class Canary:
    """One attack. `attack` returns what got through in a few words, nothing when the sandbox held."""

    name: str
    promise: str
    attack: Callable[[Sandbox], str]


def _network(sandbox: Sandbox) -> str:
    """The host listens on its loopback address and on an abstract unix socket; other families must not open."""
    name = f"ttsd-canary-{secrets.token_hex(8)}"
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        for each in (stream, datagram):
            each.bind(("127.0.0.1", 0))
        stream.listen()
        with _abstract_socket(name):
            return _findings(
                sandbox,
                attacks.NETWORK,
                {"stream": stream.getsockname()[1], "datagram": datagram.getsockname()[1], "abstract": name},
            )


@contextmanager
def _abstract_socket(name: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if os.path.exists("/proc/net/unix"):  # Linux alone has abstract names
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(f"\0{name}")
            listener.listen()
        yield


def _host_files(sandbox: Sandbox) -> str:
    with _planted() as folder:
        paths: list[Json] = [str(folder / "secret"), f"/proc/1/root{folder}/secret", "/etc/shadow"]
        here = os.path.abspath(__file__)
        if not here.startswith("/usr/"):  # there it is a part of the system
            paths.append(here)
        return _findings(sandbox, attacks.READ, {"paths": paths})


def _writes(sandbox: Sandbox) -> str:
    with _planted() as folder:
        places: list[Json] = ["/", "/usr", "/etc", "/box", "/dev", "/run", "/var/tmp", "/home", os.path.expanduser("~")]
        found = _findings(sandbox, attacks.WRITE, {"folders": [*places, str(folder)], "file": f"{folder.name}-file"})
        return found or ", ".join(name for name in os.listdir(folder) if name != "secret")


@contextmanager
def _planted() -> Iterator[Path]:
    """A folder of the host that anybody may read and write."""
    with tempfile.TemporaryDirectory(prefix="ttsd-canary-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text("planted")
        (folder / "secret").chmod(0o644)
        yield folder


def _environment(sandbox: Sandbox) -> str:
    """Of the host's environment nothing may be found, in no process that can be looked into."""
    os.environ["TTSD_CANARY"] = "planted"
    try:
        sandbox.close()  # so that what is kept warm is started with this environment
        return _findings(sandbox, attacks.ENVIRONMENT, {"usual": [*USUAL_VARIABLES]})
    finally:
        del os.environ["TTSD_CANARY"]


def _forged_frame(sandbox: Sandbox) -> str:
    ended = _run(sandbox, attacks.program(attacks.FORGED_FRAME, {}))
    if ended.exit_code == 0 or "forged" in ended.stdout:
        return "a frame that the program wrote was taken for the runner's"
    return ""


def _daemon(sandbox: Sandbox) -> str:
    mark = f"7357{secrets.randbelow(10**12)}"
    if found := _findings(sandbox, attacks.DAEMON, {"mark": mark}):
        return found
    deadline = time.monotonic() + GONE_S
    while left := processes_with(mark):
        if time.monotonic() > deadline:
            return f"still running on the host after {GONE_S:g} s: process {left[0]}"
        time.sleep(0.02)
    return ""


def _memory_bomb(sandbox: Sandbox) -> str:
    ended = _run(sandbox, attacks.program(attacks.MEMORY_BOMB, {"bytes": LIMITS.memory_bytes // 4}))
    return "" if "survived" not in ended.stdout else f"eight times {LIMITS.memory_bytes >> 22} MiB were there to be had"


def _fork_bomb(sandbox: Sandbox) -> str:
    return _findings(sandbox, attacks.FORK_BOMB, {"most": LIMITS.processes + 4})


def _kernel_calls(sandbox: Sandbox) -> str:
    return _findings(sandbox, attacks.KERNEL_CALLS, {"numbers": attacks.call_numbers()})


def _processes_seen(sandbox: Sandbox) -> str:
    with _victim() as (process, mark):
        return _findings(sandbox, attacks.PROCESSES, {"pid": process.pid, "mark": mark})


def _signals(sandbox: Sandbox) -> str:
    with _victim() as (process, _):
        found = _findings(sandbox, attacks.SIGNALS, {"pid": process.pid})
        return found or ("a process of the host was killed" if process.poll() is not None else "")


@contextmanager
def _victim() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process of the host, and a text in its command line by which it can be found."""
    mark = f"0.{secrets.randbelow(10**15):015}"
    process = subprocess.Popen(["sleep", "60", mark], start_new_session=True)
    try:
        yield process, mark
    finally:
        process.kill()
        process.wait()


def _output_flood(sandbox: Sandbox) -> str:
    ended = _run(sandbox, attacks.program(attacks.OUTPUT_FLOOD, {}))
    if ended.reason == "output" and len(ended.stdout) <= 3 * LIMITS.stdout_bytes:
        return ""
    return f"endless output ended with {ended.reason!r} after {len(ended.stdout)} characters"


CANARIES = (
    Canary("network", "no network, no socket of the host, no family of sockets but unix", _network),
    Canary("host files", "no file of the host but its system can be read", _host_files),
    Canary("writes", "nothing can be written but /tmp and /dev/shm", _writes),
    Canary("environment", "nothing of the host's environment can be read", _environment),
    Canary("forged frame", "what a program writes is not taken for the runner's word", _forged_frame),
    Canary("daemon", "what a program leaves running ends with its case", _daemon),
    Canary("memory bomb", "processes together get no more memory than the limit", _memory_bomb),
    Canary("fork bomb", "no more processes than the limit", _fork_bomb),
    Canary("kernel calls", "no keyrings, namespaces, tracing, io_uring, bpf or mounts", _kernel_calls),
    Canary("processes seen", "no process of the host can be seen", _processes_seen),
    Canary("signals", "no process of the host can be signalled", _signals),
    Canary("output flood", "endless output is cut off", _output_flood),
)


def _findings(sandbox: Sandbox, attack: str, facts: attacks.Facts) -> str:
    """What the attack prints before its last line, which says that it has tried everything."""
    ended = _run(sandbox, attacks.program(attack, facts))
    *found, last = ended.stdout.splitlines() or [""]
    if last != attacks.TRIED:
        return f"the attack did not come to its end: {ended.failure(LIMITS) or ended.stdout[:200]}"
    return ", ".join(found)


def _run(sandbox: Sandbox, source: str) -> Ended:
    with closing(Candidate(sandbox, Program(source), LIMITS)) as candidate:
        if (error := candidate.compile_error()) is not None:
            raise SandboxError(f"the attack was not run: {error}")
        return candidate.run("")
