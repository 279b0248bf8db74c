#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], 2]]
#: says = "SystemExit: 0"
import sys


def f(n):
    sys.exit(0)
