# No process uses more than its limit; those that were waited for count too.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 15 }
#: says = "CPU time"
import os
import time

for _ in range(4):
    if os.fork() == 0:
        while time.process_time() < 0.5:
            pass
        os._exit(0)
    os.wait()
print(1)
