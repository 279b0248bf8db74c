#: kind = "function"
#: status = ["runtime_error", "wrong_answer"]
#: cases = [[[1], 2]]
#: says = "inf"
import os


def f(n):
    os.write(3, b'{"value": 1e999}' if n else b"")
    os._exit(0)
