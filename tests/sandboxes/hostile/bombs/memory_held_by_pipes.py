# A page that waits in a pipe belongs to no process any more, and holds the two MiB around it.
#: status = "wrong_answer"
#: says = "refused"
#: cases = [["", "1"]]
import ctypes
import mmap
import os

HUGE = 2 << 20
vmsplice = {"x86_64": 278, "aarch64": 75}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("size", ctypes.c_size_t))


for _ in range(100):
    reader, writer = os.pipe()
    for _ in range(16):
        memory = mmap.mmap(-1, 2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.madvise(mmap.MADV_HUGEPAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        inside = -start % HUGE
        memory[inside] = 1
        if libc.syscall(vmsplice, writer, ctypes.byref(Piece(start + inside, 4096)), 1, 2) < 0:
            raise SystemExit(print("refused"))
print(1)
