"""A cap by the kernel on the memory and the processes of a guest as a whole, where control groups can be had.

Version 1 needs write access to our own group of `memory` and `pids`; version 2 needs these two controllers enabled for
the children of a group that we may write to. That is root's, mostly: an ordinary user goes without.
To move a process into a group takes up to 15 ms, so what shall be in one is born there. What a killed process of ours
left behind is removed by the next one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

PATIENCE_S = 2.0
ROOT = Path("/sys/fs/cgroup")
PREFIX = "ttsd-"
_LIMITS = {1: ("memory.limit_in_bytes", "pids.max", "cgroup.procs"), 2: ("memory.max", "pids.max", "cgroup.procs")}


class Place(NamedTuple):
    """The folders in which groups can be made for each controller; the same one in version 2."""

    memory: Path
    pids: Path
    version: int


_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Group:
    """One group: a folder in version 2, one for each controller in version 1."""

    memory: Path
    pids: Path
    version: int

    def make(self) -> None:
        for folder in {self.memory, self.pids}:
            folder.mkdir()
        for name in ("memory.swappiness", "memory.swap.max"):  # of version 1, of version 2
            if (self.memory / name).exists():
                (self.memory / name).write_text("0")

    def cap(self, memory_bytes: int, processes: int) -> None:
        """OSError when that is refused."""
        memory_file, pids_file, _ = _LIMITS[self.version]
        (self.memory / memory_file).write_text(str(memory_bytes))
        (self.pids / pids_file).write_text(str(processes))

    def add(self, pid: int) -> None:
        for folder in {self.memory, self.pids}:
            (folder / _LIMITS[self.version][2]).write_text(str(pid))

    def remove(self) -> None:
        """For which all its processes must end; one that takes too long leaves the group to `_sweep`."""
        deadline = time.monotonic() + PATIENCE_S
        for folder in {self.memory, self.pids}:
            while not _removed(folder) and time.monotonic() < deadline:
                time.sleep(0.002)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # a process of it is still ending, or it is gone already
        return not folder.exists()
    return True


class Cgroups:
    """Makes groups in the first of `places` that can be used: the machine's when none are given."""

    def __init__(self, places: Iterable[Place] | None = None) -> None:
        self._place = _first_usable(_places() if places is None else places)

    @property
    def available(self) -> bool:
        return self._place is not None

    def make(self) -> Group | None:
        """A new group, None where there are none to be had. OSError when this one is refused."""
        return None if self._place is None else _made(self._place, str(next(_NUMBERS)))


def _made(place: Place, name: str) -> Group:
    name = f"{PREFIX}{os.getpid()}-{name}"
    group = Group(place.memory / name, place.pids / name, place.version)
    group.make()
    return group


def _first_usable(places: Iterable[Place]) -> Place | None:
    for place in places:
        if os.access(place.memory, os.W_OK) and os.access(place.pids, os.W_OK):
            _sweep(place)
            if _works(place):
                return place
    return None


def _places() -> Iterator[Place]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    rows = [line.split(":", 2) for line in lines]
    own = {name: path.lstrip("/") for _, names, path in rows for name in names.split(",")}
    if "memory" in own and "pids" in own:
        yield Place(ROOT / "memory" / own["memory"], ROOT / "pids" / own["pids"], 1)
    if "" in own:  # only in a group without processes may the controllers be handed down, and in the topmost one
        yield Place(ROOT / own[""], ROOT / own[""], 2)
        yield Place(ROOT, ROOT, 2)


def _works(place: Place) -> bool:
    try:
        if place.version == 2:
            (place.memory / "cgroup.subtree_control").write_text("+memory +pids")
        trial = _made(place, "trial")
        try:
            trial.cap(1 << 30, 64)
        finally:
            trial.remove()
    except OSError:
        return False
    return True


def _sweep(place: Place) -> None:
    """Remove the groups of processes that are no more."""
    for folder in {*place.memory.glob(f"{PREFIX}*-*"), *place.pids.glob(f"{PREFIX}*-*")}:
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            _removed(folder)
