"""Inside a sandbox: everything that a case started or wrote, counted and removed.

In a pid namespace process 1 is its init, this process is the runner, all others are the case's. Where there is none, a
keeper outside knows which they are (`sandboxes.guest.keeper`).
"""

from __future__ import annotations

import os
import signal
import time
from typing import NamedTuple, Protocol

from sandboxes.guest import family
from sandboxes.guest.memory import Memory, in_sockets
from sandboxes.guest.scratch import SCRATCH, empty

PATIENCE_S = 5.0


class Look(NamedTuple):
    """What all processes of a case together have used. CPU time in seconds, as `family.Tally` has it."""

    excess: str  # which limit they have passed: memory, scratch, processes; empty when none
    living_s: float
    seen_s: float


class Surroundings(Protocol):
    """Where the processes of a case live."""

    def look(self, memory_bytes: int, processes: int) -> Look:
        """At all of them, with these limits for them together."""

    def kill_everything(self) -> None:
        """Send SIGKILL to all of them; does not wait for their end."""

    def clean_up(self) -> bool:
        """See the function of that name."""

    def process_limit(self, processes: int) -> int:
        """What RLIMIT_NPROC must be so that a case may have so many."""


class _Namespace:
    """A pid namespace of its own, whose /proc shows nothing else, with private folders."""

    def __init__(self) -> None:
        self._tally, self._memory = family.Tally(), Memory()

    def look(self, memory_bytes: int, processes: int) -> Look:
        found = [process for pid in _others() if (process := family.read(str(pid))) is not None]
        living_s = self._tally.living_s(found)
        memory = self._memory.of((process.pid for process in found), memory_bytes) + in_sockets()
        return Look("memory" if memory > memory_bytes else "", living_s, self._tally.seen_s)

    def kill_everything(self) -> None:
        """One call reaches every process at once, so a fork bomb cannot outrun it."""
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return

    def clean_up(self) -> bool:
        self._tally, self._memory = family.Tally(), Memory()
        return self._await_emptiness() and empty(SCRATCH) and empty("/dev/shm")

    def process_limit(self, processes: int) -> int:
        return processes + 2  # process 1 and the runner count too

    def _await_emptiness(self) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while _others():
            self.kill_everything()
            if time.monotonic() > deadline:
                return False
            time.sleep(0.0005)
        return True


_surroundings: Surroundings = _Namespace()


def live_in(surroundings: Surroundings) -> None:
    """Before the first case: where those of this process will live."""
    global _surroundings
    _surroundings = surroundings


def look(memory_bytes: int, processes: int) -> Look:
    """See `Surroundings`."""
    return _surroundings.look(memory_bytes, processes)


def kill_everything() -> None:
    """See `Surroundings`."""
    _surroundings.kill_everything()


def clean_up() -> bool:
    """Wait until no process is left and remove every file; False when that did not work."""
    return _surroundings.clean_up()


def process_limit(processes: int) -> int:
    """See `Surroundings`."""
    return _surroundings.process_limit(processes)


def _others() -> list[int]:
    ours = (1, os.getpid())
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in ours]
