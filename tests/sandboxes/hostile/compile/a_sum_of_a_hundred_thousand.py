#: status = ["compile_error", "wrong_answer"]
#: says = "rror"
x = <terms>1
print(x)
