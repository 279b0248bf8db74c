"""pytest files as tests: pytest runs where the program is not."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken, SandboxUnavailable
from sandboxes.types import Case, Checks, File, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.archive import pytest_archive
from sandboxes.verifiers.pytest_files import PytestVerifier, functions_in, is_test_file

pytestmark = pytest.mark.bubblewrap

Tested = Callable[..., Verdict]
PASS, WRONG, ERROR = Status.PASS, Status.WRONG_ANSWER, Status.RUNTIME_ERROR


@pytest.fixture
def tested(sandbox: Bubblewrap) -> Tested:
    """tested(program, {"test_a.py": source, ...}): each function named test* is a case."""

    def verify(
        source: str,
        files: str | dict[str, str],
        *,
        module: str = "solution",
        limits: Limits | None = None,
        tiers: dict[str, Tier] | None = None,
    ) -> Verdict:
        texts = {"test_it.py": files} if isinstance(files, str) else files
        found = [
            item for path, text in texts.items() if is_test_file(path) for item in functions_in(path, ast.parse(text))
        ]
        cases = tuple(Case(id, (tiers or {}).get(id, Tier.FEEDBACK), text) for id, text in found)
        packed = tuple(File.of(path, text.encode()) for path, text in texts.items())
        checks = Checks("pytest", cases, limits or Limits(), files=packed, module=module)
        return PytestVerifier(checks, sandbox).verify(Program(source))

    return verify


def statuses(verdict: Verdict) -> dict[str, Status]:
    return {case.id.partition("::")[2]: case.status for case in verdict.cases}


DOUBLE = "def double(x):\n    if x < 0:\n        raise ValueError('below zero')\n    return 2 * x\n"
FILE = """
import pytest
from solution import double

@pytest.fixture
def three():
    yield 3

@pytest.mark.parametrize(("given", "wanted"), [(0, 0), (1, 2), (10, 20)])
def test_table(given, wanted):
    assert double(given) == wanted

def test_fixture(three, tmp_path, monkeypatch, capsys):
    assert double(three) == 6

def test_raises():
    with pytest.raises(ValueError, match="below"):
        double(-1)

class TestLarge:
    def test_approx(self):
        assert double(1e9) == pytest.approx(2e9)
"""


def test_fixtures_parameters_raises_and_classes_work(tested: Tested) -> None:
    verdict = tested(DOUBLE, FILE)
    assert statuses(verdict) == {
        "test_table": PASS,
        "test_fixture": PASS,
        "test_raises": PASS,
        "TestLarge::test_approx": PASS,
    }
    assert verdict.status is PASS


def test_a_wrong_program_fails_the_tests_that_it_fails(tested: Tested) -> None:
    verdict = tested("def double(x):\n    return x + 1\n", FILE)
    assert statuses(verdict) == {
        "test_table": WRONG,
        "test_fixture": WRONG,
        "test_raises": WRONG,
        "TestLarge::test_approx": WRONG,
    }


def test_the_first_failing_item_is_told_with_its_parameters_and_what_was_returned(tested: Tested) -> None:
    error = tested("def double(x):\n    return x * x\n", FILE).cases[0].error
    assert error.startswith("test_table[1-2]\ndouble(1) returned 1\nassert 1 == 2\n +  where 1 = double(1)")


def test_an_exception_of_the_program_is_told_as_python_prints_it(tested: Tested) -> None:
    case = tested("def double(x):\n    return x[0]\n", "from solution import double\ndef test(): assert double(1) == 2")
    assert case.cases[0].status is ERROR
    assert case.cases[0].error.endswith("TypeError: 'int' object is not subscriptable")


def test_a_test_that_expects_an_exception_says_that_there_was_none(tested: Tested) -> None:
    error = tested("def double(x):\n    return 0\n", FILE).cases[2].error
    assert error == "double(-1) returned 0\nFailed: DID NOT RAISE ValueError"


def test_the_module_may_have_any_name_and_be_imported_in_any_way(tested: Tested) -> None:
    test = """
