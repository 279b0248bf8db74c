# More of them than may live at once; each ends by itself.
#: status = "pass"
#: limits = { processes = 8, cpu_s = 20, wall_s = 60 }
import os
import time

input()
for _ in range(40):
    read, write = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.close(write)
            os.read(read, 1)
        os._exit(0)
    os.wait()
    os.close(read)
    os.close(write)
    time.sleep(0.005)
print(sum(map(int, input().split())))
