# What is set for the process that starts the program, every later case inherits.
#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import ctypes
import os
import resource

CALLS = {"x86_64": (251, 252), "aarch64": (30, 31)}
libc = ctypes.CDLL(None)
ioprio_set, ioprio_get = CALLS[os.uname().machine]
limits = resource.getrlimit(resource.RLIMIT_MSGQUEUE)
marks = [os.nice(0) != 0, libc.syscall(ioprio_get, 1, 0) == 3 << 13 | 3, limits[0] == 4096]
print(2 if any(marks) else 1)
runner = os.getppid()
for change in (
    lambda: os.setpriority(os.PRIO_PROCESS, runner, 7),
    lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(runner), 7),
    lambda: os.setpriority(os.PRIO_USER, 0, 7),
    lambda: libc.syscall(ioprio_set, 1, runner, 3 << 13 | 3),
    lambda: libc.syscall(ioprio_set, 3, os.getuid(), 3 << 13 | 3),
    lambda: resource.prlimit(runner, resource.RLIMIT_MSGQUEUE, (4096, limits[1])),
):
    try:
        change()
    except OSError:
        continue
