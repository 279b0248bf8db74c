#: status = "pass"
import os
import sys

input()
print(sum(map(int, input().split())))
sys.stdout.flush()
os._exit(0)
