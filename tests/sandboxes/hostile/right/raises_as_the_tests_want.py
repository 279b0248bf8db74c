#: kind = "assertions"
#: status = "pass"
#: tests = '''
#: def check(candidate):
#:     assert candidate([1, 2, 3]) == 6
#:     try:
#:         candidate(None)
#:         assert False
#:     except TypeError:
#:         pass
#: '''
def f(numbers):
    return sum(numbers)
