#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], 2]]
#: says = "cannot be read"
import os


def f(n):
    os.write(3, b'{"value": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")
    os._exit(0)
