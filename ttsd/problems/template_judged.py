"""What `ttsd new` writes for the kinds that something else judges. `{name}` stands for the name of the problem.

As easy as the others: each shows every part of its kind at work.
"""

from __future__ import annotations

_HEAD = """\
# What ttsd has to know about this problem. The problem itself is in statement.md.
# Try it on a right program:  ttsd verify . {solution}

name = {name}
"""

_LIMITS = """
[limits]  # of {what}
cpu_s = 6  # seconds of processor time
# wall_s = 20  # seconds by the clock
memory_mb = 1024
"""


def _manifest(solution: str, lines: str) -> str:
    return _HEAD.replace("{solution}", solution) + lines


PYTEST = {
    "problem.toml": _manifest(
        "solution.py",
        """\
kind = "pytest"  # functions that are tried by pytest's files; classes and constants of the program cannot be
module = "solution"  # what the tests import
"""
        + _LIMITS.replace("{what}", "each call of a function")
        + """
# Three tiers of tests: sample (printed in statement.md), feedback (the model is told how it failed them) and
# confirm (never shown; they tell a solution from a lucky guess). If you would rather not choose, replace the last
# two with one folder called `secret`: it is split half and half.
""",
    ),
    "statement.md": """\
# Clamp

Write a module with one function `clamp(number, low, high)`. It returns the number of the range from `low` to `high`
that is nearest to `number`, and raises `ValueError` when `low` is more than `high`.

For example, `clamp(7, 1, 5)` returns `5`.
""",
    "tests/sample/test_sample.py": """\
from solution import clamp


def test_the_example_of_the_statement():
    assert clamp(7, 1, 5) == 5
""",
    "tests/feedback/test_range.py": """\
import pytest
from solution import clamp


@pytest.mark.parametrize(("number", "wanted"), [(0, 1), (1, 1), (3, 3), (5, 5)])
def test_numbers_are_moved_into_the_range(number, wanted):
    assert clamp(number, 1, 5) == wanted
""",
    "tests/confirm/test_edges.py": """\
import pytest
from solution import clamp


def test_a_range_of_one_number():
    assert clamp(-3, 2, 2) == 2


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError):
        clamp(3, 5, 1)
""",
    "solution.py": """\
def clamp(number, low, high):
    if low > high:
        raise ValueError(f"{low} is more than {high}")
    return max(low, min(number, high))
""",
}

EVALUATOR = {
    "problem.toml": _manifest(
        "solution.py",
        """\
kind = "evaluator"  # evaluator/evaluator.py scores the program, as OpenEvolve's evaluators do
"""
        + _LIMITS.replace("{what}", "each call of a function; what the evaluator itself computes has wall_s and 10 s")
        + """
[tests]  # the least value of each metric that passes; `confirm = {...}` keeps one out of the feedback
feedback = {combined_score = 1.0}
""",
    ),
    "statement.md": """\
# Even split

Write a function `split(numbers)` that distributes the integers of a list over two lists, which it returns as a pair.
The closer the sums of the two lists, the better: no other distribution should do better.
""",
    "evaluator/evaluator.py": '''\
"""Scores a program: 1 when every split is as even as can be."""

import importlib.util

TRIALS = [([3, 1, 4], 0), ([5, 5, 5], 5), ([], 0), ([8, 7, 6, 5, 4], 0), ([10, 1, 1], 8)]  # numbers, best difference


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    if not hasattr(program, "split"):
        return {"combined_score": 0.0, "error": "the program defines no function split"}
    shares = [share(program.split(numbers), numbers, best) for numbers, best in TRIALS]
    return {"combined_score": sum(shares) / len(shares)}


def share(parts, numbers, best):
    first, second = parts
    if sorted([*first, *second]) != sorted(numbers):
        return 0.0
    return 1 / (1 + abs(sum(first) - sum(second)) - best)
''',
    "solution.py": """\
from itertools import product


def split(numbers):
    def parts(sides):
        return [[number for number, side in zip(numbers, sides) if side == which] for which in (0, 1)]

    best = min(product((0, 1), repeat=len(numbers)), key=lambda sides: abs(sum(parts(sides)[0]) - sum(parts(sides)[1])))
    return tuple(parts(best))
""",
}

COMMAND = {
    "problem.toml": _manifest(
        "solution.txt",
        """\
kind = "command"  # any executable judges: it gets the program's file, and prints one JSON verdict
language = "regex"  # how the model marks its answer: one code block of this language
"""
        + _LIMITS.replace("{what}", "the command and all that it starts")
        + """
[command]
run = ["python3", "judge.py"]  # started in command/; the path of the program's file is added
program = "pattern.txt"  # how that file is called

[tests]  # the cases in the verdict; leave this out when it has none
feedback = ["dates", "other texts"]
confirm = ["impossible months"]
""",
    ),
    "statement.md": """\
# Dates

Write a regular expression, as Python's `re.fullmatch` takes it, that matches dates like `2024-02-29`: four digits of
the year, two of the month (01 to 12), two of the day (01 to 31), and nothing else.
""",
    "command/judge.py": '''\
"""Judges a regular expression: judge.py FILE. Prints one JSON object, and nothing else, whatever the file holds."""

import json
import re
import sys

CASES = {
    "dates": [("2024-02-29", True), ("1999-12-31", True), ("0001-01-10", True)],
    "other texts": [("", False), ("2024-2-9", False), ("2024-02-32", False), ("on 2024-02-01", False)],
    "impossible months": [("2024-00-01", False), ("2024-13-01", False), ("2024-10-01", True)],
}


def judge(pattern, name):
    for text, wanted in CASES[name]:
        if bool(re.fullmatch(pattern, text)) != wanted:
            detail = f"{text!r} should {'' if wanted else 'not '}match"
            return {"id": name, "status": "wrong_answer", "detail": detail}
    return {"id": name, "status": "pass"}


with open(sys.argv[1]) as file:
    pattern = file.read().strip()
try:
    cases = [judge(pattern, name) for name in CASES]
except (re.error, OverflowError, RecursionError) as error:  # all that odd patterns make of `re`
    cases = [{"id": name, "status": "compile_error", "detail": str(error)} for name in CASES]
failed = [case["status"] for case in cases if case["status"] != "pass"]
print(json.dumps({"status": failed[0] if failed else "pass", "cases": cases}))
''',
    "solution.txt": r"""\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])
""",
}

ANSWER = {
    "problem.toml": _manifest(
        "solution.txt",
        """\
kind = "answer"  # no program: the answer itself is compared

[answer]
value = 233168  # or a text, or a list of texts of which each is right
# form = "number"  # or "text", "choice"; left out, it follows from the value
# choices = "ABCD"  # multiple choice: the letters, of which the value is one

# [comparison]
# float_absolute = 1e-6  # a number may be off by this much
# case_sensitive = true
""",
    ),
    "statement.md": """\
# Multiples

What is the sum of all positive integers below 1000 that are multiples of 3 or of 5?
""",
    "solution.txt": "233168\n",
}