import pkg.calc
import pkg.calc as renamed
from pkg import calc
from pkg.calc import double as twice
def test():
    assert pkg.calc.double(1) == renamed.double(1) == calc.double(1) == twice(1) == 2
"""
    assert tested(DOUBLE, test, module="pkg.calc").status is PASS


def test_several_functions_of_the_program_may_be_called(tested: Tested) -> None:
    test = "from solution import a, b\ndef test(): assert (a(), b(1, c=[2])) == (1, (1, [2]))"
    assert tested("def a(): return 1\ndef b(x, c): return x, c\n", test).status is PASS


def test_an_exception_of_the_programs_own_can_be_expected(tested: Tested) -> None:
    program = (
        "class OutOfStock(LookupError): pass\nclass StockError(OutOfStock): pass\ndef buy(): raise StockError('no')"
    )
    test = """
import pytest
from solution import StockError, buy
def test_own():
    with pytest.raises(StockError, match="no"): buy()
def test_builtin():
    with pytest.raises(LookupError): buy()
"""
    assert tested(program, test).status is PASS


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("StockError('no')", "StockError"),
        ("SoldOutError('no')", "StockError"),
        ("SoldOutError('no')", "LookupError"),
        ("b'\\xff'.decode()", "UnicodeDecodeError"),
        ("b'\\xff'.decode()", "ValueError"),
        ("TwoError(1, 'no')", "ArithmeticError"),
        ("QuietError('no')", "KeyError"),
        ("open('/nowhere')", "FileNotFoundError"),
        ("StopIteration", "RuntimeError"),
        ("SystemExit", "RuntimeError"),
        ("ExceptionGroup('no', [ValueError()])", "Exception"),
    ],
)
def test_an_exception_is_caught_by_any_of_its_classes(tested: Tested, raised: str, expected: str) -> None:
    program = f"""
class StockError(LookupError): pass
class SoldOutError(StockError): pass
class TwoError(ZeroDivisionError):
    def __init__(self, code, text): super().__init__(code, text)
class QuietError(KeyError):
    def __str__(self): return "quiet"
def buy():
    {raised if raised[0] in "bo" else f"raise {raised}"}
"""
    test = (
        f"import pytest\nfrom solution import StockError, buy\ndef test():\n    with pytest.raises({expected}): buy()"
    )
    assert tested(program, test).status is PASS


@pytest.mark.parametrize(
    ("raised", "checked"),
    [
        ("KeyError('a')", "info.type is KeyError and str(info.value) == \"'a'\" and info.value.args == ('a',)"),
        ("KeyError((1, 2))", "str(info.value) == '(1, 2)' and info.value.args == ((1, 2),)"),
        ("KeyError()", "str(info.value) == ''"),
        ("KeyError(object)", "str(info.value) == \"<class 'object'>\""),
        ("QuietError('a')", "str(info.value) == 'quiet' and info.type.__name__ == 'QuietError'"),
        ("TwoError(1, 'no')", "str(info.value) == \"(1, 'no')\""),
        ("ValueError('no')", "info.type is ValueError and info.value.args == ('no',)"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')", "str(info.value).endswith('position 0: no')"),
    ],
)
def test_an_exception_keeps_its_message(tested: Tested, raised: str, checked: str) -> None:
    program = f"""
class TwoError(ZeroDivisionError): pass
class QuietError(KeyError):
    def __str__(self): return "quiet"
def buy(): raise {raised}
"""
    test = f"""
import pytest
from solution import buy
def test():
    with pytest.raises(Exception) as info: buy()
    assert {checked}
