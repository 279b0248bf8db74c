#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], 2]]
#: says = "SystemExit"
def f(n):
    return 2 * n


exit()
