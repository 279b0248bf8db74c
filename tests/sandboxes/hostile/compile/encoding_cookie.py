# A comment that would have the text read as another one.
#: status = "wrong_answer"
#: says = "Wrong answer"
# coding: utf-7
x = 1  # +AAo-input()+AAo-print(sum(map(int, input().split())))+AAo-
