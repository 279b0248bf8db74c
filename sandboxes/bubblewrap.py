"""Programs in Linux namespaces, made by bubblewrap: for root and for an ordinary user, 15 ms a start.

Promises: user, pid, network, ipc, uts and cgroup namespaces of its own, no further user namespaces; the system
read-only and without /usr/local; private sized /tmp and /dev/shm; nothing of the host's environment, paths or
descriptors; a system call filter; the tree dies with the thread that started it.
Not promised: a cap on the memory of all processes together by the kernel (the guest runner watches it), or protection
from bugs of the kernel that namespaces and the filter do not cover.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandboxes import seccomp
from sandboxes.errors import SandboxError, SandboxOutage, SandboxUnavailable
from sandboxes.process import ProcessGuest
from sandboxes.sandbox import Guest, GuestGone, Probe
from sandboxes.types import Limits
from sandboxes.wire import frame

NOBODY = "65534"
SHARED_MEMORY_BYTES = 32 << 20
NO_ENVIRONMENT: dict[str, str] = {}  # bwrap's own stays readable inside, as /proc/1/environ
PYTHON = "/usr/bin/python3"
SETPRIV = "/usr/bin/setpriv"
NAMESPACES_REMEDY = (
    "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 on Debian, "
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu"
)

_READY = (
    f"import os, sys; channel = int(sys.argv[1]); os.write(channel, {frame({'ready': True})!r}); os.read(channel, 1)"
)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """See `sandboxes.sandbox.Sandbox`. `launcher` is the bwrap program, found on PATH when not given."""

    launcher: str = ""

    @property
    def name(self) -> str:
        return "bubblewrap"

    def probe(self) -> Probe:
        """Look for what is needed, then start a guest for real."""
        for missing, remedy in self._missing():
            return Probe(False, (missing,), remedy)
        try:
            guest = self.start(("python3", "-I", "-B", "-c", _READY), {}, Limits())
            with contextlib.closing(guest), contextlib.suppress(TimeoutError):
                guest.receive(0)
        except (SandboxError, GuestGone) as error:
            return Probe(False, (str(error),), NAMESPACES_REMEDY)
        return Probe(True, (f"{self._path()} starts {PYTHON} in namespaces of its own",))

    def _missing(self) -> Iterator[tuple[str, str]]:
        if sys.platform != "linux":
            yield f"bubblewrap needs Linux, this is {sys.platform}", "use a Linux machine"
        if not self._path():
            yield "no program bwrap on PATH", "apt-get install bubblewrap"
        if not os.access(PYTHON, os.X_OK):
            yield f"no interpreter for the programs: {PYTHON} is missing", "apt-get install python3"
        if os.geteuid() == 0 and not os.access(SETPRIV, os.X_OK):
            yield f"{SETPRIV} is missing, which gives up root's rights", "apt-get install util-linux"
        if not seccomp.supported():
            yield "no system call filter for this processor", "use x86_64 or aarch64"

    def _path(self) -> str:
        return self.launcher or shutil.which("bwrap") or ""

    def start(self, argv: Sequence[str], files: Mapping[str, bytes], limits: Limits) -> Guest:
        for missing, remedy in self._missing():
            raise SandboxUnavailable(f"{missing}; {remedy}")
        ours, theirs = socket.socketpair()
        status, status_end = os.pipe()
        with contextlib.ExitStack() as stack:
            stack.enter_context(theirs)
            stack.callback(os.close, status_end)
            descriptors = [_memory_file(stack, content) for content in files.values()]
            options = _options(dict(zip(files, descriptors, strict=True)), limits)
            options += ["--json-status-fd", str(status_end)]
            options += ["--seccomp", str(filter_fd := _memory_file(stack, seccomp.filter_program()))]
            # By descriptor, because the command line stays readable inside, as /proc/1/cmdline.
            arguments = _memory_file(stack, "\0".join([*options, ""]).encode())
            # bwrap's init, process 1, keeps the standard descriptors only, so it never has the channel: a program
            # can write to the memory of process 1.
            channel = theirs.fileno()
            command = [*_as_nobody(), self._path(), "--args", str(arguments), "--", *argv, str(channel)]
            try:
                process = _launch(command, (*descriptors, filter_fd, arguments, status_end, channel))
            except SandboxOutage:
                ours.close()
                os.close(status)
                raise
        return ProcessGuest(process, ours, lambda: _kill(process, status))


def _memory_file(stack: contextlib.ExitStack, content: bytes) -> int:
    """A file that has no name, so that no path of the host is seen inside."""
    descriptor = os.memfd_create("box")
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _as_nobody() -> list[str]:
    """Root inside would be root outside for every file that is bound, and no limit on processes would hold."""
    if os.geteuid() != 0:
        return []
    return [SETPRIV, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _launch(command: list[str], passed: tuple[int, ...]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=passed,
            env=NO_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # a Ctrl-C meant for us would look like a program that ends its sandbox
        )
    except OSError as error:
        raise SandboxOutage(f"the sandbox could not be launched: {error}") from error


def _options(files: Mapping[str, int], limits: Limits) -> list[str]:
    # --disable-userns is refused unless --unshare-user is given by name.
    options = ["--unshare-user", "--unshare-all", "--disable-userns", "--uid", NOBODY, "--gid", NOBODY]
    options += ["--hostname", "box", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8"]
    options += [*_system(), "--proc", "/proc"]
    options += ["--dev", "/dev", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    options += ["--size", str(4 * limits.file_bytes), "--tmpfs", "/tmp"]
    for path, descriptor in files.items():
        options += ["--perms", "0444", "--file", str(descriptor), f"/box/{path}"]
    return [*options, "--remount-ro", "/", "--chdir", "/tmp"]


def _system() -> list[str]:
    """The read-only system. /usr/local is hidden: packages installed there may hold a benchmark's answers."""
    options = ["--ro-bind", "/usr", "/usr"]
    for hidden in ("/usr/local", "/usr/src"):
        if os.path.isdir(hidden):
            options += ["--tmpfs", hidden, "--remount-ro", hidden]
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(path):
            options += ["--symlink", os.readlink(path), path]
        else:
            options += ["--ro-bind-try", path, path]
    for path in ("/etc/alternatives", "/etc/ld.so.cache"):
        options += ["--ro-bind-try", path, path]
    return options


def _kill(process: subprocess.Popen[bytes], status: int) -> None:
    """Kill the first process of the pid namespace, and with it everything inside.

    bwrap then reaps it and ends. Killing bwrap itself would leave that to the host's init.
    """
    os.set_blocking(status, False)
    with open(status, "rb") as file:
        line = (file.readline() or b"").decode()
    first = json.loads(line).get("child-pid") if line.endswith("\n") else None
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(first or process.pid, signal.SIGKILL)
