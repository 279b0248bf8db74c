#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], 2]]
#: says = "its message cannot be shown"
class Shy(BaseException):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


def f(n):
    raise Shy
