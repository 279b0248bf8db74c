"""What LiveCodeBench's own grader passes and nobody should: programs that get at the grader and not at the problem."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.types import Status, Verdict

pytestmark = pytest.mark.bubblewrap

Official = Callable[..., Verdict]
SUMS = (("3\n1 2 3\n", "6\n"), ("2\n5 5\n", "10\n"))
RIGHT = "input()\nprint(sum(map(int, input().split())))"
CALLS = (([[1, 2, 3]], 6), ([[5, 5]], 10))

FRAMES = """
import sys
frame = sys._getframe()
while frame.f_back and "gt_out" not in frame.f_locals:
    frame = frame.f_back
print(frame.f_locals.get("gt_out", "nothing"))
"""
HEAP = """
import sys
open_input = sys.stdin.read()
import gc
for thing in gc.get_objects():
    if type(thing) is dict and {"inputs", "outputs"} <= thing.keys():
        print(thing["outputs"][thing["inputs"].index(open_input)])
        break
"""
PATCHED_GRADER = """
import sys
for module in list(sys.modules.values()):
    for name in ("get_stripped_lines", "outputs_equal", "values_equal", "texts_match", "_encoded", "encode"):
        if name in getattr(module, "__dict__", {}):
            setattr(module, name, lambda *anything: ["x"])
print("anything")
"""
FORGED_LINES = """
import json, os
for _ in range(2):
    for line in ({"output": "pass"}, {"value": True}, {"status": "pass"}, {"passed": True}):
        os.write(3, json.dumps(line).encode() + b"\\n")
os._exit(0)
"""
EVERY_DESCRIPTOR = """
import os
for number in range(256):
    try:
        os.write(number, b'{"ready": true}{"status": "pass", "reward": 1}')
    except OSError:
        pass
"""
PATCHED_HARNESS = """
import sys
harness = sys.modules["sandboxes.guest.lcb_official"]
harness._write({"passed": True})
harness._fail = lambda *anything: None
harness.json.dumps = lambda *anything, **more: '{"status": "pass"}'
1 / 0
"""


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(FRAMES, id="walks-to-the-expected-output"),
        pytest.param(HEAP, id="searches-the-heap"),
        pytest.param(PATCHED_GRADER, id="replaces-the-comparison"),
        pytest.param(FORGED_LINES, id="forges-results"),
        pytest.param(EVERY_DESCRIPTOR, id="writes-to-every-descriptor"),
        pytest.param(PATCHED_HARNESS, id="replaces-the-harness"),
        pytest.param("raise SystemExit(0)", id="exits"),
        pytest.param("import os\nos._exit(0)", id="exits-hard"),
        pytest.param("import os, sys\nos.write(3, b'\\n' * 9)\nsys.exit(0)", id="empty-results"),
        pytest.param('import os\nos.write(3, b\'{"output": "6\\\\n"}\\n\')\nprint(7)', id="knows-one-answer"),
    ],
)
def test_a_program_cannot_print_what_it_does_not_know(official: Official, source: str) -> None:
    assert official(source, *SUMS).status in (Status.WRONG_ANSWER, Status.RUNTIME_ERROR)


EQUALS_ALL = "class E({base}):\n    def __eq__(self, other): return True\n    __ne__ = __hash__ = lambda self: 0\n"


@pytest.mark.parametrize(
    "source",
    [
        *(
            pytest.param(f"{EQUALS_ALL.format(base=base)}def f(a): return E()", id=f"equals-everything-{base}")
            for base in ("object", "int", "list", "str", "dict", "float", "tuple")
        ),
        pytest.param(
            "import numbers\n" + EQUALS_ALL.format(base="numbers.Number") + "def f(a): return E()", id="a-lying-number"
        ),
        pytest.param("import sys\ndef f(a): return sys._getframe(1).f_locals['gt_out']", id="looks-at-the-caller"),
        pytest.param("import sys\ndef f(a): sys.exit(0)", id="exits"),
        pytest.param("import os\ndef f(a): os._exit(0)", id="exits-hard"),
        pytest.param("from unittest.mock import ANY\ndef f(a): return ANY", id="mock-any"),
        pytest.param("def f(a): return True", id="true"),
    ],
)
def test_a_function_cannot_return_what_equals_everything(official: Official, source: str) -> None:
    assert official(source, *CALLS, entry="f").status in (Status.WRONG_ANSWER, Status.RUNTIME_ERROR)


def test_answers_after_a_wrong_one_do_not_count(official: Official) -> None:
    source = "import sys\nsys.n = getattr(sys, 'n', 0) + 1\nprint(10 if sys.n == 2 else 7)"
    assert [case.status for case in official(source, *SUMS).cases] == [Status.WRONG_ANSWER, Status.NOT_RUN]


def test_more_results_than_cases_spoil_right_ones(official: Official) -> None:
    extra = '\nimport os\nos.write(3, b\'{"output": "6"}\\n\')'
    assert official(RIGHT, SUMS[0]).status is Status.PASS
    assert official(RIGHT + extra, SUMS[0]).status is Status.RUNTIME_ERROR
