#: kind = "function"
#: status = "runtime_error"
#: cases = [[[1], [1]]]
#: says = ["cannot be judged", "nested"]
def f(n):
    ring = [1]
    ring.append(ring)
    return ring
