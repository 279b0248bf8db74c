from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, CaseResult, Checks, Limits, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.bubblewrap

Stdio = Callable[..., Verdict]
PAIRS = (("3\n1 2 3\n", "6\n"), ("2\n5 5\n", "10\n"))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("input()\nprint(sum(map(int, input().split())))", id="plain"),
        pytest.param("print(sum(map(int, open(0).read().split()[1:])))", id="open-0"),
        pytest.param("import sys\n_, line = sys.stdin\nprint(sum(map(int, line.split())))", id="iterate"),
        pytest.param(
            "import os, sys\nsys.stdin.buffer.readline()\n"
            "os.write(1, b'%d' % sum(map(int, sys.stdin.buffer.readline().split())))",
            id="bytes",
        ),
        pytest.param("if __name__ == '__main__':\n    input()\n    print(eval(input().replace(' ', '+')))", id="guard"),
        pytest.param(
            "import threading\ndef main():\n    input()\n    print(sum(map(int, input().split())))\n"
            "threading.Thread(target=main).start()",
            id="thread-not-joined",
        ),
        pytest.param("input()\nprint(sum(map(int, input().split())))\nquit()", id="quit"),
        pytest.param("\ufeffinput()\nprint(sum(map(int, input().split())))", id="byte-order-mark"),
        pytest.param(
            "import sys\nsys.setrecursionlimit(10**6)\ndef down(n): return 0 if n == 0 else down(n - 1)\ndown(50_000)\n"
            "input()\nprint(sum(map(int, input().split())))",
            id="deep-recursion",
        ),
    ],
)
def test_a_right_program_passes(stdio: Stdio, source: str) -> None:
    assert stdio(source, *PAIRS).status is Status.PASS


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param("print(6)", Status.WRONG_ANSWER, id="constant"),
        pytest.param("", Status.WRONG_ANSWER, id="empty"),
        pytest.param("import sys; sys.exit(0)", Status.WRONG_ANSWER, id="exit-0"),
        pytest.param("import os; os._exit(0)", Status.WRONG_ANSWER, id="hard-exit-0"),
        pytest.param("print('passed')", Status.WRONG_ANSWER, id="says-passed"),
        pytest.param("print(6)\nraise SystemExit(1)", Status.RUNTIME_ERROR, id="exit-1-after-the-answer"),
        pytest.param("print(6)\n1/0", Status.RUNTIME_ERROR, id="exception-after-the-answer"),
        pytest.param("import os; os.abort()", Status.RUNTIME_ERROR, id="abort"),
        pytest.param("print(6", Status.COMPILE_ERROR, id="syntax"),
        pytest.param("print(6)\x00", Status.COMPILE_ERROR, id="null-byte"),
        pytest.param("(" * 10_000, Status.COMPILE_ERROR, id="nesting"),
        pytest.param("print('\ud800')", Status.COMPILE_ERROR, id="lone-surrogate"),
        pytest.param("#" * (1 << 20) + "\nprint(6)", Status.COMPILE_ERROR, id="longer-than-a-message"),
    ],
)
def test_a_wrong_program_fails(stdio: Stdio, source: str, status: Status) -> None:
    assert stdio(source, *PAIRS).status is status


def test_every_case_runs_and_is_told_apart(stdio: Stdio) -> None:
    verdict = stdio("print(6)", *PAIRS, PAIRS[0])
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.WRONG_ANSWER, Status.PASS]
    assert verdict.fraction_passed == pytest.approx(2 / 3)
    assert verdict.cases[1].actual == "6\n"


def test_after_a_time_limit_the_rest_is_not_run(stdio: Stdio) -> None:
    source = "import time\nif input() == 'slow': time.sleep(60)\nprint(1)"
    slow, quick = ("slow", "1"), ("quick", "1")
    verdict = stdio(source, quick, slow, quick, slow, limits=Limits(wall_s=0.2))
    statuses = [Status.PASS, Status.TIME_LIMIT, Status.NOT_RUN, Status.NOT_RUN]
    assert [case.status for case in verdict.cases] == statuses
    assert verdict.status is Status.TIME_LIMIT


def test_a_compile_error_shows_the_line_and_the_place(stdio: Stdio) -> None:
    verdict = stdio("x = 1\ny = = 2", *PAIRS)
    assert 'File "program.py", line 2\n    y = = 2\n        ^' in verdict.detail
    assert [case.status for case in verdict.cases] == [Status.NOT_RUN] * 2


def test_a_traceback_names_the_programs_own_lines(stdio: Stdio) -> None:
    error = stdio("def f():\n    return 1 / 0\nf()", ("", "")).cases[0].error
    lines = [line.strip() for line in error.splitlines() if line.strip(" ~^")]
    assert lines == [
        "Traceback (most recent call last):",
        'File "program.py", line 3, in <module>',
        "f()",
        'File "program.py", line 2, in f',
        "return 1 / 0",
        "ZeroDivisionError: division by zero",
    ]


