from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, Checks, Comparison, Status, Tier, Verdict
from sandboxes.verifiers.base import MAX_SOURCE
from sandboxes.verifiers.function import FunctionVerifier
from sandboxes.wire import MAX_SIZE

pytestmark = pytest.mark.bubblewrap

Function = Callable[..., Verdict]
PAIRS: tuple[tuple[list[object], object], ...] = (([[1, 2, 3]], 6), ([[]], 0))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(xs): return sum(xs)", id="function"),
        pytest.param("class Solution:\n    def f(self, xs): return sum(xs)", id="solution"),
        pytest.param("f = lambda xs: sum(xs)", id="lambda"),
        pytest.param("def f(xs):\n    print('noise')\n    return sum(xs)", id="prints"),
        pytest.param("if __name__ == '__main__':\n    raise SystemExit\ndef f(xs): return sum(xs)", id="main-guard"),
        pytest.param("seen = []\ndef f(xs):\n    seen.append(1)\n    return sum(xs) + len(seen) - 1", id="fresh-state"),
        pytest.param(
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\ndef f(xs): return A(sum(xs)).n",
            id="dataclass",
        ),
    ],
)
def test_a_right_program_passes(function: Function, source: str) -> None:
    assert function(source, *PAIRS).status is Status.PASS


# Deeper than a value may be, written past the encoder that would refuse it.
DEEP = "import os\ndef f(xs):\n    os.write(3, b'{\"value\": ' + b'[' * 150 + b']' * 150 + b'}')\n    os._exit(0)"
LIAR = "class Liar:\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param("def f(xs): return 6", Status.WRONG_ANSWER, id="constant"),
        pytest.param("def f(xs): return str(sum(xs))", Status.WRONG_ANSWER, id="text"),
        pytest.param("def f(xs): print('passed')", Status.WRONG_ANSWER, id="says-passed"),
        pytest.param(LIAR + "def f(xs): return Liar()", Status.RUNTIME_ERROR, id="liar"),
        pytest.param("import sys\ndef f(xs): sys.exit(0)", Status.RUNTIME_ERROR, id="exit-0"),
        pytest.param("import os\ndef f(xs): os._exit(0)", Status.RUNTIME_ERROR, id="hard-exit-0"),
        pytest.param("import sys; sys.exit(0)", Status.RUNTIME_ERROR, id="exit-0-on-loading"),
        pytest.param("def g(xs): return sum(xs)", Status.RUNTIME_ERROR, id="other-name"),
        pytest.param("def f(xs): return f(xs)", Status.RUNTIME_ERROR, id="recursion"),
        pytest.param("import os\ndef f(xs):\n    os.write(3, b'{')\n    return 6", Status.RUNTIME_ERROR, id="forgery"),
        pytest.param(DEEP, Status.RUNTIME_ERROR, id="forged-depth"),
        pytest.param("def f(xs): return bytearray(1 << 40)", Status.MEMORY_LIMIT, id="memory"),
        pytest.param("def f(xs:", Status.COMPILE_ERROR, id="syntax"),
        pytest.param(
            "import json\njson.dumps = lambda *a, **k: 'x'\ndef f(xs): return 6",
            Status.RUNTIME_ERROR,
            id="patched-json",
        ),
        pytest.param(
            "import sys\ndef f(xs):\n    for frame in sys._current_frames().values():\n"
            "        while frame:\n            for value in frame.f_locals.values():\n"
            "                if value == 6: return value\n            frame = frame.f_back\n",
            Status.WRONG_ANSWER,
            id="looks-for-the-answer-in-frames",
        ),
    ],
)
def test_a_wrong_program_fails(function: Function, source: str, status: Status) -> None:
    assert function(source, *PAIRS).status is status


@pytest.mark.parametrize(
    "value", ["(1, 'a')", "{1}", "set()", "frozenset({(1, 2)})", "frozenset()", "{1: 'a', (2,): {3}}", "{}", "{'a': 1}"]
)
def test_the_value_is_shown_as_python_writes_it(function: Function, value: str) -> None:
    case = function(f"def f(): return {value}", ([], [1, "b"])).cases[0]
    assert (case.status, case.actual) == (Status.WRONG_ANSWER, value)


