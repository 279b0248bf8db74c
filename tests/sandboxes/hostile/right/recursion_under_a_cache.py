#: status = "pass"
import sys
from functools import lru_cache

sys.setrecursionlimit(10**5)


@lru_cache(maxsize=None)
def total(n):
    return 0 if n == 0 else 1 + total(n - 1)


input()
print(sum(map(int, input().split())) + total(15_000) - 15_000)
