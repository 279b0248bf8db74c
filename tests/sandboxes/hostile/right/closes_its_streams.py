#: status = "pass"
import os
import sys

input()
print(sum(map(int, input().split())))
sys.stdin.close()
sys.stdout.close()
os.close(2)
