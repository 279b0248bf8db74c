from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.assertions import AssertionsVerifier

pytestmark = pytest.mark.bubblewrap

Asserted = Callable[..., Verdict]
DOUBLE = "def f(x): return 2 * x"
THREE = """
def check(candidate):
    assert candidate(1) == 2
    assert candidate(0) == 0, 'text'
    assert candidate([3]) == [3, 3]
"""
PASS, WRONG, ERROR = Status.PASS, Status.WRONG_ANSWER, Status.RUNTIME_ERROR


def statuses(verdict: Verdict) -> list[Status]:
    return [case.status for case in verdict.cases]


def test_a_right_program_passes(asserted: Asserted) -> None:
    assert asserted(DOUBLE, THREE).status is PASS


def test_every_assertion_runs_on_its_own(asserted: Asserted) -> None:
    assert statuses(asserted("def f(x): return x", THREE)) == [WRONG, PASS, WRONG]


def test_a_failed_assertion_says_what_the_call_returned_and_names_the_function(asserted: Asserted) -> None:
    case = asserted("def f(x): return x", THREE).cases[2]
    assert case.actual == "[3]"
    assert case.error == "assert f([3]) == [3, 3]\nf([3]) returned [3]"


def test_an_exception_is_a_runtime_error_with_the_programs_frames(asserted: Asserted) -> None:
    case = asserted("def f(x): return x + 1", THREE).cases[2]
    assert case.status is ERROR
    assert 'File "program.py", line 1, in f' in case.error
    assert "tests.py" not in case.error


LIAR = "class Liar:\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(LIAR + "def f(x): return Liar()", id="liar"),
        pytest.param("class L(int):\n    def __eq__(s, o): return True\ndef f(x): return L(7)", id="lying-int"),
        pytest.param("import sys\ndef f(x): sys.exit(0)", id="exit"),
        pytest.param("import os\ndef f(x): os._exit(0)", id="hard-exit"),
        pytest.param("def f(x): print('passed')", id="says-passed"),
        pytest.param("def f(x): raise AssertionError", id="assertion-error"),
        pytest.param("import builtins\nbuiltins.AssertionError = Exception\ndef f(x): return None", id="patch"),
        pytest.param("import os, signal\ndef f(x): os.kill(-1, signal.SIGKILL)", id="kill-all"),
    ],
)
def test_tricks_do_not_pass(asserted: Asserted, source: str) -> None:
    assert not {PASS} & set(statuses(asserted(source, THREE)))


def test_neither_tests_nor_expected_values_reach_the_program(asserted: Asserted) -> None:
    source = (
        "import gc, glob, sys\n"
        "def f(x):\n"
        "    texts = [v for v in gc.get_objects() if isinstance(v, (str, dict, list))]\n"
        "    found = 'mark-' + 'expected' in repr(texts) + repr(sys.modules)\n"
        "    for name in glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/box/**/*.py', recursive=True):\n"
        "        found = found or 'mark-' + 'expected' in open(name).read()\n"
        "    return found\n"
    )
    test = "def check(candidate):\n    assert candidate(1) is False, 'mark-expected'\n"
    assert asserted(source, test).status is PASS


def test_an_assertion_in_a_loop_passes_only_if_it_always_does(asserted: Asserted) -> None:
    test = "def check(candidate):\n    for n in range(5):\n        assert candidate(n) == 2 * n\n"
    assert asserted(DOUBLE, test).status is PASS
    case = asserted("def f(x): return 2 * x if x != 3 else 0", test).cases[0]
    assert (case.status, case.actual) == (WRONG, "0")
    assert "f(3) returned 0" in case.error


def test_an_assertion_that_never_ran_is_no_pass(asserted: Asserted) -> None:
    test = "def check(candidate):\n    for x in candidate(0):\n        assert x\n"
    assert statuses(asserted("def f(x): return []", test)) == [WRONG]


def test_what_a_failing_test_did_not_reach_fails_with_it(asserted: Asserted) -> None:
    test = "def check(candidate):\n    assert candidate(1) == 1\n    x = candidate(2)\n    assert x == 2\n"
    verdict = asserted("def f(x): return x if x == 1 else boom", test)
    assert statuses(verdict) == [PASS, ERROR]
    assert "NameError" in verdict.cases[1].error


def test_an_exception_after_the_last_assertion_is_no_pass(asserted: Asserted) -> None:
    test = "def check(candidate):\n    assert candidate(1) == 1\n    candidate(2)\n"
    assert asserted("def f(x): return x if x == 1 else boom", test).status is ERROR


