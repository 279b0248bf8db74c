#: status = "wrong_answer"
#: says = "Wrong answer"
input()
print(f"7\b{sum(map(int, input().split()))}\x1b[2K\r")
