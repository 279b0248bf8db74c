"""The host's side of `sandboxes.guest.nursery`: one launcher that bears guests until it is closed or dies.

Safe to share between threads. It ends when this process does, however that ends: it reads from a socket of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandboxes import seccomp
from sandboxes.cgroups import Cgroups, Group
from sandboxes.errors import SandboxOutage
from sandboxes.guest.nursery import BORN, MAX_REQUEST, Request
from sandboxes.guest.runner import OWN_MEMORY_BYTES
from sandboxes.process import ProcessGuest
from sandboxes.sandbox import Guest, guest_command, guest_files, scratch_bytes
from sandboxes.types import Limits

NOBODY = 65534
SHARED_MEMORY_BYTES = 32 << 20
MOST_FILES = 16_384
OWN_PROCESSES = 3  # the first one, the runner, and one that is being forked
PATIENCE_S = 30.0  # a birth takes 5 ms, the first one 40; a machine under heavy load takes seconds
NO_ENVIRONMENT: dict[str, str] = {}  # bwrap's own stays readable inside, as /proc/1/environ


class Nursery:
    """Runs `launcher`, which must understand bubblewrap's options. SandboxOutage when it does not come up."""

    def __init__(self, launcher: Sequence[str], options: Sequence[str], cgroups: Cgroups) -> None:
        self._cgroups = cgroups
        self._lock = threading.Lock()
        self._last_words = ""
        self._filter = seccomp.filter_program().hex()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE_S)
        with theirs:
            self._process = _launch(launcher, options, theirs.fileno())
        self._answer()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def bear(self, module: str, limits: Limits) -> Guest:
        """A guest that runs `main` of `sandboxes.guest.<module>`."""
        scratch = {"/tmp": scratch_bytes(limits), "/dev/shm": SHARED_MEMORY_BYTES}
        request = Request(module=module, uid=NOBODY, scratch=scratch, most_files=MOST_FILES, filter=self._filter)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                first = self._ask(request, theirs)
            except SandboxOutage:
                ours.close()
                raise
        group = self._cgroups.take(_all_memory(limits), limits.processes + OWN_PROCESSES)
        born = Born(first, self, self._cgroups, group)
        born.join_group()
        ours.send(b"\n")  # nothing of it runs before it is told to
        return ProcessGuest(ours, born.end)

    def _ask(self, request: Request, channel: socket.socket) -> int:
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [channel.fileno()])
            except OSError as error:
                raise self._lost(str(error)) from error
            (first,) = self._answer()
        return first

    def _answer(self) -> list[int]:
        """The descriptors that come with the answer."""
        try:
            text, descriptors, *_ = socket.recv_fds(self._control, MAX_REQUEST, 1)
        except OSError as error:  # TimeoutError among them
            raise self._lost(str(error)) from error
        if text != BORN:
            raise self._lost(text.decode(errors="replace") or "it ended")
        return descriptors

    def _lost(self, reason: str) -> SandboxOutage:
        self.close()
        return SandboxOutage(f"the sandbox did not start: {self._last_words or reason}")

    def complaints(self) -> str:
        """What was written to standard error since this was asked for; after the end, all that came last."""
        assert self._process.stderr is not None  # it is always started with a pipe
        if not self._process.stderr.closed:
            self._last_words = (self._process.stderr.read(2000) or b"").decode(errors="replace").strip()
        return self._last_words

    def close(self) -> None:
        """Hang up, upon which everything inside ends; wait for that."""
        self._control.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.complaints()
        if self._process.stderr is not None:
            self._process.stderr.close()


@dataclass(frozen=True, slots=True)
class Born:
    """A living guest. `first` is a descriptor of its first process."""

    first: int
    nursery: Nursery
    cgroups: Cgroups
    group: Group | None

    def join_group(self) -> None:
        if self.group is not None:
            fields = dict(line.split(":") for line in Path(f"/proc/self/fdinfo/{self.first}").read_text().splitlines())
            with contextlib.suppress(ProcessLookupError):  # it has failed already, which the host will be told
                self.group.add(int(fields["Pid"]))

    def end(self) -> str:
        """Kill the first process of the pid namespace, and with it everything inside; wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.first, signal.SIGKILL)
        gone = select.poll()
        gone.register(self.first, select.POLLIN)
        gone.poll(1000 * PATIENCE_S)
        os.close(self.first)
        if self.group is not None:
            self.cgroups.give_back(self.group)
        return self.nursery.complaints()


def _all_memory(limits: Limits) -> int:
    """What a guest may use with all its processes and files. The runner looks at the program's own limit."""
    return limits.memory_bytes + OWN_MEMORY_BYTES + scratch_bytes(limits) + SHARED_MEMORY_BYTES


def _launch(launcher: Sequence[str], options: Sequence[str], control: int) -> subprocess.Popen[bytes]:
    with contextlib.ExitStack() as stack:
        passed = [control]
        arguments = list(options)
        for path, content in guest_files().items():
            passed.append(_memory_file(stack, content))
            arguments += ["--perms", "0444", "--file", str(passed[-1]), f"/box/{path}"]
        arguments += ["--remount-ro", "/", "--chdir", "/tmp"]
        # By descriptor, because the command line stays readable inside, as /proc/1/cmdline.
        passed.append(_memory_file(stack, "\0".join([*arguments, ""]).encode()))
        command = [*launcher, "--args", str(passed[-1]), "--", *guest_command("nursery"), str(control)]
        return _started(command, tuple(passed))


def _started(command: list[str], passed: tuple[int, ...]) -> subprocess.Popen[bytes]:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=passed,
            env=NO_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # a Ctrl-C meant for us would look like a program that ends its sandbox
        )
    except OSError as error:
        raise SandboxOutage(f"the sandbox could not be launched: {error}") from error
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    return process


def _memory_file(stack: contextlib.ExitStack, content: bytes) -> int:
    """A file that has no name, so that no path of the host is seen inside."""
    descriptor = os.memfd_create("box")
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
