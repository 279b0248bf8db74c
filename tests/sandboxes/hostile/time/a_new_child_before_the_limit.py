# No process uses more than its second, and none is waited for; all together use the limit many times.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 15 }
#: says = "CPU time"
import os
import time

for _ in range(200):
    if os.fork():
        os._exit(0) if _ else os.wait()
        break
    started = time.process_time()
    while time.process_time() < started + 0.5:
        pass
time.sleep(30)
