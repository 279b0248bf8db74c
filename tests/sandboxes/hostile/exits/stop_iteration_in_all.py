#: kind = "assertions"
#: status = ["runtime_error", "wrong_answer"]
#: says = "StopIteration"
#: tests = '''
#: def check(candidate):
#:     assert all(candidate(n) == 2 * n for n in range(5))
#:     assert not [n for n in map(candidate, range(5)) if n > 8]
#: '''
def f(n):
    raise StopIteration
