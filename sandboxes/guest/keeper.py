"""Outside a guest that has no pid namespace, one for each: bears it, counts what it uses, ends it.

The keeper is the subreaper of all that the guest starts, and under none of its rules: a program can neither see it nor
send it a signal. It runs nothing of a program. When the host hangs up, or the guest ends, it kills whatever is left,
removes the scratch folder and ends.
Not promised: that nothing is left of a guest whose keeper was killed from outside.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from typing import NamedTuple, TypedDict

from sandboxes.guest import family
from sandboxes.guest.landlock import SIGNALS_SINCE, confine, keep_signals_within
from sandboxes.guest.leftovers import PATIENCE_S, Look, live_in
from sandboxes.guest.memory import Memory
from sandboxes.guest.namespaces import adopt_orphans, die_with_parent, set_dumpable
from sandboxes.guest.scratch import SCRATCH, empty, remove, used
from sandboxes.wire import ENDED, frame

MAX_REQUEST = 64 << 10
# A user for each guest, by the number of its keeper; no login and no container manager hands out these.
FIRST_USER = 0x70000000
_ABOVE = 100  # see `guest.channel`
_SLACK = 4  # how many times what a guest may start the kernel lets it, where it counts others of the same user too
_OUT_OF_MEMORY_FIRST = "1000"
_NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a batch system sends them to all: the host decides
_LOOK, _KILL, _CLEAN = b"l", b"k", b"c"


class Request(TypedDict):
    """What a guest is to be."""

    module: str  # of sandboxes.guest
    user: str  # own: one that nobody else has; nobody: this one's number is below; same: as the host
    nobody: int
    landlock: int  # the version to use, 0 for none
    filters: list[str]  # the system call filters, in hexadecimal digits
    scratch_bytes: int
    most_files: int


class Count(NamedTuple):
    """The keeper's answer, of the processes of the case together: bytes, numbers and seconds of CPU time."""

    done: bool = True
    memory: int = 0
    scratch: int = 0
    files: int = 0
    threads: int = 0
    beside: int = 0  # threads of the same user that are not the guest's
    living_s: float = 0.0
    seen_s: float = 0.0


_COUNT = struct.Struct("?5Q2d")
_ASKED = struct.Struct("c2Q")  # what is to be done, and the limits of the case: threads, bytes of memory


def main(descriptor: int) -> None:
    """Returns in the guest only."""
    control = socket.socket(fileno=descriptor)
    text, channels, *_ = socket.recv_fds(control, MAX_REQUEST, 1)
    request: Request = json.loads(text)
    user = {"own": FIRST_USER + os.getpid(), "nobody": request["nobody"], "same": os.getuid()}[request["user"]]
    _become_keeper(request, user)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    guest = os.fork()
    if guest == 0:
        control.close()
        ours.close()
        _become_guest(request, user, theirs)
        importlib.import_module(f"sandboxes.guest.{request['module']}").main(channels[0])
        os._exit(0)
    theirs.close()
    set_dumpable(False)  # a program of the same user could take the way to the host from it
    keeper = _Keeper(guest, user, request)
    try:
        keeper.serve(control, ours, channels[0])
    finally:
        keeper.leave_nothing()
    os._exit(0)


def _become_keeper(request: Request, user: int) -> None:
    adopt_orphans()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    for number in _NOT_FOR_US:
        signal.signal(number, signal.SIG_IGN)
    if user != os.getuid():
        os.chown(SCRATCH, user, user)
    if request["landlock"] >= SIGNALS_SINCE:
        keep_signals_within()