def test_an_assertion_that_does_not_count_is_still_enforced(asserted: Asserted) -> None:
    test = "def check(candidate):\n    assert candidate(1) == 1\n    assert 1 > 2\n"
    assert asserted("def f(x): return x", test).status is WRONG


def test_an_expected_exception_can_be_caught_by_its_name(asserted: Asserted) -> None:
    test = (
        "def check(candidate):\n    caught = ''\n    try:\n        candidate(-1)\n    except ValueError as error:\n"
        "        caught = str(error)\n    assert caught == 'no', candidate\n"
        "    assert candidate(1) == 1\n"
    )
    source = "class Mine(ValueError): pass\ndef f(x):\n    if x < 0: raise Mine('no')\n    return x"
    assert asserted(source, test).status is PASS


def test_a_time_limit_is_not_an_expected_exception(asserted: Asserted) -> None:
    test = (
        "def check(candidate):\n    try:\n        candidate(1)\n        ok = False\n    except Exception:\n"
        "        ok = True\n    assert ok and candidate\n"
    )
    verdict = asserted("import time\ndef f(x): time.sleep(60)", test, limits=Limits(wall_s=0.2))
    assert verdict.status is Status.TIME_LIMIT


def test_after_a_time_limit_the_rest_is_not_run(asserted: Asserted) -> None:
    test = "def check(candidate):\n" + "".join(f"    assert candidate({n}) == {n}\n" for n in range(4))
    verdict = asserted(
        "import time\ndef f(x):\n    if x: time.sleep(60)\n    return x", test, limits=Limits(wall_s=0.2)
    )
    slow = Status.TIME_LIMIT
    assert statuses(verdict) == [PASS, slow, Status.NOT_RUN, Status.NOT_RUN]


def test_all_that_tests_do_with_returned_values_has_one_time_limit(
    asserted: Asserted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandboxes.verifiers.relay.GRACE_S", 0.5)
    test = (
        "import time\ndef check(candidate):\n    for n in range(100):\n        time.sleep(candidate(n))\n"
        "        assert candidate(n) == 0.3\n    assert candidate(0) == 1\n"
    )
    started = time.monotonic()
    verdict = asserted("def f(n): return 0.3", test, limits=Limits(wall_s=1))
    assert time.monotonic() - started < 10
    assert statuses(verdict) == [PASS, Status.TIME_LIMIT]


def test_tests_that_a_value_keeps_in_a_loop_have_an_end(asserted: Asserted) -> None:
    test = "def check(candidate):\n    while candidate(1) != 2: pass\n    assert candidate(2) == 4\n"
    case = asserted("def f(n): return n", test, limits=Limits(cpu_s=1, wall_s=0.2)).cases[0]
    assert (case.status, case.error) == (Status.TIME_LIMIT, "its calls in one test took more than 2 s together")


def test_an_exception_of_the_program_that_is_raised_later_is_its_own(asserted: Asserted) -> None:
    """Others of its exceptions may have come meanwhile."""
    test = (
        "def check(candidate):\n    found = []\n    for n in (1, 2):\n        try: candidate(n)\n"
        "        except Exception as error: found.append(error)\n    raise found[0]\n    assert candidate(3)\n"
    )
    assert asserted("def f(n): raise ImportError(n)", test).status is ERROR


def test_the_time_of_the_program_is_not_the_time_of_its_tests(
    asserted: Asserted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandboxes.verifiers.relay.GRACE_S", 0.5)
    test = "def check(candidate):\n    for n in range(10):\n        assert candidate(n) == n\n"
    source = "import time\ndef f(n):\n    time.sleep(0.3)\n    return n"
    assert asserted(source, test, limits=Limits(wall_s=1)).status is PASS


def test_helpers_of_the_preamble_are_there_on_both_sides(asserted: Asserted) -> None:
    lines = ("candidate(1) == helper(1)", "f(1) == 2", "candidate(1) == f(1)")
    test = "def check(candidate):\n" + "".join(f"    assert {line}\n" for line in lines)
    preamble = "def helper(n): return n + 1\ndef f(n): ..."
    assert asserted("def f(n): return helper(n)", test, preamble=preamble).status is PASS


@pytest.mark.parametrize(
    ("test", "told"),
    [
        pytest.param("import no_such_module\n" + THREE, "no_such_module", id="import"),
        pytest.param(
            "def check(candidate):\n    assert candidate(1) == 2\n    import no_such_module\n",
            "no_such_module",
            id="import-after-a-call",
        ),
        pytest.param(
            "def check(candidate):\n    assert candidate(1 // 0) == 2\n",
            "ZeroDivisionError",
            id="before-the-first-call",
        ),
        pytest.param(
            "def check(candidate):\n    assert candidate(len) == 2\n",
            "builtin_function",
            id="argument-that-is-no-value",
        ),
        pytest.param(
            "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(len) == 2\n",
            "builtin_function",
            id="argument-that-is-no-value-after-a-call",
        ),
        pytest.param(
            "def check(candidate):\n    assert candidate(1) == undefined\n", "'undefined'", id="name-after-a-call"
        ),
        pytest.param(
            "import sys\ndef check(candidate):\n    assert candidate(1) == 2\n    sys.exit()\n", "SystemExit", id="exit"
        ),
        pytest.param("import sys\nsys.exit(1)\n" + THREE, "SystemExit", id="exit-on-loading"),
    ],
)
def test_broken_test_code_is_no_verdict_on_the_program(asserted: Asserted, test: str, told: str) -> None:
    with pytest.raises(ChecksBroken) as broken:
        asserted(DOUBLE, test)
    sentence = str(broken.value)
    assert sentence.startswith("the problem's own test code fails, whatever the program does (")
    assert told in sentence
    assert sentence.endswith("); mend its tests or its preamble")


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(
            "def check(candidate):\n    for found in candidate(0): pass\n    assert candidate(1) == found\n",
            id="name-bound-by-a-loop-over-the-value",
        ),
        pytest.param(
            "import sys\ndef check(candidate):\n    if candidate(1) != 1: sys.exit('wrong')\n    assert candidate(1)\n",
            id="exit-because-of-the-value",
        ),
        pytest.param(
            "def check(candidate):\n    globals().update(dict.fromkeys(candidate(0)))\n"
            "    assert candidate(1) == key\n",
            id="name-bound-unseen",
        ),
    ],
)
def test_test_code_that_fails_for_the_programs_sake_is_its_own_failure(asserted: Asserted, test: str) -> None:
    assert asserted("def f(n): return []", test).status is WRONG


