"""Inside a sandbox: the child that is one case and whatever it starts, buried when it ends, its CPU time summed.

Whatever loses its parent becomes a child of this process, so that its end is told here.
Not promised: all the time of processes whose parent ignores SIGCHLD, for the kernel adds it to nobody's, nor under
gVisor that of those which lost their parent. Of these counts what was seen of it every 50 ms while they lived.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from functools import cache

from sandboxes.guest.leftovers import PATIENCE_S, kill_everything, look
from sandboxes.guest.namespaces import adopt_orphans


@cache
def bell() -> int:
    """A descriptor that can be read when a child of this process may have ended. From now on orphans become ours."""
    with contextlib.suppress(OSError):  # gVisor has no such thing: its process 1 buries them
        adopt_orphans()
    read, write = os.pipe()
    for descriptor in (read, write):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # only signals with a handler ring it
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    return read


def without_bell() -> None:
    """In a forked child, which is to be like any other process."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


class Children:
    """The child `main`, and the limits for it and for all that it starts together."""

    def __init__(self, main: int, cpu_s: float, memory_bytes: int, processes: int) -> None:
        self._main, self._cpu_s, self._caps = main, cpu_s, (memory_bytes, processes)
        self._buried_s = self._seen_s = 0.0
        self.status: int | None = None  # of `main`, as `os.wait` tells it, once that has ended

    @property
    def cpu_s(self) -> float:
        """CPU time in seconds of all, as far as they were buried or looked at."""
        return max(self._buried_s, self._seen_s)

    def bury(self) -> bool:
        """Take note of those that have ended; False when no child is left."""
        try:
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                pid, status, usage = ended
                self._buried_s += usage.ru_utime + usage.ru_stime
                if pid == self._main:
                    self.status = status
        except ChildProcessError:
            return False
        return True

    def excess(self) -> str:
        """Which limit they have passed together: cpu, or what `leftovers.look` says; empty when none."""
        self.bury()
        found = look(*self._caps)
        self._seen_s = max(self._seen_s, self._buried_s + found.living_s, found.seen_s)
        return "cpu" if self._seen_s > self._cpu_s else found.excess

    def end(self) -> bool:
        """Kill all of them and bury them, `main` at least; False when some are left after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while self.bury():
            if self.status is not None and time.monotonic() > deadline:
                return False
            kill_everything()
            time.sleep(0.0005)
        return True
