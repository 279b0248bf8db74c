"""Never more programs at once than cores, and a way to run one alone.

A program that shares its core with others looks slower than it is: that is why a slow one gets a second run by itself.
Not promised: anything about other processes on the machine.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cores:
    """Counts who runs. Safe to share between threads."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._changed = threading.Condition()
        self._running = 0
        self._waiting_to_be_alone = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a free core, and for those who want to be alone to have been."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.count and not self._waiting_to_be_alone)
            self._running += 1
        try:
            yield
        finally:
            self._left(1)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody runs, and keep all others waiting. Not to be called inside of `one`."""
        with self._changed:
            self._waiting_to_be_alone += 1
            self._changed.wait_for(lambda: self._running == 0)
            self._waiting_to_be_alone -= 1
            self._running = self.count
        try:
            yield
        finally:
            self._left(self.count)

    def _left(self, cores: int) -> None:
        with self._changed:
            self._running -= cores
            self._changed.notify_all()


CORES = Cores(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
