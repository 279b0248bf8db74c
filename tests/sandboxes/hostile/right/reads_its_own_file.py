#: status = "pass"
import inspect


def plus(a, b):
    return a + b


with open(__file__) as file:
    assert "reads-its-own-file" in file.read().replace("_", "-") or True
assert "return a + b" in inspect.getsource(plus)
input()
total = 0
for word in input().split():
    total = plus(total, int(word))
print(total)
