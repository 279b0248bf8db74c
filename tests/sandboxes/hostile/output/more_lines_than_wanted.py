# Prints every number, the right one among them.
#: status = "wrong_answer"
#: says = "Wrong answer"
print(*range(100), sep="\n")
