#: status = "wrong_answer"
#: says = "-1 -1 -1 -1"
import ctypes
import os
import platform

libc = ctypes.CDLL(None)
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
answers = [libc.unshare(0x10000000), libc.unshare(0x00020000)]
answers += [libc.syscall(clone, 0x10000000 | 17, 0, 0, 0, 0)]
try:
    answers += [libc.setns(os.open("/proc/1/ns/user", os.O_RDONLY), 0)]
except OSError:
    answers += [-1]
print(*answers)
