"""Processes as /proc tells of them: what they use, which descend from which, and all descendants ended.

The last is for a guest without a pid namespace. A keeper is the subreaper there: whatever loses its parent stays below
the keeper, so nothing leaves the family.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
from collections.abc import Collection, Iterable
from typing import NamedTuple

_PAUSE_S = 0.0005
_HOPS = 100  # a process that hops is caught in one of the first few; a fork bomb never in this way
_TICKS = os.sysconf("SC_CLK_TCK")  # in a second of CPU time


class Process(NamedTuple):
    """A line of /proc."""

    pid: int
    parent: int
    group: int
    threads: int
    alive: bool  # False: only its exit status is left
    born: int  # with the pid, this tells it from every other one
    own_s: float  # CPU time
    waited_s: float  # CPU time of the children that it has waited for


def descendants(ancestor: int) -> list[Process]:
    """All processes below `ancestor`, dead ones that nobody has waited for among them."""
    children: dict[int, list[Process]] = {}
    for name in os.listdir("/proc"):
        process = read(name) if name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    unseen = [ancestor]
    while unseen:
        below = children.pop(unseen.pop(), [])
        found += below
        unseen += [process.pid for process in below]
    return found


def read(name: str) -> Process | None:
    """The process of that pid, None when it is gone."""
    try:
        with open(f"/proc/{name}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:  # it ended meanwhile
        return None
    # A process whose first thread has ended looks like a dead one, but for the number of its threads.
    threads = int(fields[17])
    user, system, waited_user, waited_system = (int(field) / _TICKS for field in fields[11:15])
    return Process(
        pid=int(name),
        parent=int(fields[1]),
        group=int(fields[2]),
        threads=threads,
        alive=fields[0] not in (b"Z", b"X") or threads > 1,
        born=int(fields[19]),
        own_s=user + system,
        waited_s=waited_user + waited_system,
    )


class Tally:
    """The CPU time of the processes of one case, in seconds."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], float] = {}

    def living_s(self, processes: Iterable[Process]) -> float:
        """Of those that are there, and of what they have waited for.

        No time is counted twice when parents were looked at before their children.
        """
        total = 0.0
        for process in processes:
            self._seen[process.pid, process.born] = process.own_s
            total += process.own_s + process.waited_s
        return total

    @property
    def seen_s(self) -> float:
        """Of all that ever were there, as it was when they were last looked at."""
        return sum(self._seen.values())


def living(ancestor: int, spared: Collection[int]) -> list[Process]:
    """All below `ancestor` that run or could."""
    return [process for process in descendants(ancestor) if process.alive and process.pid not in spared]


def end(ancestor: int, spared: Collection[int], patience_s: float) -> bool:
    """Kill all that is below `ancestor`; False when some still live after that time.

    First by whole groups, which those that only hop from process to process stay in. Of the rest all are stopped until
    no new one is found: of a fork bomb that is killed one by one, the rest goes on.
    Not promised: that it finds one that changes its group too and is never where it was looked for. `childless` tells.
    """
    deadline = time.monotonic() + patience_s
    stopped: set[int] = set()
    _catch((ancestor, *spared), spared)
    while family := living(ancestor, spared):
        if time.monotonic() > deadline:
            return False
        for group in {process.group for process in family} - {os.getpgrp(), 0}:
            send(signal.SIGKILL, [-group])
        alone = {process.pid for process in family}
        if alone - stopped:
            send(signal.SIGSTOP, alone - stopped)
            stopped |= alone
            continue
        send(signal.SIGKILL, alone)
        stopped.clear()
        time.sleep(_PAUSE_S)
    return True


def _catch(subreapers: Collection[int], spared: Collection[int]) -> None:
    """Kill what hops from process to process, and would be gone before all of /proc is read.

    It becomes a child of a subreaper with each hop, and that is read sooner than it hops.
    """
    known = set(spared)
    for _ in range(_HOPS):
        new = {child for subreaper in subreapers for child in _children(subreaper)} - known
        if not new:
            return
        send(signal.SIGKILL, new)
        known |= new


def _children(parent: int) -> set[int]:
    """Of a process with one thread, dead ones among them; none where the kernel was built without this file."""
    try:
        with open(f"/proc/{parent}/task/{parent}/children", "rb") as file:
            return set(map(int, file.read().split()))
    except OSError:
        return set()


def childless() -> bool:
    """Whether this process has no child, nor, being a subreaper, anything below it."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def threads_of(user: int) -> int:
    """What the kernel counts against RLIMIT_NPROC of a user, as far as /proc shows it."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user and (process := read(name)) is not None:
                total += process.threads
    return total


def send(number: int, pids: Collection[int]) -> None:
    """This signal to each process, or to each group where the number is negative; to none that is gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def deleted_files(pid: int, device: int) -> dict[int, int]:
    """The sizes in bytes, by inode, of the files on `device` that have no name any more and that the process holds."""
    found: dict[int, int] = {}
    try:
        numbers = os.listdir(f"/proc/{pid}/fd")
    except OSError:  # it ended meanwhile, or may not be looked into
        return found
    for number in numbers:
        with contextlib.suppress(OSError):
            file = os.stat(f"/proc/{pid}/fd/{number}")
            if stat.S_ISREG(file.st_mode) and file.st_nlink == 0 and file.st_dev == device:
                found[file.st_ino] = 512 * file.st_blocks
    return found
