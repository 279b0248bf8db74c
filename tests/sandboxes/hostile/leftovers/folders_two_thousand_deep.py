#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir(".")} - {"program.py", "preamble.py"}))
for _ in range(2000):
    os.mkdir("d")
    os.chdir("d")
