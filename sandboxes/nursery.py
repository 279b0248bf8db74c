"""The host's side of `sandboxes.guest.nursery`: one launcher that bears guests until it is closed or dies.

One guest at a time: the control group that the nursery is in caps it. Not to be shared between threads. It ends when
this process does, however that ends: it reads from a socket of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
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
OWN_PROCESSES = 4  # the nursery, the first one, the runner, and one that is being forked
PATIENCE_S = 30.0  # a birth takes 5 ms, the first one 40; a machine under heavy load takes seconds
NO_ENVIRONMENT: dict[str, str] = {}  # bwrap's own stays readable inside, as /proc/1/environ


class Nursery:
    """Runs `launcher`, which must understand bubblewrap's options. SandboxOutage when it does not come up."""

    def __init__(self, launcher: Sequence[str], options: Sequence[str], cgroups: Cgroups) -> None:
        self._last_words = ""
        self._filter = seccomp.filter_program().hex()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE_S)
        with theirs:
            self._process = _launch(launcher, options, theirs.fileno())
        self._group: Group | None = None
        myself = self._answer()
        try:
            self._group = cgroups.make()
            if self._group is not None:
                self._group.add(_pid_of(myself))
        except OSError as error:
            raise self._lost(f"it got no control group: {error}") from error
        finally:
            os.close(myself)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def bear(self, module: str, limits: Limits, gone: Callable[[Nursery], None]) -> Guest:
        """A guest that runs `main` of `sandboxes.guest.<module>`; `gone` is called when it has ended."""
        self._cap(limits)
        scratch = {"/tmp": scratch_bytes(limits), "/dev/shm": SHARED_MEMORY_BYTES}
        request = Request(module=module, uid=NOBODY, scratch=scratch, most_files=MOST_FILES, filter=self._filter)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                first = self._ask(request, theirs)
            except SandboxOutage:
                ours.close()
                raise

        def end() -> str:
            _end(first)
            complaints = self._complaints()
            gone(self)  # from here on it may be another thread's
            return complaints

        return ProcessGuest(ours, end)

    def _cap(self, limits: Limits) -> None:
        if self._group is None:
            return
        try:
            self._group.cap(_all_memory(limits), limits.processes + OWN_PROCESSES)
        except OSError as error:
            raise self._lost(f"its control group takes no limits: {error}") from error

    def _ask(self, request: Request, channel: socket.socket) -> int:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], [channel.fileno()])
        except OSError as error:
            raise self._lost(str(error)) from error
        return self._answer()

    def _answer(self) -> int:
        """The descriptor of a process that comes with the answer."""
        try:
            text, descriptors, *_ = socket.recv_fds(self._control, MAX_REQUEST, 1)
        except OSError as error:  # TimeoutError among them
            raise self._lost(str(error)) from error
        if text != BORN:
            raise self._lost(text.decode(errors="replace") or "it ended")
        return descriptors[0]

    def _lost(self, reason: str) -> SandboxOutage:
        self.close()
        return SandboxOutage(f"the sandbox did not start: {self._last_words or reason}")

    def _complaints(self) -> str:
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
        self._complaints()
        if self._process.stderr is not None:
            self._process.stderr.close()
        if self._group is not None:
            self._group.remove()


def _end(first: int) -> None:
    """Kill the first process of a pid namespace, and with it everything inside; wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(first, signal.SIGKILL)
    gone = select.poll()
    gone.register(first, select.POLLIN)
    gone.poll(1000 * PATIENCE_S)
    os.close(first)


def _pid_of(descriptor: int) -> int:
    """Of the process that a pidfd stands for."""
    fields = dict(line.split(":") for line in Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines())
    return int(fields["Pid"])


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
