"""The memory of processes together, as far as /proc tells of it.

Not promised: that the size is known of a shared mapping of which all but the beginning was unmapped again before it was
looked at: its pages stay, and nothing that may be read in a sandbox tells of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

_SIZES = ("VmSize:", "VmRSS:", "VmData:", "RssAnon:", "RssShmem:")
_SOCKET_BYTES = 256 << 10  # what one holds when it is full, which is memory of the kernel
_FEW_PIECES, _PIECE_BYTES = 4, 128 << 20  # of shared memory: so much can be filled and hidden between two looks
_CLOSED_LOOKS = 5  # a quarter of a second
_SHARED = b" /dev/zero (deleted)"  # how the kernel names anonymous memory that processes share


class Memory:
    """What processes use, and what was seen of them when they were looked at before."""

    def __init__(self) -> None:
        self._largest: dict[bytes, int] = {}  # by piece of shared memory: the most that was ever mapped of it
        self._closed: dict[int, int] = {}  # by process: for how many looks it has been hiding its mappings

    def of(self, pids: Iterable[int], limit: int) -> int:
        """Memory in bytes of all these processes, without mapped files; too much when one goes on hiding its mappings.

        What children share with their parent is looked for only when it would be more than `limit` without, for the
        kernel walks through every page to tell.
        """
        own, shared_pages, pages = 0, 0, {}
        mapped: dict[bytes, int] = {}
        closed: list[int] = []
        for pid in pids:
            sizes: dict[str, int] = {}
            try:
                sizes, path = _sizes(pid)
                _add_shared_mappings(path, mapped)
            except PermissionError:  # it made itself undumpable; ours are so for a moment after they are forked
                own += sizes.get("VmSize:", 0)
                closed.append(pid)
            except OSError:  # it ended meanwhile
                continue
            else:
                pages[path] = sizes.get("RssAnon:", 0)
                shared_pages += sizes.get("RssShmem:", 0)
        if self._stays_closed(closed):
            return limit + 1
        shared = max(shared_pages, self._shared(mapped))
        used = own + sum(pages.values()) + shared
        if used <= limit:
            return used
        if not os.path.exists("/proc/self/smaps_rollup"):  # gVisor has none
            return min(used, _of_this_kernel())
        return own + sum(_own_share(path, all_) for path, all_ in pages.items()) + shared

    def _stays_closed(self, closed: list[int]) -> bool:
        self._closed = {pid: self._closed.get(pid, 0) + 1 for pid in closed}
        return _CLOSED_LOOKS in self._closed.values()

    def _shared(self, mapped: dict[bytes, int]) -> int:
        """Counts by what is mapped of it, once for all: a page that was given back with madvise is still there.

        So is what was unmapped while a part of the piece stays, and that may happen between two looks: the more pieces
        there are, the more they count.
        """
        self._largest = {piece: max(size, self._largest.get(piece, 0)) for piece, size in mapped.items()}
        return sum(self._largest.values()) + max(0, len(mapped) - _FEW_PIECES) * _PIECE_BYTES


def in_sockets() -> int:
    """Bytes that may wait in all sockets of this network namespace, closed ones on their way elsewhere among them."""
    if not os.path.exists("/proc/net/sockstat"):  # gVisor has none, and its kernel's memory is the container's
        return 0
    with open("/proc/net/sockstat") as file:
        return int(file.readline().split()[2]) * _SOCKET_BYTES


def _of_this_kernel() -> int:
    """All the memory in use, for gVisor's kernel has no other processes than ours and those of the case."""
    with open("/proc/meminfo") as file:
        sizes = {name: int(size) << 10 for name, size, *_ in map(str.split, file)}
    return sizes["MemTotal:"] - sizes["MemFree:"]


def _own_share(folder: str, pages: int) -> int:
    """The process's part of its pages, each divided by how many processes have it."""
    try:
        with open(f"{folder}/smaps_rollup") as file:
            lines = [line.split() for line in file]
    except OSError:  # it ended meanwhile
        return 0
    return next((int(line[1]) << 10 for line in lines if line[0] == "Pss_Anon:"), pages)


def _sizes(pid: int) -> tuple[dict[str, int], str]:
    """The sizes in bytes of a process by the kernel's names for them, and the folder where more is to be found.

    Its first thread may have ended, which then shows no memory; the others do.
    """
    sizes = _status(f"/proc/{pid}")
    if sizes:
        return sizes, f"/proc/{pid}"
    for thread in os.listdir(f"/proc/{pid}/task"):
        path = f"/proc/{pid}/task/{thread}"
        if sizes := _status(path):
            return sizes, path
    raise ProcessLookupError


def _status(folder: str) -> dict[str, int]:
    with open(f"{folder}/status") as file:
        lines = [line.split() for line in file]
    sizes = {line[0]: int(line[1]) << 10 for line in lines if line[0] in _SIZES}
    if "VmRSS:" in sizes:  # gVisor tells no more than this
        sizes.setdefault("RssAnon:", min(sizes["VmRSS:"], sizes["VmData:"]))
    return sizes


def _add_shared_mappings(folder: str, mapped: dict[bytes, int]) -> None:
    """Note the length of each piece of shared memory, from its beginning to the last byte that is mapped."""
    with open(f"{folder}/maps", "rb") as file:
        text = file.read()
    if _SHARED not in text:
        return
    for line in text.splitlines():
        if line.endswith(_SHARED):
            addresses, _, offset, _, inode, *_ = line.split()
            start, end = (int(address, 16) for address in addresses.split(b"-"))
            mapped[inode] = max(mapped.get(inode, 0), int(offset, 16) + end - start)
