# What is too slow is run once more: the number of a process would tell that there were others before.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 5 }
import os
import time

try:
    os.listdir("/proc")
    before = os.getpid() - os.getppid() - 1
except PermissionError:  # where a process is numbered among all of the machine
    before = 0
while not before and time.process_time() < 10:
    pass
print(1)
