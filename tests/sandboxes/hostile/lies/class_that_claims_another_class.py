#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], 2]]
#: says = "cannot be judged"
class Liar:
    __class__ = int

    def __index__(self):
        return 2

    def __reduce__(self):
        return int, (2,)


def f(n):
    return Liar()
