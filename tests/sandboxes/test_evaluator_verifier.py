"""Evaluators in OpenEvolve's form: the score comes from a process that the program never enters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, Checks, File, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.evaluator import EvaluatorVerifier, functions_of

pytestmark = pytest.mark.bubblewrap

Scored = Callable[..., Verdict]

# As they are written in the wild: import by path, look for the function, catch everything.
EVALUATOR = """
import importlib.util

def evaluate(program_path):
    try:
        spec = importlib.util.spec_from_file_location("program", program_path)
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        if not hasattr(program, "search"):
            return {"combined_score": 0.0, "error": "Missing search function"}
        found = [program.search(n) for n in (2, 3, 10)]
        return {"combined_score": sum(x * x == n * n for x, n in zip(found, (2, 3, 10))) / 3, "trials": 3}
    except Exception as error:
        return {"combined_score": 0.0, "error": str(error)}
"""
RIGHT = "def search(n):\n    return -n\n"


@pytest.fixture
def scored(sandbox: Bubblewrap) -> Scored:
    """scored(program, evaluator): combined_score must be at least 0.99."""

    def verify(
        source: str, evaluator: str = EVALUATOR, *, limits: Limits | None = None, least: dict[str, float] | None = None
    ) -> Verdict:
        wanted = least or {"combined_score": 0.99}
        cases = tuple(Case(name, Tier.FEEDBACK, name, value) for name, value in wanted.items())
        files = (File.of("judge/evaluator.py", evaluator.encode()), File.of("judge/data.py", b"WANTED = 7\n"))
        checks = Checks("evaluator", cases, limits or Limits(), files=files, module="judge/evaluator.py")
        return EvaluatorVerifier(checks, sandbox).verify(Program(source))

    return verify


def test_a_score_that_is_high_enough_passes(scored: Scored) -> None:
    verdict = scored(RIGHT)
    assert (verdict.status, verdict.cases[0].actual) == (Status.PASS, "1")


def test_a_score_that_is_too_low_fails_and_is_told(scored: Scored) -> None:
    verdict = scored("def search(n):\n    return 2\n")
    assert verdict.status is Status.WRONG_ANSWER
    assert verdict.cases[0].error == "combined_score is 0.333333, at least 0.99 is wanted"


def test_what_the_evaluator_says_is_told(scored: Scored) -> None:
    verdict = scored("def find(n):\n    return n\n")
    assert verdict.cases[0].error == ("combined_score is 0, at least 0.99 is wanted\nerror: Missing search function")


def test_every_wanted_metric_counts(scored: Scored) -> None:
    verdict = scored(RIGHT, least={"combined_score": 0.5, "trials": 4, "speed": 1})
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.WRONG_ANSWER, Status.WRONG_ANSWER]
    assert verdict.cases[2].error == "the evaluator returned no speed, only combined_score, trials"


@pytest.mark.parametrize(
    "load",
    [
        "space = {}; exec(open(path).read(), space); search = space['search']",
        "import runpy; search = runpy.run_path(path)['search']",
        "import sys, os; sys.path.insert(0, os.path.dirname(path)); from program import search",
        "from importlib.machinery import SourceFileLoader as L; search = L('p', path).load_module().search",
    ],
    ids=["exec", "runpy", "sys.path", "loader"],
)
def test_the_program_is_loaded_in_any_usual_way(scored: Scored, load: str) -> None:
    assert scored(RIGHT, f"def evaluate(path):\n    {load}\n    return -float(search(-1)) + 2").status is Status.PASS


@pytest.mark.parametrize(
    "returned",
    [
        "value",
        "{'combined_score': value}",
        "__import__('data') and {'combined_score': value, 'notes': 'x', 'list': [1]}",
        "EvaluationResult(metrics={'combined_score': value}, artifacts={'stderr': ''})",
        "EvaluationResult({'combined_score': value})",
        "int(value)",
        "value > 0.5",
    ],
)
def test_the_score_may_be_returned_in_every_form_that_openevolve_takes(scored: Scored, returned: str) -> None:
    evaluator = f"""
from openevolve.evaluation_result import EvaluationResult
def evaluate(path):
    space = {{}}
    exec(open(path).read(), space)
    value = float(space["search"](-1))
    return {returned}
"""
    assert scored(RIGHT, evaluator).status is Status.PASS
    assert scored("def search(n):\n    return 0\n", evaluator).status is Status.WRONG_ANSWER


def test_an_evaluator_may_call_in_threads(scored: Scored) -> None:
    evaluator = """
