#: kind = "function"
#: status = ["wrong_answer", "runtime_error"]
#: cases = [[[1], 2], [[2], 4]]
#: says = "error"
import builtins

for name in ("all", "any", "isinstance", "len", "sorted", "sum", "type", "str", "repr"):
    setattr(builtins, name, lambda *a, **k: True)


def f(n):
    return None
