#: status = ["runtime_error", "memory_limit"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 536870912, wall_s = 10 }
#: says = "error"
import sys

sys.setrecursionlimit(1 << 30)


class Nest:
    def __getattr__(self, name):
        return getattr(self, name + "x"[:0])


print(Nest().value)
