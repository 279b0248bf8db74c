"""The system calls that no program in a sandbox may make: one table, and the kernel filter made from it.

Namespaces hide files, processes and networks; they do not cover keyrings, io_uring, bpf or sockets of other families
(AF_VSOCK reaches the host of a virtual machine). The filter is classic BPF packed by hand, so no library is needed.
Not promised: an allow list. A system call that the kernel learns tomorrow is allowed until it is named here.
"""

from __future__ import annotations

import json
import platform
import struct
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

# name: (number on x86_64, number on aarch64); None where that machine has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # what namespaces do not cover
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_create": (319, 279),  # memory that belongs to no process: no limit would see it
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),  # memory in a pipe belongs to no process either: 2 MiB for each page that waits there
    "io_setup": (206, 0),  # the machine has a fixed number of these for all
    "landlock_create_ruleset": (444, 444),  # rules take memory of the kernel, however many there are
    "landlock_add_rule": (445, 445),
    "sync": (162, 81),  # waits for what others have to write, and cannot be killed meanwhile
    "syncfs": (306, 267),
    # what outlives a case
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "statmount": (457, 457),  # as /proc/mounts would tell, where that is closed
    "listmount": (458, 458),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # the kernel and the machine
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "lookup_dcookie": (212, 18),
    "fanotify_init": (300, 262),
    "inotify_init": (253, None),  # what the host does with its files, those in folders that cannot be listed too
    "inotify_init1": (294, 26),
    "cachestat": (451, 451),  # which pages of its files were read
    "personality": (135, 92),
    # memory placement
    "mbind": (237, 235),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "set_mempolicy": (238, 237),
    # old x86 doors
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "create_module": (174, None),
    "get_kernel_syms": (177, None),
    "query_module": (178, None),
    "nfsservctl": (180, 42),
}
AF_UNIX = 1
SO_SNDBUF = 7  # what waits in a socket is memory that belongs to no process: its usual size is enough
PR_SET_PDEATHSIG = 1  # a program that writes to the memory of process 1 could let it outlive its sandbox
CLONE_NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag that `clone` itself takes

_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97

OUR_PIDS = (1, 2)  # in a guest's pid namespace: its first process and the runner
# What sets something for the process that its first argument names, 0 for the one that calls; numbers as in DENIED.
_SETTERS = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
}
# The same by the second argument, when the first says that it is about one process and not a group or user.
_PRIORITY_SETTERS = {"setpriority": (141, 140), "ioprio_set": (251, 30)}
_ONE_PROCESS = {"setpriority": 0, "ioprio_set": 1}
_SIGNALS_A_PROCESS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")  # by the first argument


class _Machine(NamedTuple):
    audit: int  # AUDIT_ARCH_*: which table of numbers the call used
    column: int  # of DENIED
    clone: int
    clone3: int
    socket: int
    setsockopt: int
    prctl: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, 56, 435, 41, 54, 157),
    "aarch64": _Machine(0xC00000B7, 1, 220, 435, 198, 208, 167),
}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
# Offsets in struct seccomp_data; the low half comes first.
_NUMBER, _ARCH, _FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT = 0, 4, 16, 24, 32
_X32 = 0x40000000  # numbers of the x32 ABI: the same calls by another name


def supported() -> bool:
    """Whether this machine's system call numbers are in the table."""
    return platform.machine() in _MACHINES


def filter_program(machine_name: str = platform.machine()) -> bytes:
    """The filter for such a machine as `struct sock_filter[]`, ready for `bwrap --seccomp`."""
    machine = _MACHINES[machine_name]
    code = [_op(_LOAD, _ARCH), *_unless(_EQUAL, machine.audit, _KILL), _op(_LOAD, _NUMBER)]
    code += _when(_AT_LEAST, _X32, _KILL)
    for numbers in DENIED.values():
        number = numbers[machine.column]
        code += [] if number is None else _when(_EQUAL, number, _ERRNO | _EPERM)
    code += _when(_EQUAL, machine.clone3, _ERRNO | _ENOSYS)  # its flags are behind a pointer: libc falls back to clone
    code += _guard(machine.clone, _when(_ANY_BIT, CLONE_NEW_NAMESPACES, _ERRNO | _EPERM))
    code += _guard(machine.prctl, _when(_EQUAL, PR_SET_PDEATHSIG, _ERRNO | _EPERM))
    ours = [rule for pid in OUR_PIDS for rule in _when(_EQUAL, pid, _ERRNO | _EPERM)]
    for numbers in _SETTERS.values():
        code += _guard(numbers[machine.column], ours)
    for name, numbers in _PRIORITY_SETTERS.items():
        of_one = _unless(_EQUAL, _ONE_PROCESS[name], _ERRNO | _EPERM)
        code += _guard(numbers[machine.column], [*of_one, _op(_LOAD, _SECOND_ARGUMENT), *ours])
    code += _guard(machine.setsockopt, [_op(_LOAD, _THIRD_ARGUMENT), *_when(_EQUAL, SO_SNDBUF, _ERRNO | _EPERM)])
    code += _guard(machine.socket, _unless(_EQUAL, AF_UNIX, _ERRNO | _EAFNOSUPPORT))
    return b"".join([*code, _op(_RETURN, _ALLOW)])