from concurrent.futures import ThreadPoolExecutor
def evaluate(path):
    space = {}
    exec(open(path).read(), space)
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(space["search"], [-1] * 8)) / 8
"""
    assert scored(RIGHT, evaluator).status is Status.PASS


def test_an_evaluator_may_give_up_waiting_for_a_call(scored: Scored) -> None:
    evaluator = """
import threading
def evaluate(path):
    space, found = {}, []
    exec(open(path).read(), space)
    thread = threading.Thread(target=lambda: found.append(space["search"](1)), daemon=True)
    thread.start()
    thread.join(0.05)
    return float(found == [-1])
"""
    slow = "import time\ndef search(n):\n    time.sleep(0.5)\n    return -n\n"
    assert scored(RIGHT, evaluator.replace("0.05", "20")).status is Status.PASS
    assert scored(slow, evaluator).status is Status.WRONG_ANSWER


@pytest.mark.parametrize(
    "attack",
    [
        "import sys\nfor f in list(sys.modules.values()):\n    f.evaluate = lambda path: 1.0\n",
        "import builtins\nbuiltins.sum = lambda *a: 3\nbuiltins.float = lambda *a: 1.0\n",
        "import atexit, os\natexit.register(lambda: os._exit(0))\n",
        "import os\nos._exit(0)\n",
        "combined_score = 1.0\n",
    ],
    ids=["modules", "builtins", "atexit", "exit", "constant"],
)
def test_no_program_changes_its_score(scored: Scored, attack: str) -> None:
    assert scored(attack + "def search(n):\n    return 0\n").reward == 0


def test_a_lying_object_is_no_value(scored: Scored) -> None:
    liar = """
class Liar(int):
    def __mul__(self, other): return 4
    def __eq__(self, other): return True
def search(n): return Liar(0)
"""
    assert scored(liar).reward == 0


def test_the_program_does_not_see_the_evaluator(scored: Scored) -> None:
    spy = """
import os, sys
def search(n):
    found = [path for path, _, names in os.walk("/tmp") for name in names if name != "program.py"]
    return 0 if found or "evaluator" in sys.modules else -n
"""
    assert scored(spy).status is Status.PASS


def test_a_program_that_does_not_compile_is_a_compile_error(scored: Scored) -> None:
    assert scored("def search(n):\n    return (\n").status is Status.COMPILE_ERROR


def test_an_exception_of_the_program_that_nobody_catches_is_its_runtime_error(scored: Scored) -> None:
    evaluator = "def evaluate(path):\n    space = {}; exec(open(path).read(), space); return space['search'](1)"
    verdict = scored("def search(n):\n    return 1 / 0\n", evaluator)
    assert verdict.status is Status.RUNTIME_ERROR
    assert "ZeroDivisionError" in verdict.cases[0].error


def test_an_endless_function_is_a_time_limit_though_the_evaluator_catches_everything(scored: Scored) -> None:
    verdict = scored("def search(n):\n    while True: pass\n", limits=Limits(cpu_s=1))
    assert verdict.status is Status.TIME_LIMIT


def test_a_slow_call_that_the_evaluator_forgives_is_a_time_limit_at_the_next_one(scored: Scored) -> None:
    evaluator = """
def evaluate(path):
    space = {}
    exec(open(path).read(), space)
    for n in (1, 2):
        try:
            space["search"](n)
        except:
            pass
    return 1.0
"""
    verdict = scored("def search(n):\n    while True: pass\n", evaluator, limits=Limits(cpu_s=1))
    assert (verdict.status, verdict.cases[0].error) == (Status.TIME_LIMIT, "used more than 1 s of CPU time")


def test_a_slow_call_that_the_evaluator_forgives_is_a_time_limit_though_it_is_the_last(scored: Scored) -> None:
    evaluator = PLAIN.format("try: program.search(1)\n    except: return 1.0")
    verdict = scored("def search(n):\n    while True: pass\n", evaluator, limits=Limits(cpu_s=1))
    assert (verdict.status, verdict.cases[0].error) == (Status.TIME_LIMIT, "used more than 1 s of CPU time")


def test_a_score_that_is_no_number_does_not_pass(scored: Scored) -> None:
    evaluator = EVALUATOR.replace("/ 3,", "* float('nan'),")
    assert scored(RIGHT, evaluator).status is Status.WRONG_ANSWER


@pytest.mark.parametrize(
    ("evaluator", "told"),
    [
        ("def score(path): return 1", "AttributeError: module 'evaluator' has no attribute 'evaluate'"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def evaluate(path): return undefined", "NameError: name 'undefined' is not defined"),
        ("def evaluate(path): return None", "evaluate() returned NoneType, not a dict of metrics"),
        ("def evaluate(path): return ({}, '')", "evaluate() returned tuple, not a dict of metrics"),
        ("def evaluate(path): return 1.0", "the evaluator never loaded the program"),
        ("def evaluate(path): return float(len(open(path).read()))", "the evaluator never loaded the program"),
        ("def evaluate(path): exec(open(path).read()); return 1.0", "lets a program pass that it has not called"),
        (EVALUATOR.replace("search(n)", "search(object())"), "search cannot be called with what is no plain value"),
    ],
)
def test_an_evaluator_that_fails_by_itself_judges_nobody(scored: Scored, evaluator: str, told: str) -> None:
    with pytest.raises(ChecksBroken) as broken:
        scored(RIGHT, evaluator)
    assert told in str(broken.value)


def test_an_evaluator_that_runs_the_program_in_another_process_is_refused(scored: Scored) -> None:
    evaluator = """
