#: status = "wrong_answer"
#: says = "cut"
print("1 " * 2_500_000)