# Hours of work for whoever builds the set: every multiple of 2 ** 61 - 1 has the hash 0.
COLLIDING = """import json, os
def f():
    keys = [n * (2 ** 61 - 1) for n in range(200_000)]
    data = memoryview(json.dumps({"value": {"TAG": keys if "TAG" != "dict" else [[key, 0] for key in keys]}}).encode())
    while data:
        data = data[os.write(3, data):]
    os._exit(0)"""


@pytest.mark.parametrize("tag", ["set", "frozenset", "dict"])
def test_keys_of_equal_hash_do_not_hang_the_host(function: Function, tag: str) -> None:
    started = time.monotonic()
    assert function(COLLIDING.replace("TAG", tag), ([], 1)).status is Status.WRONG_ANSWER
    assert time.monotonic() - started < 20  # it takes one second


@pytest.mark.parametrize(
    "case",
    [Case("big", Tier.SAMPLE, ["x" * (MAX_SIZE + 1)], 1), Case("big", Tier.SAMPLE, [], ["x" * (MAX_SIZE + 1)])],
    ids=["argument", "value"],
)
def test_a_test_that_cannot_enter_a_sandbox_is_refused(sandbox: Bubblewrap, case: Case) -> None:
    with pytest.raises(ValueError, match="the test 'big' is too big for a sandbox: the value is larger"):
        FunctionVerifier(Checks("function", (case,), entry="f"), sandbox)


def test_a_program_of_no_use_to_a_compiler_fails(function: Function) -> None:
    for source in (
        "def f(): return '\ud800'",
        "def f(): return 1\0",
        "#" * (MAX_SOURCE + 1),
        "f = " + "-" * 100_000 + "1",
    ):
        verdict = function(source, ([], 1))
        assert verdict.status is Status.COMPILE_ERROR
        assert verdict.detail


def test_a_value_of_another_type_is_named(function: Function) -> None:
    told = "what the function returned cannot be judged: a value of type Liar cannot be compared: return built-in types"
    assert function("class Liar: pass\ndef f(): return Liar()", ([], 1)).cases[0].error == told


@pytest.mark.parametrize(
    "value", ["(n for n in [])", "[" * 80 + "{}" + "]" * 80, "'x' * (9 << 20)", "[[]] * (2 << 20)"]
)
def test_no_internal_name_is_told_to_the_author_of_a_program(function: Function, value: str) -> None:
    deeper = f"def f():\n    found = {value}\n    for _ in range(50): found = [found]\n    return found"
    case = function(deeper, ([], 1)).cases[0]
    assert case.status is Status.RUNTIME_ERROR
    assert case.error.startswith("what the function returned cannot be judged: ")
    assert "Wire" not in case.error


def test_an_exception_shows_the_programs_last_three_frames(function: Function) -> None:
    source = "def f(n):\n    if n == 0:\n        return {}['key']\n    return f(n - 1)"
    assert function(source, ([9], 1)).cases[0].error == (
        'Traceback (most recent call last):\n  File "program.py", line 4, in f\n    return f(n - 1)\n'
        '  File "program.py", line 4, in f\n    return f(n - 1)\n'
        "  File \"program.py\", line 3, in f\n    return {}['key']\nKeyError: 'key'"
    )


def test_the_preamble_is_there_but_is_not_the_answer(function: Function) -> None:
    preamble = "def helper(n): return n + 1\ndef f(n): return 3"
    assert function("def f(n): return helper(n)", ([2], 3), preamble=preamble).status is Status.PASS
    assert function("x = 1", ([2], 3), preamble=preamble).status is Status.RUNTIME_ERROR


def test_a_tolerance_is_used(function: Function) -> None:
    near = Comparison(float_absolute=1e-6)
    assert function("def f(): return 0.1 + 0.2", ([], 0.3), comparison=near).status is Status.PASS
    assert function("def f(): return 0.1 + 0.2", ([], 0.3)).status is Status.WRONG_ANSWER


def test_a_preamble_that_fails_by_itself_is_the_problems_fault(function: Function) -> None:
    with pytest.raises(ChecksBroken, match=r"^the problem's preamble fails.*\(ZeroDivisionError: .*\); mend it$"):
        function("def f(n): return n", ([1], 1), preamble="1 / 0")
