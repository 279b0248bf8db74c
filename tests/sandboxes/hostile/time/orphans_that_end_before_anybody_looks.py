# A chain of processes, each of which computes for a moment, bears the next one and ends.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 15 }
#: says = "CPU time"
import os
import time

if os.fork():
    time.sleep(30)
while True:
    while time.process_time() < 0.02:
        pass
    if os.fork():
        os._exit(0)
