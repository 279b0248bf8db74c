#: status = "pass"
import atexit


def answer():
    print(sum(map(int, line.split())))


atexit.register(answer)
input()
line = input()
