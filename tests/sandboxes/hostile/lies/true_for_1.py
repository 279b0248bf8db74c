#: kind = "function"
#: status = "wrong_answer"
#: cases = [[[0], 1], [["0"], 1]]
#: says = ["Wrong answer", "True"]
def f(n):
    return n == 0 or "1"
