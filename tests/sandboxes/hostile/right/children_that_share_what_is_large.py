# What a fork shares with its parent is there once.
#: status = "pass"
#: limits = { memory_bytes = 536870912 }
import os
import time

input()
line = input()
block = bytearray(b"1") * (150 << 20)
for _ in range(6):
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(block[-1] - 49)
assert not any(os.wait()[1] for _ in range(6))
print(sum(map(int, line.split())))
