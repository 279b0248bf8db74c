#: status = ["runtime_error", "memory_limit"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
import os

while True:
    os.write(os.memfd_create("hidden"), b"1" * (8 << 20))
