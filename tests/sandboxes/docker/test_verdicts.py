"""Programs get the verdicts that they get elsewhere: in warm containers, in fresh ones, and under gVisor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.types import Limits, Status, Verdict

pytestmark = pytest.mark.docker

SHORT = Limits(cpu_s=1, wall_s=4)
SMALL = Limits(memory_bytes=256 << 20)
ADD = "a, b = map(int, input().split())\nprint(a + b)\n"


def test_a_right_program_passes(stdio: Callable[..., Verdict]) -> None:
    assert stdio(ADD, ("1 2\n", "3\n"), ("20 30\n", "50\n")).status is Status.PASS


def test_a_wrong_answer_is_told_with_what_was_printed(stdio: Callable[..., Verdict]) -> None:
    verdict = stdio("print(7)", ("", "8\n"))
    assert (verdict.status, verdict.cases[0].actual) == (Status.WRONG_ANSWER, "7\n")


def test_an_exception_is_told_with_the_programs_own_frame(stdio: Callable[..., Verdict]) -> None:
    verdict = stdio("1 / 0", ("", "8\n"))
    assert verdict.status is Status.RUNTIME_ERROR
    assert 'File "program.py", line 1' in verdict.cases[0].error


def test_what_is_no_python_is_a_compile_error(stdio: Callable[..., Verdict]) -> None:
    assert stdio("print(", ("", "8\n")).status is Status.COMPILE_ERROR


def test_a_busy_loop_hits_the_limit_on_cpu_time(stdio: Callable[..., Verdict]) -> None:
    assert stdio("while True: pass", ("", ""), limits=SHORT).status is Status.TIME_LIMIT


def test_a_sleeper_hits_the_limit_on_the_clock(stdio: Callable[..., Verdict]) -> None:
    assert stdio("import time; time.sleep(60)", ("", ""), limits=SHORT).status is Status.TIME_LIMIT


def test_too_much_memory_is_a_memory_limit(stdio: Callable[..., Verdict]) -> None:
    assert stdio("x = bytearray(1 << 30); print(len(x))", ("", ""), limits=SMALL).status is Status.MEMORY_LIMIT


def test_endless_output_is_an_output_limit(stdio: Callable[..., Verdict]) -> None:
    assert stdio("while True: print('x' * 100000)", ("", "")).status is Status.OUTPUT_LIMIT


def test_a_program_that_kills_its_runner_fails(stdio: Callable[..., Verdict]) -> None:
    verdict = stdio("import os; os.kill(os.getppid(), 9)", ("", ""))
    assert verdict.status is Status.RUNTIME_ERROR


def test_output_of_megabytes_comes_whole(stdio: Callable[..., Verdict]) -> None:
    text = "0123456789abcdef" * (1 << 17)
    assert stdio("print('0123456789abcdef' * (1 << 17))", ("", f"{text}\n")).status is Status.PASS


def test_input_of_megabytes_goes_in_whole(stdio: Callable[..., Verdict]) -> None:
    assert stdio("print(len(input()))", ("x" * (4 << 20) + "\n", f"{4 << 20}\n")).status is Status.PASS


def test_a_function_is_called_for_each_case(function: Callable[..., Verdict]) -> None:
    assert function("def f(a):\n    return sorted(a)", ([[3, 1, 2]], [1, 2, 3])).status is Status.PASS


def test_assertions_see_the_values_that_the_program_returns(asserted: Callable[..., Verdict]) -> None:
    tests = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n"
    verdict = asserted("def f(n):\n    return n * n if n < 3 else 0", tests)
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.WRONG_ANSWER]


def test_threads_can_be_started(stdio: Callable[..., Verdict]) -> None:
    program = "import threading\nthreading.Thread(target=lambda: print(6)).start()"
    assert stdio(program, ("", "6\n")).status is Status.PASS


def test_forty_threads_at_once_fit_into_the_memory(stdio: Callable[..., Verdict]) -> None:
    program = (
        "import threading\nbarrier = threading.Barrier(41)\n"
        "for _ in range(40): threading.Thread(target=barrier.wait).start()\nbarrier.wait()\nprint(6)"
    )
    assert stdio(program, ("", "6\n")).status is Status.PASS


def test_recursion_through_c_code_goes_deep(stdio: Callable[..., Verdict]) -> None:
    program = (
        "import functools, sys\nsys.setrecursionlimit(10**5)\n"
        "@functools.cache\ndef total(n): return n and 1 + total(n - 1)\nprint(total(15_000))"
    )
    assert stdio(program, ("", "15000\n")).status is Status.PASS
