#: kind = "function"
#: status = ["output_limit", "runtime_error"]
#: cases = [[[1], 2]]
#: says = "returned a value of more than"
import os


def f(n):
    while True:
        os.write(3, b"6" * 65536)
