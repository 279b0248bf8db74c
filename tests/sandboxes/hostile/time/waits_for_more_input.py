#: status = ["time_limit", "wrong_answer"]
#: cases = [["3\n", "1"]]
#: limits = { wall_s = 0.5 }
#: says = "ran for more than"
import os
import sys

sys.stdin.read()
read, write = os.pipe()
os.read(read, 1)