def test_a_name_that_the_program_forgot_is_its_own_failure(asserted: Asserted) -> None:
    assert asserted("def f(n): return undefined", THREE).status is ERROR


def test_an_import_error_of_the_program_is_its_own(asserted: Asserted) -> None:
    assert asserted("def f(x): import no_such_module", THREE).status is ERROR


def test_tests_under_a_main_guard_run(asserted: Asserted) -> None:
    test = "def check(candidate):\n    if __name__ == '__main__':\n        assert candidate(1) == 2\n"
    assert asserted(DOUBLE, test).status is PASS


@pytest.mark.parametrize("value", ["{1, (2, 3)}", "frozenset()", "{1: 'a', (2,): {3}}", "{'a': {None: b'b'}}"])
def test_a_collection_without_order_reaches_the_tests(asserted: Asserted, value: str) -> None:
    assert (
        asserted(f"def f(): return {value}", f"def check(candidate):\n    assert candidate() == {value}\n").status
        is PASS
    )


def test_a_forged_set_of_lists_is_the_programs_error(asserted: Asserted) -> None:
    source = """import os
def f(x):
    os.write(3, b'{"value": {"set": [[1]]}}')
    os._exit(0)"""
    assert asserted(source, THREE).status is ERROR


def test_only_the_wanted_cases_are_reported_with_their_tiers(sandbox: Bubblewrap) -> None:
    cases = (Case("assert 3", Tier.CONFIRM, ""), Case("assert 1", Tier.SAMPLE, ""))
    checks = Checks("assertions", cases, entry="f", test_source=THREE)
    verdict = AssertionsVerifier(checks, sandbox)
    found = verdict.verify(Program("def f(x): return [3, 3] if x else 0")).cases
    assert [(case.id, case.tier, case.status) for case in found] == [
        ("assert 3", Tier.CONFIRM, PASS),
        ("assert 1", Tier.SAMPLE, WRONG),
    ]


def test_a_case_without_its_assertion_is_refused(sandbox: Bubblewrap) -> None:
    checks = Checks("assertions", (Case("assert 4", Tier.SAMPLE, ""),), entry="f", test_source=THREE)
    with pytest.raises(ValueError, match="none of the 3 assertions"):
        AssertionsVerifier(checks, sandbox)


def test_an_exception_that_ends_iteration_is_no_answer(asserted: Asserted) -> None:
    """Raised inside the test's own loop it would end the loop quietly."""
    tests = (
        "def check(candidate):\n    assert all(map(candidate, [1, 2, 3]))\n    assert list(map(candidate, [])) == []\n"
    )
    assert asserted("def f(x): raise StopIteration", tests).status is ERROR
