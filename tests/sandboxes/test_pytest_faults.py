"""Whose fault it is that a test of a pytest file fails: the program's, or that of the tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.errors import ChecksBroken
from sandboxes.types import Limits, Status, Verdict

pytestmark = pytest.mark.bubblewrap

Tested = Callable[..., Verdict]
PASS, WRONG = Status.PASS, Status.WRONG_ANSWER
DOUBLE = "def double(x):\n    return 2 * x\n"


FAILING = {
    "subTest": "class Sums(TestCase):\n    def test(self):\n        with self.subTest(): assert double(1) == 2",
    "subTest, skipped": "class Sums(TestCase):\n    def test(self):\n"
    "        with self.subTest(): double(1) == 2 or self.skipTest('x')",
    "subtests": "def test(subtests):\n    with subtests.test(): assert double(1) == 2",
    "subtests, skipped": "def test(subtests):\n    with subtests.test(): double(1) == 2 or pytest.skip('x')",
    "set-up": "class Sums(TestCase):\n    @classmethod\n    def setUpClass(cls):\n"
    "        if double(1) != 2: raise SkipTest('x')\n    def test(self): pass",
    "thread": "def check(): assert double(1) == 2\ndef test():\n"
    "    thread = Thread(target=check)\n    thread.start()\n    thread.join()",
    "coroutine": "class Sums(IsolatedAsyncioTestCase):\n    async def test(self): assert double(1) == 2",
    "static": "class TestSums:\n    @staticmethod\n    def test(): assert double(1) == 2",
}


@pytest.mark.parametrize("test", FAILING.values(), ids=FAILING)
def test_a_failure_counts_wherever_pytest_reports_it(tested: Tested, test: str) -> None:
    test = (
        "import pytest\n"
        "from threading import Thread\nfrom unittest import IsolatedAsyncioTestCase, SkipTest, TestCase\n"
        f"from solution import double\n{test}"
    )
    assert tested(DOUBLE, test).status is PASS
    assert tested("def double(x): return x", test).status is WRONG


def test_a_conftest_that_ends_the_process_is_told_with_its_remedy(tested: Tested) -> None:
    files = {"conftest.py": "raise SystemExit(3)", "test_it.py": ASKED}
    with pytest.raises(ChecksBroken, match=r"pytest ended with 'SystemExit: 3'.*mend its tests"):
        tested(DOUBLE, files)


def test_a_conftest_that_ends_for_a_wrong_value_fails_the_program(tested: Tested) -> None:
    files = {"conftest.py": "import solution\nif solution.double(1) != 2: raise SystemExit(3)", "test_it.py": ASKED}
    assert tested(DOUBLE, files).status is PASS
    assert tested("def double(x): return x", files).reward == 0


def test_a_failing_fixture_after_a_call_fails_the_test(tested: Tested) -> None:
    test = """
import pytest
from solution import double
@pytest.fixture
def table(): return {1: "x"}[double(1)]
@pytest.fixture
def after():
    yield
    assert double(1) == 2
