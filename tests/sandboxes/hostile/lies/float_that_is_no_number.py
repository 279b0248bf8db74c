#: kind = "function"
#: status = "wrong_answer"
#: cases = [[[1], 2.5]]
#: says = ["Wrong answer", "nan"]
def f(n):
    return float("nan")