@cache
def filter_programs() -> bytes:
    """The filters of all machines by their names, in hexadecimal, as JSON: for a guest that may be on another one."""
    return json.dumps({name: filter_program(name).hex() for name in _MACHINES}).encode()


def docker_profile(gvisor: bool = False) -> str:
    """The same table as the JSON of `docker run --security-opt seccomp=...`, for every machine in it.

    With gVisor clone3 is left alone: its runsc of 2022 has none, and answers EPERM to whatever is denied, upon which
    libc would start no thread. Namespaces there are those of its own kernel.

    It also denies signals to process 1, which gVisor would deliver, and what would change the limits or scheduling of
    another process: every later guest of a warm container inherits process 1's, every later case the runner's. Names
    that the daemon's libseccomp is too old to know have no effect; a guest applies one of `filter_programs` as well.
    """
    rules = [_denied(DENIED, _EPERM), *([] if gvisor else [_denied(["clone3"], _ENOSYS)])]
    rules += [_denied(["clone"], _EPERM, 0, "SCMP_CMP_MASKED_EQ", flag, flag) for flag in _bits(CLONE_NEW_NAMESPACES)]
    rules.append(_denied(["prctl"], _EPERM, 0, *_low_half(PR_SET_PDEATHSIG)))
    rules.append(_denied(["socket"], _EAFNOSUPPORT, 0, "SCMP_CMP_NE", AF_UNIX))
    rules.append(_denied(["setsockopt"], _EPERM, 2, *_low_half(SO_SNDBUF)))
    rules += [_denied([name], _EPERM, 0, *_low_half(1)) for name in _SIGNALS_A_PROCESS]
    rules += [_denied([name], _EPERM, 0, "SCMP_CMP_NE", 0) for name in _SETTERS]
    rules += [_denied([name], _EPERM, 1, "SCMP_CMP_NE", 0) for name in _PRIORITY_SETTERS]
    rules += [_denied([name], _EPERM, 0, "SCMP_CMP_NE", one) for name, one in _ONE_PROCESS.items()]
    machines = ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": machines, "syscalls": rules})


def _denied(names: Iterable[str], error: int, *argument: int | str) -> dict[str, object]:
    """One rule; `argument` is its index, the comparison and one or two values, and none means always."""
    fields = dict(zip(("index", "op", "value", "valueTwo"), argument, strict=False))
    conditions = [fields] if fields else []
    return {"names": sorted(names), "action": "SCMP_ACT_ERRNO", "errnoRet": error, "args": conditions}


def _low_half(value: int) -> tuple[str, int, int]:
    """The comparison for an argument of which the kernel reads 32 bits: a program may put anything above them."""
    return "SCMP_CMP_MASKED_EQ", 0xFFFFFFFF, value


def _bits(mask: int) -> list[int]:
    return [1 << position for position in range(mask.bit_length()) if mask >> position & 1]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _when(test: int, value: int, answer: int) -> list[bytes]:
    return [_op(test, value, 0, 1), _op(_RETURN, answer)]


def _unless(test: int, value: int, answer: int) -> list[bytes]:
    return [_op(test, value, 1, 0), _op(_RETURN, answer)]


def _guard(number: int, rules: list[bytes]) -> list[bytes]:
    """Apply `rules` to the first argument of one system call, then allow it."""
    body = [_op(_LOAD, _FIRST_ARGUMENT), *rules, _op(_RETURN, _ALLOW)]
    return [_op(_EQUAL, number, 0, len(body)), *body]