def test_before(table): pass
def test_after(after): pass
"""
    verdict = tested("def double(x): return 3", test)
    assert [case.status for case in verdict.cases] == [WRONG, WRONG]


ASKED = "import pytest, solution\nfrom solution import double\ndef test_a(): assert double(1) == 2\n"


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("import no_such\ndef test(): pass", "test_it.py: ModuleNotFoundError: No module named 'no_such'"),
        ("from solution import f\ndef test(missing): f()", "test_it.py::test: FixtureLookupError: ('missing'"),
        ("from solution import f\ndef test(): f(object())", "f cannot be called with what is no plain value"),
        ("def test(): undefined", "test_it.py::test: NameError: name 'undefined' is not defined"),
        ("import pytest\ndef test(): pytest.skip('no GPU')", "test_it.py::test is skipped in the sandbox (no GPU)"),
        (ASKED + "def test_b(): undefined", "test_it.py::test_b: NameError: name 'undefined' is not defined"),
        (ASKED + "def test_b(missing): double(2)", "test_it.py::test_b: FixtureLookupError: ('missing'"),
        (ASKED + "def test_b(): assert solution.LIMIT == 3", "AssertionError: assert <function LIMIT> == 3"),
        (ASKED + "def test_b(): pytest.skip('no GPU')", "test_it.py::test_b is skipped in the sandbox (no GPU)"),
        (ASKED + "@pytest.mark.skip\ndef test_b(): double(2)", "test_it.py::test_b is skipped in the sandbox"),
        (ASKED + "def test_b(): double(object())", "double cannot be called with what is no plain value"),
        ("async def test(): pass", "async def functions are not natively supported"),
        ("def test(): pass\ntest.__test__ = False", "pytest does not find the test test_it.py::test"),
        (
            "class Base:\n    def test_b(self): pass\nclass TestA(Base):\n    def test_a(self): pass",
            "pytest finds the test test_it.py::TestA::test_b, which is not in the source",
        ),
        ("raise SystemExit\ndef test(): pass", "SystemExit"),
        ("import pytest\ndef test(): pytest.exit('enough')", "pytest ended with"),
    ],
)
def test_tests_that_fail_by_themselves_judge_nobody(tested: Tested, test: str, told: str) -> None:
    with pytest.raises(ChecksBroken) as broken:
        tested(DOUBLE, test)
    assert told in str(broken.value)


BLAMED = {
    "skip": "def test(): double(1) == 2 or pytest.skip('x')",
    "xfail": "def test(): double(1) == 2 or pytest.xfail('x')",
    "marker added": "def test(request):\n    double(1) == 2 or request.node.add_marker(pytest.mark.xfail)\n"
    "    assert 0",
    "skip in a fixture": "@pytest.fixture\ndef two(): double(1) == 2 or pytest.skip('x')\ndef test(two): pass",
    "unittest's skip": "import unittest\nclass TestA(unittest.TestCase):\n"
    "    def test(self): double(1) == 2 or self.skipTest('x')",
    "file": "if double(1) != 2: pytest.skip('x', allow_module_level=True)\ndef test(): pass",
    "collected": "def test(): pass\ntest.__test__ = double(1) == 2",
    "no parameters": "@pytest.mark.parametrize('x', double([]))\ndef test(x): pass",
    "exit": "def test(): double(1) == 2 or pytest.exit('x')",
    "exit of a file": "if double(1) != 2: raise SystemExit\ndef test(): pass",
    "dead process": "def test(): double(1) == 2 or os._exit(0)",
    "shared": "@pytest.fixture(scope='module')\ndef value(): return double(1)\ndef test_a(value): pass\n"
    "def test_b(value): assert {2: 3}[value]",
    "left": "LEFT = {}\ndef test_a(): LEFT['x'] = double(1)\ndef test_b(): assert {2: 3}[LEFT['x']]",
    "left out": "LEFT = {}\ndef test_a():\n    assert double(1) == 2\n    LEFT['x'] = 1\n"
    "def test_b(): assert LEFT['x']",
    "left, skip": "LEFT = {}\ndef test_a(): LEFT['x'] = double(1)\ndef test_b(): LEFT['x'] == 2 or pytest.skip('x')",
    "left, xfail": "LEFT = []\ndef test_a(): LEFT.append(double(1))\ndef test_b(): 2 in LEFT or pytest.xfail('x')",
    "refused before": "def test_a():\n    with pytest.raises(TypeError): double(object())\n"
    "def test_b(): assert {2: 3}[double(1)]",
}


@pytest.mark.parametrize("test", BLAMED.values(), ids=BLAMED)
def test_what_a_wrong_value_does_to_the_tests_is_the_programs_failure(tested: Tested, test: str) -> None:
    """Neither a pass nor a fault of the tests, which would end the run."""
    test = f"import os, pytest\nfrom solution import double\n{test}"
    assert tested("def double(x): return x", test).reward == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [("while True: pass", Status.TIME_LIMIT), ("return [0] * 2**28", Status.MEMORY_LIMIT)],
    ids=["time", "memory"],
)
@pytest.mark.parametrize(
    "test",
    [
        "def test():\n    try: double(1)\n    except BaseException: pass",
        "try: double(1)\nexcept BaseException: pass\ndef test(): pass",
        "@pytest.fixture\ndef one():\n    yield\n    try: double(1)\n    except BaseException: pass\n"
        "def test(one): pass",
    ],
    ids=["test", "file", "tear-down"],
)
def test_a_limit_that_the_tests_catch_is_one(tested: Tested, test: str, body: str, status: Status) -> None:
    limits = Limits(cpu_s=1, wall_s=5, memory_bytes=512 << 20)
    test = f"import pytest\nfrom solution import double\n{test}"
    assert tested(f"def double(x):\n    {body}\n", test, limits=limits).status is status


def test_values_that_fill_the_memory_of_the_tests_are_the_programs_failure(
    tested: Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = 128 << 20
    monkeypatch.setattr("sandboxes.verifiers.relay.TESTS_BYTES", memory)
    test = "from solution import double\nkept = []\ndef test():\n    while True: kept.append(double(1))\n"
    program = "def double(x): return ['x' * 1000 for _ in range(8000)]"
    assert tested(program, test, limits=Limits(memory_bytes=memory)).reward == 0


def test_tests_that_never_come_to_the_program_are_no_verdict_on_it(
    tested: Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandboxes.verifiers.relay.GRACE_S", 1)
    verdict = tested(DOUBLE, "import time\ndef test(): time.sleep(60)", limits=Limits(cpu_s=1, wall_s=1))
    told = "the sandbox of the tests failed (no program was called in time); mend the tests if they"
    assert (verdict.reward, verdict.detail) == (None, f"{told} end their own process or hang")
