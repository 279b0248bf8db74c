"""Programs under Landlock: for machines where user namespaces are switched off. Reduced.

Needs Linux 5.13 with Landlock and nothing else: no privileges, no user namespaces, no daemon. As root each guest is a
user of its own, which is much stronger.

Promises: the system read-only and without /usr/local, a private scratch folder ($HOME, $TMPDIR and the current one),
no other file to be read or written, nothing of the host's environment or descriptors; no network, no socket but pairs
of local ones; no signal to, and no look into, a process outside the case; the system call filter and the limits of
every sandbox; memory, files and processes of all together are watched; nothing is left.
Reduced is: /proc is closed, and with it /dev/shm and /tmp by its name, so that locks of multiprocessing do not work;
a program learns which pids and which paths exist, and how large files are; memory and scratch have no cap by the
kernel, so that much can be used for 50 ms; as an ordinary user, chmod, chown, utime and setxattr by path are refused,
too many processes end a program instead of being refused, a folder that cannot be read counts as too much, and before
Linux 6.12 signals reach the own process group only.
Not promised: protection from bugs of the kernel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from sandboxes import seccomp, seccomp_shared
from sandboxes.errors import SandboxUnavailable
from sandboxes.guest.landlock import SIGNALS_SINCE, version
from sandboxes.keeper import bear, users_to_spare
from sandboxes.process import PYTHON, lacking
from sandboxes.sandbox import Guest, Probe, Strength, failure_to_start
from sandboxes.types import Limits

NEWEST = 7  # the version of Landlock whose rules we know


class Landlock:
    """See `sandboxes.sandbox.Sandbox`. `newest` is the version of Landlock to use at most.

    With `own_user` each guest is a user of its own, where that can be had; otherwise root's guests are nobody.
    """

    name = "landlock"
    strength = Strength.REDUCED

    def __init__(self, newest: int = NEWEST, own_user: bool = True) -> None:
        self._newest, self._own_user = newest, own_user

    def probe(self) -> Probe:
        """Look for what is needed, then start a guest for real."""
        for missing, remedy in self._missing():
            return Probe(False, (missing,), remedy)
        if failure := failure_to_start(self):
            return Probe(False, (failure,), "use the sandbox bubblewrap or docker")
        return Probe(True, tuple(self._facts()))

    def _missing(self) -> Iterator[tuple[str, str]]:
        yield from lacking("Landlock")
        if not version():
            yield "this kernel has no Landlock, or it is switched off", "use Linux 5.13 or later with lsm=landlock,..."
        if not seccomp.supported():
            yield "no system call filter for this processor", "use x86_64 or aarch64"

    def _facts(self) -> Iterator[str]:
        yield f"Landlock of version {self._version()} confines {PYTHON}: reduced, for it is not namespaces"
        if self._user() == "own":
            yield "each program is a user of its own"
        elif self._version() >= SIGNALS_SINCE:
            yield "programs run as one user, whose other processes Landlock keeps them from"
        else:
            yield "programs run as one user, whose other processes the system call filter keeps them from"

    def _version(self) -> int:
        return min(version(), self._newest)

    def _user(self) -> str:
        if os.geteuid() != 0:
            return "same"
        return "own" if self._own_user and users_to_spare() else "nobody"

    def start(self, module: str, limits: Limits) -> Guest:
        for missing, remedy in self._missing():
            raise SandboxUnavailable(f"{missing}; {remedy}")
        user = self._user()
        outside = seccomp_shared.filter_program(same_user=user != "own", landlock=self._version())
        return bear(module, limits, user, self._version(), [seccomp.filter_program(), outside])

    def close(self) -> None:
        """Nothing is kept."""
