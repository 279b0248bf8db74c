#: status = "pass"
with open("/dev/stdin") as file:
    count, *numbers = map(int, file.read().split())
with open("/dev/stdout", "w") as file:
    print(sum(numbers), file=file)
