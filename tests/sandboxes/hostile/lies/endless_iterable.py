#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], [1]]]
#: says = ["cannot be judged", "count"]
import itertools


def f(n):
    return itertools.count()
