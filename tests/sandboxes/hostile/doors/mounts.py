#: status = "wrong_answer"
#: says = "refused refused refused refused"
import ctypes
import os

libc = ctypes.CDLL(None)


def answer(result):
    return "refused" if result == -1 else "done"


print(
    answer(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)),
    answer(libc.mount(None, b"/", None, 32 | 4096, None)),
    answer(libc.umount2(b"/tmp", 2)),
    answer(libc.chroot(b"/tmp")),
)
