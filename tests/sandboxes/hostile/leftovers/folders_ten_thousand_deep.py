#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir("/tmp"), *os.listdir("/dev/shm")} - {"program.py", "preamble.py"}))
for _ in range(10_000):
    os.mkdir("d")
    os.chdir("d")