import subprocess, sys
def evaluate(path):
    return float(subprocess.run([sys.executable, path]).returncode == 0)
"""
    with pytest.raises(ChecksBroken, match="must import the file at program_path in its own process"):
        scored(RIGHT, evaluator)


def test_functions_are_found_at_the_left_margin() -> None:
    source = (
        "def a(): pass\nasync  def b(x): pass\nclass C:\n    def d(self): pass\ne = lambda: 0\nf = 1\ndef a(): pass\n"
    )
    assert functions_of(source) == ("a", "b", "e")


def test_a_least_value_that_is_no_number_is_refused(sandbox: Bubblewrap) -> None:
    checks = Checks("evaluator", (Case("score", Tier.FEEDBACK, "score", "1"),), module="e.py")
    with pytest.raises(ValueError, match=r"^case 'score': the least value must be a number$"):
        EvaluatorVerifier(checks, sandbox)


PLAIN = """
import importlib.util

def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    {}
"""


@pytest.mark.parametrize(
    "source", ["x = 1\n", "def other(n):\n    return n\n", "if True:\n    def search(n): return n\n"]
)
def test_a_program_without_the_function_fails_and_is_not_the_evaluators_fault(scored: Scored, source: str) -> None:
    verdict = scored(source, PLAIN.format("return float(program.search(2))"))
    assert verdict.status is Status.WRONG_ANSWER
    assert "the program defines no function 'search'" in verdict.cases[0].error


@pytest.mark.parametrize(
    ("score", "value"),
    [
        ("{'combined_score': -program.search(2)}", "10**400"),
        ("{'combined_score': 0, program.search(2): 1}", "10**5000"),
        ("{'combined_score': {1: 1}[program.search(2)]}", "10**5000"),
        ("program.search(2)", "'1'"),
        ("1.0 if program.search(2) == -2 else None", "2"),
        ("__import__('sys').exit(program.search(2))", "0"),
    ],
)
def test_no_returned_value_makes_judging_unavailable(scored: Scored, score: str, value: str) -> None:
    verdict = scored(f"def search(n):\n    return {value}\n", PLAIN.format(f"return {score}"))
    assert verdict.status is Status.WRONG_ANSWER, verdict


def test_a_value_that_ends_the_evaluators_process_is_the_programs_failure(scored: Scored) -> None:
    evaluator = PLAIN.format("import os; os._exit(program.search(2))")
    verdict = scored("def search(n):\n    return 0\n", evaluator)
    assert (verdict.status, verdict.cases[0].error) == (Status.RUNTIME_ERROR, "what it returned ended the tests")


@pytest.mark.parametrize(
    "name", ["PLACES", "__builtins__", "__getattr__", "__name__", "__spec__", "__path__", "globals"]
)
def test_no_name_of_a_function_breaks_the_evaluator(scored: Scored, name: str) -> None:
    assert scored(f"def {name}(*given):\n    return 3\n{RIGHT}").status is Status.PASS


def test_an_import_error_of_the_program_in_several_threads_is_its_own(scored: Scored) -> None:
    evaluator = "from concurrent.futures import ThreadPoolExecutor\n" + PLAIN.format(
        "with ThreadPoolExecutor(4) as pool: return sum(pool.map(program.search, range(8)))"
    )
    assert scored("def search(n):\n    raise ImportError(n)\n", evaluator).status is Status.RUNTIME_ERROR


def test_an_evaluator_that_the_program_keeps_calling_has_an_end(scored: Scored) -> None:
    evaluator = PLAIN.format("while program.search(2) != -2: pass\n    return 1.0")
    verdict = scored("def search(n):\n    return 2\n", evaluator, limits=Limits(cpu_s=1, wall_s=0.2))
    told = "its calls in one test took more than 2 s together"
    assert (verdict.status, verdict.cases[0].error) == (Status.TIME_LIMIT, told)
