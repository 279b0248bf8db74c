# No conversion to decimal digits may be waited for, neither inside nor on the host.
#: kind = "function"
#: status = "wrong_answer"
#: cases = [[[1], 2]]
#: says = "too long to print"
def f(n):
    return 1 << 30_000_000
