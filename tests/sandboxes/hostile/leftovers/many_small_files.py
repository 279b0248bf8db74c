#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir(".")} - {"program.py", "preamble.py"}))
for number in range(5000):
    open(str(number), "w").close()
