#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import mmap
import os
import time

for _ in range(6):
    if os.fork() == 0:
        shared = mmap.mmap(-1, 100 << 20)
        for place in range(0, len(shared), 4096):
            shared[place] = 1
        time.sleep(30)
time.sleep(30)
