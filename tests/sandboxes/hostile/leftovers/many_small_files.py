#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir("/tmp"), *os.listdir("/dev/shm")} - {"program.py", "preamble.py"}))
for number in range(5000):
    open(f"/tmp/{number}", "w").close()
