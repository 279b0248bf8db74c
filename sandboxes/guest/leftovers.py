"""Inside a sandbox: everything that a case started or wrote, counted and removed.

Works because the sandbox is a pid namespace: process 1 is its init, this process is the runner,
all others are the case's.
"""

from __future__ import annotations

import os
import signal
import time

_PATIENCE_S = 5.0


def memory_in_use() -> int:
    """Memory in bytes of all processes of the case, without mapped files; a shared page counts once for each."""
    total = 0
    for pid in _others():
        try:
            with open(f"/proc/{pid}/status") as file:
                lines = [line.split() for line in file]
        except OSError:  # it ended meanwhile
            continue
        total += sum(int(line[1]) << 10 for line in lines if line[0] in ("RssAnon:", "RssShmem:"))
    return total


def kill_everything() -> None:
    """One call reaches every process at once, so a fork bomb cannot outrun it."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def clean_up() -> bool:
    """Wait until no process is left and remove every file; False when that did not work."""
    return _await_emptiness() and _wipe("/tmp") and _wipe("/dev/shm")


def _others() -> list[int]:
    ours = (1, os.getpid())
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in ours]


def _await_emptiness() -> bool:
    deadline = time.monotonic() + _PATIENCE_S
    while _others():
        kill_everything()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.0005)
    return True


def _wipe(folder: str) -> bool:
    """Remove everything under `folder`, whatever its permissions."""
    try:
        os.chmod(folder, 0o755)
        with os.scandir(folder) as entries:
            return all(_remove(entry) for entry in entries)
    except (OSError, RecursionError):
        return False


def _remove(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.path)
        return True
    if not _wipe(entry.path):
        return False
    os.rmdir(entry.path)
    return True
