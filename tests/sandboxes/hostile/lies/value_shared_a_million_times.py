#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], [1]]]
#: says = ["cannot be judged", "larger"]
def f(n):
    value = [1]
    for _ in range(60):
        value = [value, value]
    return value
