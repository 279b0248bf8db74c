"""What a newcomer starts from is solvable: each solution.py passes in a real sandbox, and a wrong program does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandboxes.types import Program, Status, Verdict
from sandboxes.verifiers.opening import open_verifier
from ttsd.feedback import make_feedback
from ttsd.problems import load_problem
from ttsd.problems.manifest import KINDS
from ttsd.problems.template import write_template

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/problem.toml"))

pytestmark = pytest.mark.bubblewrap


def verify(folder: Path, source: str) -> Verdict:
    problem = load_problem(str(folder))
    program = Program(source, problem.preamble)
    with open_verifier(problem.checks, problem.language, "bubblewrap") as verifier:
        return verifier.verify(program)


@pytest.mark.parametrize("kind", KINDS)
def test_the_solution_of_a_template_passes(tmp_path: Path, kind: str) -> None:
    (solution,) = (path for path in write_template(tmp_path, kind) if path.stem == "solution")
    assert verify(tmp_path, solution.read_text()).status is Status.PASS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_solution_of_an_example_passes(example: Path) -> None:
    (solution,) = example.glob("solution.*")
    assert verify(example, solution.read_text()).status is Status.PASS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_a_program_that_does_nothing_fails_every_example(example: Path) -> None:
    entry = load_problem(str(example)).checks.entry
    verdict = verify(example, f"def {entry}(*arguments): pass" if entry else "")
    assert verdict.reward == 0


@pytest.mark.parametrize(
    ("example", "wrong", "told"),
    [
        ("queens", "print(*range(1, int(input()) + 1))", "two queens stand in the same diagonal"),
        ("roman-numerals", "def to_roman(n): return 'I'", "from_roman"),
        ("spread-points", "def points(n): return [(0, 0)] * n", "combined_score is 0, at least 0.999 is wanted"),
        ("best-customers", "SELECT name, 1 FROM customers", "got [('Ada', 1), ('Ben', 1)], expected [('Ada', 750)"),
        ("best-customers", "DELETE FROM orders", "not authorized"),
    ],
)
def test_a_wrong_program_is_told_why(example: str, wrong: str, told: str) -> None:
    folder = EXAMPLES[0].parent / example
    verdict = verify(folder, wrong)
    assert verdict.reward == 0
    assert told in make_feedback(verdict, load_problem(str(folder))).text


ODD = {
    "a long text": "SELECT hex(zeroblob(9000000)), 1",
    "a null character": "SELECT '\0', 1",
    "no UTF-8": "SELECT CAST(x'ff' AS TEXT), 1",
    "an open parameter": "SELECT ?, 1",
    "deep": f"SELECT {'(' * 5000}1",
}


@pytest.mark.parametrize("query", ODD.values(), ids=ODD)
def test_an_odd_query_does_not_crash_the_judge(query: str) -> None:
    verdict = verify(EXAMPLES[0].parent / "best-customers", query)
    assert (verdict.reward, verdict.detail) == (0, "")


@pytest.mark.parametrize(
    "pattern", ["a{99999999999999}", "(" * 5000, "(a{65535}){65535}", "[", "(a*)*b", "\0", "\ud800"], ids=ascii
)
def test_an_odd_pattern_does_not_crash_the_judge_of_the_template(tmp_path: Path, pattern: str) -> None:
    write_template(tmp_path, "command")
    verdict = verify(tmp_path, pattern)
    assert (verdict.reward, verdict.detail) == (0, "")


def test_what_a_command_says_of_a_program_that_does_not_compile_is_told(tmp_path: Path) -> None:
    write_template(tmp_path, "command")
    verdict = verify(tmp_path, "(")
    assert verdict.status is Status.COMPILE_ERROR
    text = make_feedback(verdict, load_problem(str(tmp_path))).text
    assert "Compile error\nFailed test:\n" in text
    assert "missing ), unterminated subpattern" in text


KATTIS_VALIDATOR = """
import sys
first, second = map(int, sys.stdin.read().split())
sys.exit(42 if first + second == int(open(sys.argv[1]).read()) and sys.argv[4:] == ["-x"] else 43)
"""


def test_a_kattis_package_with_a_validator_takes_every_right_output(tmp_path: Path) -> None:
    files = {
        "problem.yaml": "name: Split\nvalidation: custom\nvalidator_flags: -x\n",
        "problem_statement/problem.en.md": "Print two integers of the given sum.",
        "data/secret/1.in": "7\n",
        "data/secret/1.ans": "0 7\n",
        "output_validators/check/check.py": KATTIS_VALIDATOR,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert verify(tmp_path, "print(3, int(input()) - 3)").status is Status.PASS
    assert verify(tmp_path, "print(3, 3)").status is Status.WRONG_ANSWER


def test_a_solution_of_a_kattis_package_passes() -> None:
    source = """\
input()
even = [number for number in map(int, input().split()) if number % 2 == 0]
print(sum(even) / len(even) + 0.0009 if even else "NONE")
"""
    assert verify(Path(__file__).parent / "packages" / "even-sums", source).status is Status.PASS
