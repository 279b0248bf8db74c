# The limit holds for each process; those that are not waited for end with the wall clock.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 2.5 }
#: says = "limit"
import os

for _ in range(3):
    if os.fork() == 0:
        while True:
            pass
for _ in range(3):
    os.wait()
print(1)
