"""What a newcomer starts from is solvable: each solution.py passes in a real sandbox, and a wrong program does not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sandboxes.sandbox import open_sandbox
from sandboxes.types import Program, Status, Verdict
from sandboxes.verifiers.base import make_verifier
from ttsd.problems import load_problem
from ttsd.problems.template import KINDS, write_template

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/problem.toml"))

pytestmark = pytest.mark.bubblewrap


def verify(folder: Path, source: str) -> Verdict:
    problem = load_problem(str(folder))
    program = Program(source, problem.preamble)
    with closing(open_sandbox("bubblewrap")) as sandbox:
        return make_verifier(problem.checks, sandbox).verify(program)


@pytest.mark.parametrize("kind", KINDS)
def test_the_solution_of_a_template_passes(tmp_path: Path, kind: str) -> None:
    write_template(tmp_path, kind)
    assert verify(tmp_path, (tmp_path / "solution.py").read_text()).status is Status.PASS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_solution_of_an_example_passes(example: Path) -> None:
    assert verify(example, (example / "solution.py").read_text()).status is Status.PASS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_a_program_that_does_nothing_fails_every_example(example: Path) -> None:
    entry = load_problem(str(example)).checks.entry
    verdict = verify(example, f"def {entry}(*arguments): pass" if entry else "")
    assert verdict.reward == 0


def test_a_solution_of_a_kattis_package_passes() -> None:
    source = """\
input()
even = [number for number in map(int, input().split()) if number % 2 == 0]
print(sum(even) / len(even) + 0.0009 if even else "NONE")
"""
    assert verify(Path(__file__).parent / "packages" / "even-sums", source).status is Status.PASS
