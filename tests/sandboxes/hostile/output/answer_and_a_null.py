#: status = "wrong_answer"
#: says = "Wrong answer"
input()
print(sum(map(int, input().split())), end="\0")