def test_a_program_that_starts_itself_again_is_told_by_its_bare_name(stdio: Stdio) -> None:
    source = "import os, sys\nif sys.argv[1:]: 1 / 0\nos.execv(sys.executable, [sys.executable, __file__, 'again'])"
    assert 'File "program.py", line 2' in stdio(source, ("", "")).cases[0].error


def test_a_preamble_comes_first_and_leaves_line_numbers_alone(stdio: Stdio) -> None:
    source = "from __future__ import annotations\nprint(helper(2))\nif __name__ == '__main__':\n    boom()"
    case = stdio(source, ("", ""), preamble="def helper(n):\n    return n + 1\n").cases[0]
    assert case.actual == "3\n"
    assert case.error.startswith('Traceback (most recent call last):\n  File "program.py", line 4, in <module>')


@pytest.mark.parametrize("preamble", ["", "x = 1\n"])
@pytest.mark.parametrize(
    "head",
    [
        "# -*- coding: latin-1 -*-\n",
        "#!/usr/bin/python3\n# vim: set fileencoding=cp1252 :\r\n",
        "# coding: latin-1\n# coding: cp1252\n",
        "\ufeff# coding: no-such-encoding\n",
    ],
)
def test_what_a_program_says_of_its_encoding_is_nothing_to_a_text(stdio: Stdio, head: str, preamble: str) -> None:
    assert stdio(head + "print('é☃')", ("", "é☃"), preamble=preamble).status is Status.PASS


def test_only_a_comment_names_an_encoding(stdio: Stdio) -> None:
    source = 'print("""\n# coding: latin-1 é""")'
    assert stdio(source, ("", "# coding: latin-1 é")).status is Status.PASS


def test_what_it_printed_is_clean_text(stdio: Stdio) -> None:
    case = stdio(r"import os; os.write(1, b'a\xff\x1b[31m\x00\xe2\x80\xaeb')", ("", "")).cases[0]
    assert case.actual == "a\ufffd\ufffd[31m\ufffd\ufffdb"


def test_long_output_loses_its_middle(stdio: Stdio) -> None:
    actual = stdio("print('a' * 5000 + 'z')", ("", "")).cases[0].actual
    assert actual.startswith("aaa")
    assert actual.endswith("z\n")
    assert "characters left out" in actual


@pytest.mark.parametrize(("stream", "limit"), [("output", 8 << 20), ("error", 64 << 20)])
def test_a_flood_is_told_with_the_limit_of_its_stream(stdio: Stdio, stream: str, limit: int) -> None:
    descriptor = 1 if stream == "output" else 2
    case = stdio(f"import os\nwhile True: os.write({descriptor}, b'x' * 65536)", ("", "")).cases[0]
    assert case.status is Status.OUTPUT_LIMIT
    assert case.error == f"wrote more than {limit} bytes to standard {stream}"


def test_a_test_that_cannot_enter_a_sandbox_is_refused(sandbox: Bubblewrap) -> None:
    with pytest.raises(ValueError, match="the test 'big' is too big for a sandbox: a message of"):
        StdioVerifier(Checks("stdio", (Case("big", Tier.SAMPLE, "\0" * (22 << 20), "1"),)), sandbox)


def test_a_case_without_texts_is_refused(sandbox: Bubblewrap) -> None:
    with pytest.raises(ValueError, match="must be texts"):
        StdioVerifier(Checks("stdio", (Case("1", Tier.SAMPLE, [1], "1"),)), sandbox)


def test_a_problem_without_cases_is_refused(sandbox: Bubblewrap) -> None:
    with pytest.raises(ValueError, match="at least one case"):
        StdioVerifier(Checks("stdio", ()), sandbox)


def test_control_direction_and_invisible_characters_are_not_told(ran: Callable[..., CaseResult]) -> None:
    odd = "\x1b\x9b\u061c\u200b\u2028\u2029\u202e\u2066\ufeff\U000e0041"
    assert ran(f"print({odd!a})").actual == "\ufffd" * len(odd) + "\n"


def test_a_preamble_that_fails_by_itself_is_the_problems_fault(stdio: Stdio) -> None:
    with pytest.raises(ChecksBroken) as broken:
        stdio("print(input())", ("1", "1"), preamble="import no_such_module")
    assert str(broken.value) == (
        "the problem's preamble fails, whatever the program does "
        "(ModuleNotFoundError: No module named 'no_such_module'); mend it"
    )


def test_a_preamble_may_read_the_input(stdio: Stdio) -> None:
    assert stdio("print(n)", ("1", "1"), preamble="n = int(input())").status is Status.PASS
