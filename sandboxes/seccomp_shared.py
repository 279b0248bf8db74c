"""The system calls that are refused as well where a program has no namespaces of its own.

It shares the machine's processes, sockets and files with others, and Landlock covers neither sockets with a path nor
what only changes a file's properties. The kernel takes the strictest answer of this filter and that of
`sandboxes.seccomp`, which also refuses calls by the tables of other machines.
"""

from __future__ import annotations

import platform
import struct
from typing import NamedTuple

from sandboxes.guest.landlock import SIGNALS_SINCE

_EPERM, _EPROTONOSUPPORT, _EAFNOSUPPORT = 1, 93, 97
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _FIRST_ARGUMENT, _ARGUMENT_BYTES = 0, 16, 8  # offsets in struct seccomp_data; the low half comes first
_DATAGRAMS = 2  # a bit in the type of such a socket, and of no other that a pair of local ones can have


class Rule(NamedTuple):
    """A call is refused with `error` when the test of one of its arguments holds; always, without a test."""

    numbers: tuple[int | None, int | None]  # on x86_64 and on aarch64
    error: int = _EPERM
    argument: int = 0
    equals: int | None = None
    differs: int | None = None
    has_bit: int | None = None


# A socket of any kind leads outside, so that pairs alone are left; one for datagrams can be given another address.
_SOCKETS = (
    Rule((41, 198), _EAFNOSUPPORT),  # socket
    Rule((53, 199), _EPROTONOSUPPORT, argument=1, has_bit=_DATAGRAMS),  # socketpair
    Rule((49, 200)),  # bind: one of a pair can take a name that others of the machine look for
    Rule((42, 203)),  # connect: tells which names are taken
)
# What may be done to processes of the same user: the runner is one, and what is set for it every later case inherits.
_PROCESSES = (
    Rule((302, 261), argument=0, differs=0),  # prlimit64
    Rule((203, 122), argument=0, differs=0),  # sched_setaffinity
    Rule((314, 274), argument=0, differs=0),  # sched_setattr
    Rule((142, 118), argument=0, differs=0),  # sched_setparam
    Rule((144, 119), argument=0, differs=0),  # sched_setscheduler
    Rule((141, 140), argument=0, differs=0),  # setpriority, of a group or user
    Rule((141, 140), argument=1, differs=0),
    Rule((251, 30), argument=0, differs=1),  # ioprio_set, of a group or user
    Rule((251, 30), argument=1, differs=0),
)
# What may be done to files of the same user.
_FILES = (
    Rule((90, None)),  # chmod
    Rule((268, 53)),  # fchmodat
    Rule((452, 452)),  # fchmodat2
    Rule((92, None)),  # chown
    Rule((94, None)),  # lchown
    Rule((260, 54)),  # fchownat
    Rule((132, None)),  # utime
    Rule((235, None)),  # utimes
    Rule((261, None)),  # futimesat
    Rule((280, 88)),  # utimensat
    Rule((188, 5)),  # setxattr
    Rule((189, 6)),  # lsetxattr
    Rule((197, 14)),  # removexattr
    Rule((198, 15)),  # lremovexattr
    Rule((463, 463)),  # setxattrat
    Rule((466, 466)),  # removexattrat
    Rule((469, 469)),  # file_setattr
)
# Where Landlock leaves signals to the user's other processes alone: also those that a descriptor can be told to send.
_SIGNALS = (
    Rule((62, 129), argument=0, differs=0),  # kill, but of the own group
    Rule((200, 130)),  # tkill
    Rule((234, 131)),  # tgkill
    Rule((129, 138)),  # rt_sigqueueinfo
    Rule((297, 240)),  # rt_tgsigqueueinfo
    Rule((424, 424)),  # pidfd_send_signal
    Rule((72, 25), argument=1, equals=8),  # fcntl F_SETOWN
    Rule((72, 25), argument=1, equals=15),  # fcntl F_SETOWN_EX
    Rule((16, 29), argument=1, equals=0x8901),  # ioctl FIOSETOWN
    Rule((16, 29), argument=1, equals=0x8902),  # ioctl SIOCSPGRP
)
_TRUNCATION = (Rule((76, 45)),)  # truncate: a call on a path, which Landlock knows since its version 3


def filter_program(same_user: bool, landlock: int) -> bytes:
    """For a program that runs as a user whom it shares, or not, under that version of Landlock."""
    rules = [*_SOCKETS, *_PROCESSES]
    rules += _FILES if same_user else ()
    rules += _SIGNALS if same_user and landlock < SIGNALS_SINCE else ()
    rules += _TRUNCATION if landlock < 3 else ()
    column = ("x86_64", "aarch64").index(platform.machine())
    code = [_op(_LOAD, _NUMBER)]
    for rule in rules:
        number = rule.numbers[column]
        code += [] if number is None else _refused(number, rule)
    return b"".join([*code, _op(_RETURN, _ALLOW)])


def _refused(number: int, rule: Rule) -> list[bytes]:
    """Skipped for other calls. Leaves the call's number loaded, for the next rule."""
    answer = _op(_RETURN, _ERRNO | rule.error)
    body = [answer]
    for test, value, skip_if_true in ((_EQUAL, rule.equals, 0), (_EQUAL, rule.differs, 1), (_ANY_BIT, rule.has_bit, 0)):
        if value is not None:
            offset = _FIRST_ARGUMENT + _ARGUMENT_BYTES * rule.argument
            body = [_op(_LOAD, offset), _op(test, value, skip_if_true, 1 - skip_if_true), answer, _op(_LOAD, _NUMBER)]
    return [_op(_EQUAL, number, 0, len(body)), *body]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
