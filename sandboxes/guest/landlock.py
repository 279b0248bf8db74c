"""Inside a process of ours, before any code of a program: Landlock's rules for its files and its signals.

What it may do is the ruleset's; what it must not do for other reasons is the system call filters'. Neither can be
undone, and all that the process starts is under them too.
Not promised: that a program does not learn which files exist, and how large they are: Landlock hides contents and
names in folders, not what `stat` says about a path that a program can guess.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from glob import glob

from sandboxes.guest.namespaces import apply_filter

# Alike on every processor: they came after the numbers were made the same.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_NO_NEW_PRIVILEGES = 38
_BENEATH = 1  # a rule for all that is under a folder

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_DEVICES = 1 << 6 | 1 << 11
_MOVE, _TRUNCATE, _CONTROL_DEVICES = 1 << 13, 1 << 14, 1 << 15
_ADDED = {2: _MOVE, 3: _TRUNCATE, 5: _CONTROL_DEVICES}  # by the version of Landlock
_FIRST = (1 << 13) - 1  # every right of version 1: these, and to remove and make whatever is no device
_TCP = 1 << 0 | 1 << 1  # binding and connecting, since version 4
SIGNALS_SINCE = 6  # the version that can keep signals, and abstract sockets, within
_SOCKETS_AND_SIGNALS = 1 << 0 | 1 << 1

_OF_FILES = _EXECUTE | _READ | _WRITE | _TRUNCATE
_PROGRAMS = _EXECUTE | _READ | _LIST
_HIDDEN = ("local", "src")  # packages installed there may hold a benchmark's answers
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr"""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """struct landlock_path_beneath_attr"""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Of Landlock in this kernel; 0 where there is none, or it is switched off."""
    answer: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return max(0, answer)


def confine(scratch: str, landlock: int, filters: list[bytes]) -> None:
    """This process, and what it starts: read the system, write in `scratch`, reach nobody else.

    `landlock` is the version to use. OSError when the kernel refuses.
    """
    files = _FIRST
    for since, right in _ADDED.items():
        files |= right if landlock >= since else 0
    ruleset = _created(files, landlock)
    for path, allowed in _allowed(scratch):
        _allow(ruleset, path, allowed & files)
    for program in filters:  # which also forbids new privileges, as Landlock demands
        apply_filter(program)
    _checked(_libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    os.close(ruleset)


def keep_signals_within() -> None:
    """This process, and what it starts: send signals to nobody else. Needs version SIGNALS_SINCE."""
    ruleset = _created(0, SIGNALS_SINCE)
    _checked(_libc.prctl(_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))), "no_new_privs")
    _checked(_libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    os.close(ruleset)


def _created(files: int, landlock: int) -> int:
    within = _SOCKETS_AND_SIGNALS if landlock >= SIGNALS_SINCE else 0
    rules = _Ruleset(files, _TCP if files and landlock >= 4 else 0, within)
    size = 24 if within else 16 if landlock >= 4 else 8
    made = _libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    return _checked(made, "landlock_create_ruleset")


def _allowed(scratch: str) -> Iterator[tuple[str, int]]:
    """Paths, and what is allowed beneath each."""
    yield scratch, ~_MAKE_DEVICES & ~_CONTROL_DEVICES
    for entry in os.scandir("/usr"):
        if entry.name not in _HIDDEN:
            yield entry.path, _PROGRAMS
    java = sorted(glob("/etc/java-*"))  # Debian's Java starts with its settings there
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", *java):
        yield path, _PROGRAMS
    for path in _DEVICES:
        yield path, _READ | _WRITE


def _allow(ruleset: int, path: str, allowed: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    rule = _Beneath(allowed if os.path.isdir(path) else allowed & _OF_FILES, folder)
    done = _libc.syscall(_ADD_RULE, ruleset, ctypes.c_int(_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    _checked(done, f"landlock_add_rule {path}")
    os.close(folder)


def _checked(result: int, subject: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result
