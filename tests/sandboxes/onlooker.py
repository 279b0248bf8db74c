"""For tests of sandboxes: what a program inside tries, and what the host's /proc shows meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# The beginning of a program that tells, by lines, which of its attempts were allowed and which refused.
TRY = """
import ctypes, os, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(action):
    try:
        result = action()
    except OSError as error:
        print("refused")
    else:
        print("refused" if result == -1 else "allowed")
"""


def children(parent: int | str = "self") -> set[int]:
    """Of every thread of the process, usually this one: when a thread ends, what it started is another one's child."""
    found: set[int] = set()
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):  # it has ended
            found |= {int(pid) for pid in path.read_text().split()}
    return found


def under(ancestor: int) -> Iterator[int]:
    """All processes under this one, zombies too, parents first."""
    for child in sorted(children(ancestor)):
        yield child
        yield from under(child)


def running(mark: str) -> list[str]:
    """The command lines of all processes of the machine in which the mark is."""
    found = []
    for name in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            found.append(name.read_text(errors="replace"))
    return [text for text in found if mark in text]
