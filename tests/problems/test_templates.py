"""`ttsd new`: what it writes is a problem that works."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest

from sandboxes.types import Tier
from ttsd.errors import UserError
from ttsd.problems import load_problem
from ttsd.problems.manifest import KINDS
from ttsd.problems.template import write_template

TIERS = {"evaluator": {Tier.FEEDBACK}, "command": {Tier.FEEDBACK, Tier.CONFIRM}, "answer": {Tier.CONFIRM}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_a_problem_with_tests_in_every_tier(tmp_path: Path, kind: str) -> None:
    files = write_template(tmp_path / "mine", kind)
    problem = load_problem(str(tmp_path / "mine"))
    assert (problem.name, problem.checks.kind) == ("mine", kind)
    assert {case.tier for case in problem.checks.cases} == TIERS.get(kind, set(Tier))
    assert sorted(files) == sorted(path for path in (tmp_path / "mine").rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", ["function", "assertions"])
def test_the_solution_of_a_template_names_the_entry(tmp_path: Path, kind: str) -> None:
    write_template(tmp_path, kind)
    checks = load_problem(str(tmp_path)).checks
    space: dict[str, object] = {}
    exec((tmp_path / "solution.py").read_text(), space)
    solve = space[checks.entry]
    assert callable(solve)
    if kind == "function":
        for case in checks.cases:
            assert isinstance(case.input, list)
            assert solve(*case.input) == case.expected
    else:
        exec(checks.test_source, space)
        check = space["check"]
        assert callable(check)
        check(solve)


def test_the_solution_of_the_stdio_template_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_template(tmp_path, "stdio")
    for case in load_problem(str(tmp_path)).checks.cases:
        printed = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO(str(case.input)))
        with contextlib.redirect_stdout(printed):
            exec((tmp_path / "solution.py").read_text(), {})
        assert printed.getvalue() == case.expected


@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "Zürich 🚲"])
def test_any_printable_name_of_a_folder_is_a_name_of_a_problem(tmp_path: Path, name: str) -> None:
    write_template(tmp_path / name, "stdio")
    assert load_problem(str(tmp_path / name)).name == name


@pytest.mark.parametrize("name", ["n" * 220, "bell\a", "a\udcff"])
def test_a_name_that_no_problem_can_have_is_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"must be one line of at most 200 printable characters$"):
        write_template(tmp_path / name, "stdio")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UserError, match=r"is not empty: give the name of a new folder$"):
        write_template(tmp_path, "stdio")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(UserError, match=r"cannot be made \(File exists\): give another name$"):
        write_template(tmp_path / "taken", "stdio")


def test_an_unknown_kind_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        write_template(tmp_path / "mine", "functon")
    assert str(raised.value) == (
        "no kind of problem is called 'functon' (did you mean 'function'?): use stdio, function, assertions, "
        "pytest, evaluator, command or answer"
    )
    assert not (tmp_path / "mine").exists()
