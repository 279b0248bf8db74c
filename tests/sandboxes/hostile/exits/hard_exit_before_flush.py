#: status = "wrong_answer"
#: says = "Wrong answer"
import os

input()
print(sum(map(int, input().split())), end="")
os._exit(0)