"""
    assert tested(program, test).status is PASS


def test_conftest_helpers_and_data_files_work(tested: Tested) -> None:
    files = {
        "conftest.py": "import pytest\n@pytest.fixture(scope='session')\ndef four(): return 4\n",
        "feedback/test_a.py": (
            "from pathlib import Path\nfrom helpers import two\nfrom solution import double\n"
            "def test_a(four): assert double(two()) == four == int((Path(__file__).parent / 'n.txt').read_text())\n"
        ),
        "feedback/helpers.py": "def two(): return 2\n",
        "feedback/n.txt": "4",
        "confirm/b_test.py": "from solution import double\ndef test_b(four): assert double(four) == 8\n",
    }
    verdict = tested(DOUBLE, files)
    assert [case.id for case in verdict.cases] == ["feedback/test_a.py::test_a", "confirm/b_test.py::test_b"]
    assert verdict.status is PASS


def test_unittest_classes_are_collected_as_pytest_does(tested: Tested) -> None:
    test = """
import unittest
from solution import double
class Sums(unittest.TestCase):
    def setUp(self): self.two = 2
    def test_two(self): self.assertEqual(double(self.two), 4)
"""
    assert statuses(tested(DOUBLE, test)) == {"Sums::test_two": PASS}
    assert statuses(tested("def double(x): return 5", test)) == {"Sums::test_two": WRONG}


def test_a_test_that_is_expected_to_fail_may(tested: Tested) -> None:
    test = """
import pytest
from solution import double
from unittest import TestCase, expectedFailure
@pytest.mark.xfail
def test_known(): assert double(2) == 5
@pytest.mark.xfail(strict=True)
def test_strict(): assert double(2) == 4
@pytest.mark.xfail
def test_unwritten(): raise NotImplementedError
class Sums(TestCase):
    @expectedFailure
    def test_sum(self): self.assertEqual(double(2), 5)
    @expectedFailure
    def test_fine(self): self.assertEqual(double(2), 4)
"""
    assert statuses(tested(DOUBLE, test)) == {
        "test_known": PASS,
        "test_strict": WRONG,
        "test_unwritten": PASS,
        "Sums::test_sum": PASS,
        "Sums::test_fine": WRONG,
    }


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
    assert statuses(tested("def double(x): return 3", test)) == {"test_before": WRONG, "test_after": WRONG}


def test_a_program_that_fails_while_a_file_is_collected_fails_every_test(tested: Tested) -> None:
    test = "from solution import double\nTABLE = [double(n) for n in range(3)]\ndef test(): assert TABLE[1] == 2\n"
    verdict = tested("def double(x): return 1 / x", test)
    assert verdict.status is ERROR
    assert "ZeroDivisionError" in verdict.cases[0].error


def test_an_endless_program_is_a_time_limit(tested: Tested) -> None:
    test = "from solution import f\ndef test_a():\n    try: f()\n    except Exception: pass\ndef test_b(): f()\n"
    verdict = tested("def f():\n    while True: pass\n", test, limits=Limits(cpu_s=1))
    assert verdict.status is Status.TIME_LIMIT


def test_a_program_that_does_not_compile_is_a_compile_error(tested: Tested) -> None:
    assert tested("def double(x:\n", FILE).status is Status.COMPILE_ERROR


LIES = {
    "equality": "class L:\n    def __eq__(self, other): return True\ndef double(x): return L()",
    "int": "class L(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
    "def double(x): return L(5)",
    "pytest": "import sys, types\nsys.modules['pytest'] = types.ModuleType('pytest')\ndef double(x): return 5",
    "conftest": "import os\nos.makedirs('/tmp/tests', exist_ok=True)\nopen('/tmp/tests/conftest.py', 'w').write('')\n"
    "def double(x): return 5",
    "exit": "import os\ndef double(x): os._exit(0)",
    "SystemExit": "def double(x): raise SystemExit(0)",
    "StopIteration": "def double(x): raise StopIteration",
    "skip": "class Skipped(Exception): pass\ndef double(x): raise Skipped('x')",
    "xfail": "class XFailed(Exception): pass\ndef double(x): raise XFailed('x')",
    "frames": "import sys\ndef double(x):\n    f = sys._getframe()\n    while f:\n        if 'wanted' in f.f_locals:"
    " return f.f_locals['wanted']\n        f = f.f_back\n    return 5",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_no_program_passes_by_lying(tested: Tested, lie: str) -> None:
    test = "from solution import double\ndef test(wanted=4):\n    assert double(2) == wanted\n"
    assert tested(lie, test).reward == 0


def test_the_program_does_not_find_the_tests(tested: Tested) -> None:
    spy = (
        "import os, sys\ndef double(x):\n"
        "    found = [n for p, _, names in os.walk('/tmp') for n in names if n != 'program.py']\n"
        "    return 0 if found or 'pytest' in sys.modules else 4\n"
    )
    assert tested(spy, "from solution import double\ndef test(): assert double(2) == 4").status is PASS


def test_hidden_tests_run_last(tested: Tested) -> None:
    files = {
        "conftest.py": "import pytest\n@pytest.fixture(scope='session')\ndef ran(): return []\n",
        "confirm/test_a.py": "from solution import f\ndef test_a(ran): assert f(1) == 1 and ran == ['b']\n",
        "feedback/test_b.py": "from solution import f\ndef test_b(ran):\n    assert f(1) == 1\n    ran.append('b')\n",
    }
    verdict = tested("def f(x): return x", files, tiers={"confirm/test_a.py::test_a": Tier.CONFIRM})
    assert verdict.status is PASS


def test_what_ended_the_tests_is_withheld_when_one_is_hidden(tested: Tested) -> None:
    files = {
        "test_a.py": "from solution import f\ndef test_a(): assert f(1) == 1\n",
        "test_b.py": "from solution import f\nSECRET = {7: 7}[f(7)]\ndef test_b(): pass\n",
    }
    verdict = tested("def f(x): return 'SECRET'", files, tiers={"test_b.py::test_b": Tier.CONFIRM})
    assert verdict.reward == 0
    assert "SECRET" not in "".join(case.error + case.actual for case in verdict.cases)


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
    assert (verdict.reward, verdict.detail) == (None, "the sandbox of the tests failed: no program was called in time")


def test_a_program_that_may_have_little_memory_can_be_tested(tested: Tested) -> None:
    assert tested(DOUBLE, FILE, limits=Limits(memory_bytes=16 << 20)).status is PASS


def test_only_what_pytest_would_collect_is_a_case() -> None:
    source = """
