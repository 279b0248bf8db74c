#: status = "wrong_answer"
#: limits = { cpu_s = 5 }
#: says = "cut"
import os

for _ in range(50):
    os.write(1, b"6\n" * 50_000)
