#: kind = "assertions"
#: status = ["runtime_error", "wrong_answer"]
#: says = "Runtime error"
#: tests = '''
#: def check(candidate):
#:     assert candidate(1) == 2
#:     assert candidate(2) == 4
#: '''
import os


def f(n):
    os._exit(0)
