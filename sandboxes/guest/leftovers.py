"""Inside a sandbox: everything that a case started or wrote, counted and removed.

Works because the sandbox is a pid namespace: process 1 is its init, this process is the runner,
all others are the case's.
Not promised: that `memory_in_use` sees a shared mapping of which all but the beginning was unmapped again: its pages
stay, and nothing that may be read in a sandbox tells of them.
"""

from __future__ import annotations

import os
import signal
import time

_PATIENCE_S = 5.0
_SHARED = b" /dev/zero (deleted)"  # how the kernel names anonymous memory that processes share


def memory_in_use() -> int:
    """Memory in bytes of all processes of the case, without mapped files.

    Shared memory counts by its pages, once for each process, or by what is mapped of it, once for all, whichever is
    more: a page that a process has given back with madvise is still there.
    """
    own, shared_pages = 0, 0
    mapped: dict[bytes, int] = {}
    for pid in _others():
        sizes: dict[str, int] = {}
        try:
            with open(f"/proc/{pid}/status") as file:
                lines = [line.split() for line in file]
            sizes = {line[0]: int(line[1]) << 10 for line in lines if line[0] in ("VmSize:", "RssAnon:", "RssShmem:")}
            _add_shared_mappings(pid, mapped)
        except PermissionError:  # it made itself undumpable, which hides its mappings
            own += sizes.get("VmSize:", 0)
        except OSError:  # it ended meanwhile
            continue
        else:
            own += sizes.get("RssAnon:", 0)
            shared_pages += sizes.get("RssShmem:", 0)
    return own + max(shared_pages, sum(mapped.values()))


def _add_shared_mappings(pid: int, mapped: dict[bytes, int]) -> None:
    """Note the length of each piece of shared memory, from its beginning to the last byte that is mapped."""
    with open(f"/proc/{pid}/maps", "rb") as file:
        text = file.read()
    if _SHARED not in text:
        return
    for line in text.splitlines():
        if line.endswith(_SHARED):
            addresses, _, offset, _, inode, *_ = line.split()
            start, end = (int(address, 16) for address in addresses.split(b"-"))
            mapped[inode] = max(mapped.get(inode, 0), int(offset, 16) + end - start)


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
