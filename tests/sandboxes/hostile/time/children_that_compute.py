# The kernel's limit holds for each process; that for all of them together comes sooner.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 3, wall_s = 30 }
#: says = "CPU time"
import os
import time

for _ in range(3):
    if os.fork() == 0:
        started = time.process_time()
        while time.process_time() < started + 2:
            pass
        os._exit(0)
for _ in range(3):
    os.wait()
time.sleep(60)
