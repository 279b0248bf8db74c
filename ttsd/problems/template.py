"""`ttsd new DIR --kind K`: a problem folder that works as it stands, to be edited into your own.

Easy on purpose: a small model solves it, so a first run shows every part at work. The file `solution.*` passes its
tests; no model ever sees it.
"""

from __future__ import annotations

import json
from pathlib import Path

from ttsd.errors import UserError, did_you_mean, one_of
from ttsd.problems.files import name_of
from ttsd.problems.manifest import KINDS
from ttsd.problems.template_judged import ANSWER, COMMAND, EVALUATOR, PYTEST

_MANIFEST = """\
# What ttsd has to know about this problem. The problem itself is in statement.md, its tests are in tests/.
# Try the tests on a program:  ttsd verify . solution.py

name = {name}
kind = "{kind}"{meaning}
{entry}
[limits]  # of each test
cpu_s = 6  # seconds of processor time
# wall_s = 20  # seconds by the clock: what ends a program that sleeps or forks without end
memory_mb = 1024
{comparison}
# Three tiers of tests: sample (printed in statement.md), feedback (the model is told how it failed them) and
# confirm (never shown; they tell a solution from a lucky guess). If you would rather not choose, replace the last
# two with one called `secret`: it is split half and half.
"""

_MEANING = {
    "stdio": "  # a program that reads standard input and writes standard output",
    "function": "  # a function that is called with arguments; what it returns is compared",
    "assertions": "  # a function that is tried by Python's assert statements",
}

_ENTRY = 'entry = "{entry}"  # the function that is called\n'

_COMPARISON = {
    "stdio": """
[comparison]
whitespace = "lines"  # blanks around lines are ignored; "tokens": every kind of blank is the same; "exact"
# case_sensitive = false
# float_absolute = 1e-6  # numbers may be off by this much
""",
    "function": """
# [comparison]
# float_absolute = 1e-6  # numbers may be off by this much
""",
    "assertions": "",
}

_STDIO = {
    "statement.md": """\
# Total

Write a program that adds up numbers.

The first line of the input is the count n (0 <= n <= 1000). The second line holds n integers, separated by blanks;
it is empty when n is 0. Print the sum of the n integers.

## Sample

Input:

```
3
1 2 3
```

Output:

```
6
```
""",
    "tests/sample/1.in": "3\n1 2 3\n",
    "tests/sample/1.out": "6\n",
    "tests/feedback/negative.in": "4\n5 -7 0 -1\n",
    "tests/feedback/negative.out": "-3\n",
    "tests/confirm/empty.in": "0\n\n",
    "tests/confirm/empty.out": "0\n",
    "tests/confirm/large.in": "2\n1000000000000 1000000000000\n",
    "tests/confirm/large.out": "2000000000000\n",
    "solution.py": """\
n = int(input())
print(sum(map(int, input().split())))
""",
}

_FUNCTION = {
    "statement.md": """\
# Count vowels

Write a function `count_vowels(text)` that returns how many letters of the string `text` are vowels: a, e, i, o or u,
in upper or lower case.

For example, `count_vowels("Ocean")` returns `3`.
""",
    "tests/sample.jsonl": '{"args": ["Ocean"], "expected": 3}\n',
    "tests/feedback.jsonl": '{"args": ["rhythm"], "expected": 0}\n{"args": ["AEIOU aeiou"], "expected": 10}\n',
    "tests/confirm.jsonl": '{"args": [""], "expected": 0}\n{"args": ["Queue up, 4 U"], "expected": 6}\n',
    "solution.py": """\
def count_vowels(text):
    return sum(letter in "aeiou" for letter in text.lower())
""",
}

_ASSERTIONS = {
    "statement.md": """\
# Largest difference

Write a function `spread(numbers)` that returns the largest number of the list `numbers` minus the smallest one.
For an empty list it returns 0.

For example, `spread([3, 1, 4])` returns `3`.
""",
    "tests/sample.py": "assert spread([3, 1, 4]) == 3\n",
    "tests/feedback.py": "assert spread([]) == 0\nassert spread([-5, 5]) == 10\n",
    "tests/confirm.py": """\
assert spread([7]) == 0

for size in (2, 10, 100):
    assert spread(list(range(size))) == size - 1
""",
    "solution.py": """\
def spread(numbers):
    return max(numbers) - min(numbers) if numbers else 0
""",
}

_FILES = {"stdio": _STDIO, "function": _FUNCTION, "assertions": _ASSERTIONS}
_FILES |= {"pytest": PYTEST, "evaluator": EVALUATOR, "command": COMMAND, "answer": ANSWER}
_ENTRIES = {"stdio": "", "function": "count_vowels", "assertions": "spread"}


def write_template(directory: Path, kind: str) -> list[Path]:
    """Write the folder and return its files. A folder that holds something already is refused."""
    if kind not in KINDS:
        raise UserError(f"no kind of problem is called {kind!r}{did_you_mean(kind, KINDS)}: use {one_of(KINDS)}")
    name = name_of(directory / "problem.toml", directory.resolve().name)
    _make_empty(directory)
    files = {**_FILES[kind], "problem.toml": _manifest(name, kind)}
    for file, text in files.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [directory / file for file in files]


def _make_empty(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        occupied = any(directory.iterdir())
    except OSError as error:
        raise UserError(f"the folder {directory} cannot be made ({error.strerror}): give another name") from error
    if occupied:
        raise UserError(f"the folder {directory} is not empty: give the name of a new folder")


def _manifest(name: str, kind: str) -> str:
    quoted = json.dumps(name, ensure_ascii=False)  # what JSON escapes, TOML escapes in the same way
    if own := _FILES[kind].get("problem.toml"):
        return own.replace("{name}", quoted)
    entry = _ENTRIES[kind]
    return _MANIFEST.format(
        name=quoted,
        kind=kind,
        meaning=_MEANING[kind],
        entry=_ENTRY.format(entry=entry) if entry else "",
        comparison=_COMPARISON[kind],
    )
