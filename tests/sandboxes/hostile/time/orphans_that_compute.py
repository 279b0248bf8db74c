# Each in a session of its own, and of none does the kernel ever tell the program's first process.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 15 }
#: says = "CPU time"
import os
import time

for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        while time.process_time() < 0.5:
            pass
        os._exit(0)
    os.wait()
time.sleep(30)
