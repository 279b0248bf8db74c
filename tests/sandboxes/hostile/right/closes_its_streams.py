#: status = "pass"
#: hole = "a closed sys.stdout counts as one that could not be flushed: exit code 120 (guest/boot.py)"
import os
import sys

input()
print(sum(map(int, input().split())))
sys.stdin.close()
sys.stdout.close()
os.close(2)
