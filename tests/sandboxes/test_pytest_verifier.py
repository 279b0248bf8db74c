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
from sandboxes.errors import SandboxUnavailable
from sandboxes.types import Case, Checks, Limits, Status, Tier, Verdict
from sandboxes.verifiers.archive import pytest_archive
from sandboxes.verifiers.pytest_files import PytestVerifier, functions_in, is_test_file

pytestmark = pytest.mark.bubblewrap

Tested = Callable[..., Verdict]
PASS, WRONG, ERROR = Status.PASS, Status.WRONG_ANSWER, Status.RUNTIME_ERROR


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
