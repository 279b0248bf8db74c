# Of each piece only the first page stays mapped, and the memory behind it is kept.
#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import ctypes
import mmap
import time

PIECE, PAGE = 50 << 20, 4096
munmap = ctypes.CDLL(None).munmap
munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
kept = []
for _ in range(20):
    piece = mmap.mmap(-1, PIECE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(piece))
    ctypes.memset(start, 1, PIECE)
    munmap(start + PAGE, PIECE - PAGE)
    kept.append(piece)
time.sleep(30)