def test_a(): pass
def helper(): pass
def testing(): pass
class TestB:
    def test_b(self): pass
    def other(self): pass
    class TestC:
        def test_c(self): pass
class Other:
    def test_d(self): pass
"""
    assert [id for id, _ in functions_in("x/test_y.py", ast.parse(source))] == [
        "x/test_y.py::test_a",
        "x/test_y.py::testing",
        "x/test_y.py::TestB::test_b",
        "x/test_y.py::TestB::TestC::test_c",
    ]
    assert [is_test_file(name) for name in ("test_a.py", "a_test.py", "tests.py", "conftest.py", "test_a.txt")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_machine_without_pytest_is_told_how_to_get_it(sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandboxes.verifiers.archive.find_spec", lambda name: None)
    with pytest.raises(SandboxUnavailable, match=r"^tests in pytest files need pytest: run pip install pytest$"):
        PytestVerifier(Checks("pytest", (), module="solution"), sandbox)


def test_the_archive_holds_pytest_compiled_and_as_source(tmp_path: Path) -> None:
    archive = tmp_path / "pytest.zip"
    archive.write_bytes(b64decode(pytest_archive()))
    names = zipfile.ZipFile(archive).namelist()
    assert {"pytest/__init__.py", "pytest/__init__.pyc", "_pytest/main.py", "_pytest/main.pyc"} <= {*names}
    code = f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [{str(archive)!r}]"
    code += "; import pytest; print(pytest.__file__)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{archive}/pytest/__init__.pyc\n"


def test_a_module_that_has_no_name_is_refused(sandbox: Bubblewrap) -> None:
    checks = Checks("pytest", (Case("test_a.py::test", Tier.SAMPLE, ""),), module="my-solution")
    with pytest.raises(ValueError, match=r"^'my-solution' is no name of a module: set `module` to what the tests"):
        PytestVerifier(checks, sandbox)
