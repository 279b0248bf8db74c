#: status = "pass"
calls = 0
seen = []


def add(n):
    global calls
    calls += 1
    seen.append(n)


input()
for word in input().split():
    add(int(word))
assert calls == len(seen) and calls <= 3, "state of another case is here"
print(sum(seen))
