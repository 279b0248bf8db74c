#: status = "pass"
import os

input()
line = input()
saved = os.dup(1)
os.dup2(2, 1)
print("thinking", flush=True)
os.dup2(saved, 1)
os.close(saved)
print(sum(map(int, line.split())))
