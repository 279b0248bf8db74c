#: status = "pass"
import sys


class Answer:
    def __init__(self, total):
        self.total = total

    def __del__(self):
        sys.stdout.write(f"{self.total}\n")


input()
answer = Answer(sum(map(int, input().split())))
del answer
