#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import os
import time

for _ in range(20):
    if os.fork() == 0:
        block = bytearray(b"1") * (50 << 20)
        time.sleep(30)
time.sleep(30)
