# No process uses more than its second; all together use the limit many times.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 2.5 }
#: says = "limit"
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
