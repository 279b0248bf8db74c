"""Inside a sandbox: namespaces, mounts, capabilities and the system call filter, by plain system calls.

For processes of ours, before any code of a program runs in them. OSError when the kernel refuses.
"""

from __future__ import annotations

import ctypes
import os
import signal

_libc = ctypes.CDLL(None, use_errno=True)

_NEW_NAMESPACES = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000  # mount, ipc, user, pid, network
_CLONE = {"x86_64": 56, "aarch64": 220}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_RELATIME = 2, 4, 8, 1 << 21
_MOST_TERMINALS = 16  # the machine has a few thousand for all its containers together
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SECCOMP_FILTER = 2
_CAPABILITY_VERSION = 0x20080522


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def fork_into_namespaces() -> int:
    """Like `os.fork`, but the child is process 1 of new user, pid, mount, ipc and network namespaces.

    The child must neither raise nor return to code that waits for threads. OSError where namespaces are refused.
    """
    flags = _NEW_NAMESPACES | signal.SIGCHLD
    return _checked(_libc.syscall(_CLONE[os.uname().machine], ctypes.c_ulong(flags), None, None, None, None))


def become(uid: int) -> None:
    """Be `uid` in the new user namespace too, and allow no further ones in it."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{uid} {uid} 1")):
        _write(f"/proc/self/{name}", text)


def mount_scratch(size_by_folder: dict[str, int], most_files: int) -> None:
    """A fresh /proc, terminals of its own, and a fresh empty folder of so many bytes for each name."""
    _mount("proc", "/proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "")
    _mount("devpts", "/dev/pts", _MS_NOSUID | _MS_NOEXEC, f"newinstance,ptmxmode=0666,mode=0600,max={_MOST_TERMINALS}")
    for folder, size in size_by_folder.items():
        options = f"size={size},nr_inodes={most_files},mode=0755"
        _mount("tmpfs", folder, _MS_NOSUID | _MS_NODEV | _MS_RELATIME, options)
    _write("/proc/sys/user/max_user_namespaces", "0")


def drop_privileges(filter_program: bytes) -> None:
    """No capability, none to be had, and the system call filter on; for this process and all that come from it.

    The bounding set stays as it is: without a user 0 and without privileges for new programs nothing leads to it.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _checked(_libc.syscall(_CAPSET[os.uname().machine], header, (ctypes.c_uint32 * 6)()))
    apply_filter(filter_program)


def apply_filter(filter_program: bytes) -> None:
    """No new privileges from here on, and this system call filter on top of those that are on already."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    program = _Program(len(filter_program) // 8, filter_program)
    _checked(_libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_FILTER), ctypes.byref(program), 0, 0))


def set_dumpable(dumpable: bool) -> None:
    """Whether other processes inside may look into this one and its descriptors."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Be the parent of whatever this process starts, directly or not, when it loses its own."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, argument: int) -> None:
    _checked(_libc.prctl(option, ctypes.c_ulong(argument), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def _mount(kind: str, folder: str, flags: int, options: str) -> None:
    arguments = (kind.encode(), folder.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _checked(_libc.mount(*arguments), folder)


def _checked(result: int, subject: str = "") -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result


def _write(path: str, text: str) -> None:
    with open(path, "wb", buffering=0) as file:
        file.write(text.encode())
