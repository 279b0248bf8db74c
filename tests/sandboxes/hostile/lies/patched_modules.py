# Puts something else in the place of every module that the runner could use.
#: kind = "function"
#: status = ["wrong_answer", "runtime_error"]
#: cases = [[["x"], "{secret}"], [["y"], "{secret}"]]
#: says = "rror"
import os
import sys


class Anything:
    def __getattr__(self, name):
        return lambda *a, **k: Anything()

    def __eq__(self, other):
        return True


for name in list(sys.modules):
    if name not in ("builtins", "sys", "os", "__main__", "program"):
        sys.modules[name] = Anything()
sys.stdout = sys.stderr = Anything()
os._exit = lambda code: None


def f(text):
    return text
