#: status = "runtime_error"
#: says = "exit code 1"
import sys

input()
print(sum(map(int, input().split())))
sys.exit(1)