def _become_guest(request: Request, user: int, keeper: socket.socket) -> None:
    for number in (signal.SIGCHLD, *_NOT_FOR_US):
        signal.signal(number, signal.SIG_DFL)
    sys.path[:] = [path for path in sys.path if not path.startswith("/usr/local")]
    os.umask(0o022)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(_OUT_OF_MEMORY_FIRST)
    if user != os.getuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.chdir(SCRATCH)
    die_with_parent()
    descriptor = fcntl.fcntl(keeper.detach(), fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    live_in(_Kept(socket.socket(fileno=descriptor), request))
    if request["landlock"]:
        confine(SCRATCH, request["landlock"], [bytes.fromhex(program) for program in request["filters"]])


class _Kept:
    """In the guest: see `leftovers.Surroundings`."""

    def __init__(self, keeper: socket.socket, request: Request) -> None:
        self._keeper, self._request = keeper, request
        self._beside = self._ask(_CLEAN).beside

    def _ask(self, what: bytes, most_threads: int = 0, most_memory: int = 0) -> Count:
        self._keeper.send(_ASKED.pack(what, most_threads, most_memory))
        return Count(*_COUNT.unpack(self._keeper.recv(_COUNT.size)))

    def look(self, memory_bytes: int, processes: int) -> Look:
        count = self._ask(_LOOK, processes, memory_bytes)
        return Look(self._excess(count, memory_bytes, processes), count.living_s, count.seen_s)

    def _excess(self, count: Count, memory_bytes: int, processes: int) -> str:
        if count.threads > processes:
            return "processes"
        if count.scratch > self._request["scratch_bytes"] or count.files > self._request["most_files"]:
            return "scratch"
        return "memory" if count.memory > memory_bytes else ""

    def kill_everything(self) -> None:
        """First with one call, where that reaches none but the case's: so a fork bomb cannot outrun it."""
        if self._request["user"] == "own" or self._request["landlock"] >= SIGNALS_SINCE:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        self._ask(_KILL)

    def clean_up(self) -> bool:
        count = self._ask(_CLEAN)
        self._beside = count.beside
        return count.done

    def process_limit(self, processes: int) -> int:
        if self._request["user"] == "own":
            return processes + 1  # the runner counts too
        most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        wanted = self._beside + _SLACK * processes
        return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


class _Keeper:
    def __init__(self, guest: int, user: int, request: Request) -> None:
        self._guest, self._user, self._request = guest, user, request
        self._device = os.stat(SCRATCH).st_dev
        self._tally, self._memory = family.Tally(), Memory()

    def serve(self, control: socket.socket, guest: socket.socket, channel: int) -> None:
        """Until the host hangs up or the guest ends, which is then told."""
        ended = os.pidfd_open(self._guest)
        poll = select.poll()
        for descriptor in (control.fileno(), guest.fileno(), ended):
            poll.register(descriptor, select.POLLIN)
        while control.fileno() not in (ready := dict(poll.poll())):
            if ended in ready:
                with contextlib.suppress(OSError):  # the host has just hung up
                    os.write(channel, frame(ENDED))
                return
            if not self._attend(guest):
                poll.unregister(guest)

    def _attend(self, guest: socket.socket) -> bool:
        """Do what the guest asks for; False when it does not any more."""
        try:
            if asked := guest.recv(_ASKED.size):
                guest.send(self._answer(*_ASKED.unpack(asked)))
        except OSError:
            return False
        return bool(asked)

    def leave_nothing(self) -> None:
        """However long that takes. One call reaches all at once where it reaches none but the family."""
        done = False
        while not done:
            if self._request["landlock"] >= SIGNALS_SINCE:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            done = family.end(os.getpid(), (), PATIENCE_S) and family.childless()
        remove(SCRATCH)

    def _answer(self, what: bytes, most_threads: int, most_memory: int) -> bytes:
        if what == _LOOK:
            return _COUNT.pack(*self._count(most_threads, most_memory))
        done = family.end(os.getpid(), (self._guest,), PATIENCE_S)
        if what == _CLEAN:
            self._tally, self._memory = family.Tally(), Memory()
            done = done and empty(SCRATCH)
        beside = 0 if self._request["user"] == "own" else family.threads_of(self._user)
        return _COUNT.pack(*Count(done=done, beside=beside))

    def _count(self, most_threads: int, most_memory: int) -> Count:
        below = [process for process in family.descendants(os.getpid()) if process.pid != self._guest]
        living_s = self._tally.living_s(below)
        processes = [process for process in below if process.alive]
        threads = sum(process.threads for process in processes)
        if threads > most_threads:  # a fork bomb, which must be ended soon
            return Count(threads=threads, living_s=living_s, seen_s=self._tally.seen_s)
        deleted: dict[int, int] = {}
        for process in processes:
            deleted.update(family.deleted_files(process.pid, self._device))
        size, files = used(SCRATCH, self._request["most_files"])
        return Count(
            memory=self._memory.of((process.pid for process in processes), most_memory),
            scratch=size + sum(deleted.values()),
            files=files + len(deleted),
            threads=threads,
            living_s=living_s,
            seen_s=self._tally.seen_s,
        )
