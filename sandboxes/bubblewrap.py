"""Programs in Linux namespaces, made by bubblewrap: for root and for an ordinary user.

bubblewrap is started with a process of ours inside, the nursery, which then bears one guest after another, each in
namespaces of its own, sooner than bubblewrap would start. There are as many as there were guests at once, and three at
least, which take turns: the guests of one have Python's hash seed and all addresses in common, so that a program which
depends on them would be as lucky when it is judged again. `close` ends them.

Promises: user, pid, network, ipc and mount namespaces of its own for each guest, no further user namespaces; the system
read-only and without /usr/local; private sized /tmp and /dev/shm; nothing of the host's environment, paths or
descriptors; a system call filter; where cgroups can be had, a cap on the memory and the processes of all together.
Not promised: without cgroups, a cap on the memory of all processes together by the kernel (the guest runner watches
it); that no trace at all is left: the numbers of processes and of files count on from one case to the next, and which
pages of the system's files lie in memory outlasts a guest; protection from bugs of the kernel that namespaces and the
filter do not cover.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from glob import glob

from sandboxes import seccomp
from sandboxes.cgroups import Cgroups
from sandboxes.errors import SandboxOutage, SandboxUnavailable
from sandboxes.nursery import NOBODY, Nursery
from sandboxes.process import PYTHON, lacking
from sandboxes.sandbox import ENVIRONMENT, Guest, Probe, Strength, failure_to_start
from sandboxes.types import Limits

SETPRIV = "/usr/bin/setpriv"
FEWEST = 3  # two are in use at once where tests have a guest of their own, and the next one shall be another's
NAMESPACES_REMEDY = (
    "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 on Debian, "
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu"
)


class Bubblewrap:
    """See `sandboxes.sandbox.Sandbox`. `launcher` is the bwrap program, found on PATH when not given."""

    name = "bubblewrap"
    strength = Strength.NAMESPACES

    def __init__(self, launcher: str = "", cgroups: Cgroups | None = None) -> None:
        self._launcher = launcher
        self._lock = threading.Lock()
        self._nurseries: set[Nursery] = set()
        self._idle: list[Nursery] = []
        self._cgroups = cgroups or Cgroups()

    def probe(self) -> Probe:
        """Look for what is needed, then start a guest for real."""
        for missing, remedy in self._missing():
            return Probe(False, (missing,), remedy)
        if failure := failure_to_start(self):
            return Probe(False, (failure,), NAMESPACES_REMEDY)
        capped = "a cgroup caps all of its memory" if self._cgroups.available else "no cgroup is to be had"
        return Probe(True, (f"{self._path()} starts {PYTHON} in namespaces of its own", capped))

    def _missing(self) -> Iterator[tuple[str, str]]:
        yield from lacking(self.name)
        if not self._path():
            yield "no program bwrap on PATH", "apt-get install bubblewrap"
        if os.geteuid() == 0 and not os.access(SETPRIV, os.X_OK):
            yield f"{SETPRIV} is missing, which gives up root's rights", "apt-get install util-linux"
        if not seccomp.supported():
            yield "no system call filter for this processor", "use x86_64 or aarch64"

    def _path(self) -> str:
        return self._launcher or shutil.which("bwrap") or ""

    def start(self, module: str, limits: Limits) -> Guest:
        for missing, remedy in self._missing():
            raise SandboxUnavailable(f"{missing}; {remedy}")
        nursery = self._idle_nursery() or self._new_nursery()
        try:
            return nursery.bear(module, limits, self._give_back)
        except SandboxOutage:
            with self._lock:
                self._nurseries.discard(nursery)
            raise

    def _idle_nursery(self) -> Nursery | None:
        """The one that has been idle longest and still lives; none while there are few."""
        with self._lock:
            while self._idle and len(self._nurseries) >= FEWEST:
                nursery = self._idle.pop(0)
                if nursery.alive:
                    return nursery
                self._nurseries.discard(nursery)
                nursery.close()
        return None

    def _new_nursery(self) -> Nursery:
        nursery = Nursery([*_as_nobody(), self._path()], _options(), self._cgroups)
        with self._lock:
            self._nurseries.add(nursery)
        return nursery

    def _give_back(self, nursery: Nursery) -> None:
        with self._lock:
            if nursery in self._nurseries:
                self._idle.append(nursery)

    def close(self) -> None:
        with self._lock:
            closing, self._nurseries, self._idle = self._nurseries, set(), []
        for nursery in closing:
            nursery.close()


def _as_nobody() -> list[str]:
    """Root inside would be root outside for every file that is bound, and no limit on processes would hold."""
    if os.geteuid() != 0:
        return []
    return [SETPRIV, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _options() -> list[str]:
    options = ["--unshare-user", "--unshare-all", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    options += ["--hostname", "box", "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        options += ["--setenv", name, value]
    options += [*_system(), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    return [*options, "--tmpfs", "/tmp"]


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
    for path in ("/etc/alternatives", "/etc/ld.so.cache", *sorted(glob("/etc/java-*"))):  # Debian's Java starts there
        options += ["--ro-bind-try", path, path]
    return options
