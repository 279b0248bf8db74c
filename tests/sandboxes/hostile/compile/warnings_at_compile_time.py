#: status = "pass"
if 1 is 1 and "\d":
    input()
    print(sum(map(int, input().split())))
