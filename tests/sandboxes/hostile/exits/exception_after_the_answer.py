#: status = "runtime_error"
#: says = ["ZeroDivisionError: division by zero", "line 3"]
input()
print(sum(map(int, input().split())))
1 / 0
