#: status = "pass"
import sys

sys.setrecursionlimit(10**6)


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


input()
print(sum(map(int, input().split())) + down(50_000) - 50_000)
