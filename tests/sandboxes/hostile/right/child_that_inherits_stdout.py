#: status = "pass"
import os

input()
line = input()
if os.fork() == 0:
    print(sum(map(int, line.split())), flush=True)
    os._exit(0)
os.wait()
