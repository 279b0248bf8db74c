"""lcb-official fails what LiveCodeBench's grader fails, passes what it passes, and tells what happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.parity.odd_programs import ODD, Odd
from benchmarks.suites.lcb_rows import Row
from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import make_verifier
from sandboxes.verifiers.lcb_official import LcbOfficialVerifier

pytestmark = pytest.mark.bubblewrap

Official = Callable[..., Verdict]
SUMS = (("3\n1 2 3\n", "6\n"), ("2\n5 5\n", "10\n"))
RIGHT = "input()\nprint(sum(map(int, input().split())))"


@pytest.fixture(scope="session")
def has_numpy(sandbox: Bubblewrap) -> bool:
    checks = Checks("lcb-official", (Case("case", Tier.SAMPLE, "", ""),))
    return LcbOfficialVerifier(checks, sandbox).verify(Program("import numpy\nnumpy")).status is Status.PASS


@pytest.mark.parametrize("odd", [pytest.param(odd, id=f"{odd.function or 'stdin'}-{odd.name}") for odd in ODD])
def test_an_odd_program_ends_as_it_does_there(sandbox: Bubblewrap, has_numpy: bool, odd: Odd) -> None:
    if "numpy" in odd.source and not has_numpy:
        pytest.skip("the sandbox's Python has no numpy, which LiveCodeBench's has")
    row = Row(odd.name, "", "", "", "", "", "", "", odd.function, odd.tests, "")
    cases = tuple(row.case(f"sample {number}", Tier.SAMPLE, test) for number, test in enumerate(odd.tests, 1))
    checks = Checks("lcb-official", cases, Limits(cpu_s=1.0 if "sleep" in odd.source else 6.0), odd.function)
    verdict = LcbOfficialVerifier(checks, sandbox).verify(Program(odd.source))
    assert (verdict.status is Status.PASS) is odd.passes, verdict


def test_the_kind_names_the_profile(sandbox: Bubblewrap) -> None:
    checks = Checks("lcb-official", (Case("case 1", Tier.SAMPLE, *SUMS[0]),))
    assert make_verifier(checks, sandbox).verify(Program(RIGHT)).status is Status.PASS


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param("print(5)", Status.WRONG_ANSWER, id="wrong"),
        pytest.param("print(5", Status.COMPILE_ERROR, id="syntax"),
        pytest.param("1/0", Status.RUNTIME_ERROR, id="exception"),
        pytest.param("import os\nos._exit(0)", Status.RUNTIME_ERROR, id="hard-exit"),
        pytest.param("import os\nos.abort()", Status.RUNTIME_ERROR, id="abort"),
        pytest.param("while True: pass", Status.TIME_LIMIT, id="loop"),
        pytest.param("import time\ntime.sleep(9)", Status.TIME_LIMIT, id="sleep"),
        pytest.param("pow(3, 10 ** 9)", Status.TIME_LIMIT, id="one-long-call"),
        pytest.param("x = [0] * 10 ** 10", Status.MEMORY_LIMIT, id="memory"),
        pytest.param("print('x' * (9 << 20))", Status.OUTPUT_LIMIT, id="output"),
    ],
)
def test_each_failure_has_its_status_and_stops_the_attempt(official: Official, source: str, status: Status) -> None:
    verdict = official(source, *SUMS, timeout_s=1.0)
    ran = [case.status for case in verdict.cases]
    assert verdict.status is status
    assert ran == [Status.NOT_RUN if status is Status.COMPILE_ERROR else status, Status.NOT_RUN]


def test_an_exception_is_told_with_its_line(official: Official) -> None:
    verdict = official("input()\nx = 1 // 0", *SUMS)
    assert verdict.cases[0].error == "ZeroDivisionError: integer division or modulo by zero\n    x = 1 // 0"


def test_a_compile_error_has_the_line_number_of_the_program(official: Official) -> None:
    verdict = official("def f(a):\n    return (a", ([1], 1), entry="f")
    assert "line 2" in verdict.detail


def test_what_was_printed_is_told(official: Official) -> None:
    assert official("print('five')", *SUMS).cases[0].actual == "five\n"


def test_the_preamble_comes_first(official: Official) -> None:
    assert official("print(six)", ("", "6"), preamble="six = 6\n").status is Status.PASS


def test_the_time_limit_is_for_each_case(official: Official) -> None:
    source = "import time\ntime.sleep(0.4)\nprint(input())"
    assert official(source, *[(f"{n}\n", f"{n}\n") for n in range(3)], timeout_s=1.0).status is Status.PASS


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("while True:\n    try:\n        while True: pass\n    except Exception: pass", id="catches"),
        pytest.param("import signal\nsignal.alarm(0)\nwhile True: pass", id="takes-the-alarm-away"),
        pytest.param("import time\ntry: time.sleep(5)\nexcept Exception: pass\nprint(6)", id="catches-and-answers"),
    ],
)
def test_who_goes_on_after_the_alarm_has_failed(official: Official, source: str) -> None:
    assert official(source, SUMS[0], timeout_s=1.0).status is Status.TIME_LIMIT


def test_what_an_attempt_keeps_lasts_from_the_first_case_to_the_last(official: Official) -> None:
    source = "import math\nmath.calls = getattr(math, 'calls', 0) + 1\nprint(math.calls)"
    pairs = [("", f"{n}\n") for n in range(1, 10)]
    assert official(source, *pairs).status is Status.PASS
    verdict = official(source, *pairs[:6], ("", "0"), *pairs[7:])
    failed = [Status.WRONG_ANSWER, Status.NOT_RUN, Status.NOT_RUN]
    assert [case.status for case in verdict.cases] == [Status.PASS] * 6 + failed


def test_other_languages_are_refused(sandbox: Bubblewrap) -> None:
    checks = Checks("lcb-official", (Case("case 1", Tier.SAMPLE, "", ""),))
    with pytest.raises(ValueError, match="Python only, got 'rust'"):
        LcbOfficialVerifier(checks, sandbox).verify(Program("fn main() {}", language="rust"))


def test_large_inputs_arrive(official: Official) -> None:
    numbers = " ".join(["123456789"] * 500_000)
    wanted = str(500_000 * 123456789)
    assert official(RIGHT, *[(f"500000\n{numbers}\n", wanted)] * 3, timeout_s=6.0).status is Status.PASS


@pytest.mark.parametrize(
    ("case", "entry"),
    [
        pytest.param(Case("case 1", Tier.SAMPLE, "1", "1"), "f", id="text-for-a-function"),
        pytest.param(Case("case 1", Tier.SAMPLE, [1], "1"), "", id="list-for-standard-input"),
    ],
)
def test_an_input_of_the_wrong_kind_is_refused(sandbox: Bubblewrap, case: Case, entry: str) -> None:
    with pytest.raises(ValueError, match="case 1"):
        LcbOfficialVerifier(Checks("lcb-official", (case,), entry=entry), sandbox)


def test_no_tests_are_refused(sandbox: Bubblewrap) -> None:
    with pytest.raises(ValueError, match="without tests"):
        LcbOfficialVerifier(Checks("lcb-official", ()), sandbox)
