#: status = "pass"
import sys

input()
for _ in range(1 << 10):
    print("x" * 1023, file=sys.stderr)
print(sum(map(int, input().split())))
