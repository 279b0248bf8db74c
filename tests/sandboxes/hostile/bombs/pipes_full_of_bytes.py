# What waits in pipes and sockets is memory of the kernel.
#: status = ["runtime_error", "memory_limit", "time_limit"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 1.5, processes = 16 }
import os
import socket
import time

for _ in range(12):
    if os.fork() == 0:
        break
kept = []
while True:
    try:
        pair = socket.socketpair()
        pair[0].setblocking(False)
        kept.append(pair)
        while True:
            pair[0].send(b"1" * 65536)
    except BlockingIOError:
        continue
    except OSError:
        time.sleep(30)
