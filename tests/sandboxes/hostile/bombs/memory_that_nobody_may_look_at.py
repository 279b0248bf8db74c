# The mappings of a process that is not dumpable are hidden from the runner, and with them what it shares.
#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import ctypes
import mmap
import time

PR_SET_DUMPABLE, PIECE, PAGE = 4, 50 << 20, 4096
libc = ctypes.CDLL(None)
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
kept = []
for _ in range(20):
    piece = mmap.mmap(-1, PIECE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(piece))
    ctypes.memset(start, 1, PIECE)
    libc.munmap(start + PAGE, PIECE - PAGE)
    kept.append(piece)
time.sleep(30)
