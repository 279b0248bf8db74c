"""From what a user types to a problem, suites of a plug-in included."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttsd.errors import UserError
from ttsd.problems import load_problem
from ttsd.problems.suites import open_suite, suite_names

PLUG_IN = """
from sandboxes.types import Case, Checks, Tier
from ttsd.problems.suites import unknown_id
from ttsd.types import Problem


class Toys:
    name = "toys"

    def ids(self):
        return ["kite", "drum"]

    def load(self, problem_id):
        if problem_id not in self.ids():
            raise unknown_id(self.name, problem_id, self.ids())
        return Problem(problem_id, "Play.", Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),)))
"""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that brings the suite `toys`."""
    (tmp_path / "ttsd_test_toys.py").write_text(PLUG_IN)
    info = tmp_path / "ttsd_test_toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ttsd-test-toys\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ttsd.suites]\ntoys = ttsd_test_toys:Toys\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def refusal(spec: str) -> str:
    with pytest.raises(UserError) as raised:
        load_problem(spec)
    return str(raised.value)


@pytest.mark.usefixtures("toys")
def test_a_suite_is_found_by_its_entry_point() -> None:
    assert "toys" in suite_names()
    assert open_suite("toys").ids() == ["kite", "drum"]
    assert load_problem("toys:kite").name == "kite"


@pytest.mark.usefixtures("toys")
def test_an_unknown_suite_is_refused_with_the_known_ones() -> None:
    known = ", ".join(suite_names())
    assert refusal("tyos:kite") == (
        f"no suite is called 'tyos' (did you mean 'toys'?): installed are {known}; give a folder or suite:id"
    )


@pytest.mark.usefixtures("toys")
def test_an_unknown_id_is_refused_with_the_known_ones() -> None:
    assert refusal("toys:drumm") == (
        "the suite toys has no problem 'drumm' (did you mean 'drum'?): its 2 ids go from kite to drum, as in toys:kite"
    )


@pytest.mark.usefixtures("toys")
def test_a_suite_without_an_id_is_refused() -> None:
    assert refusal("toys") == "no problem 'toys': toys is a suite, so give one problem of it as toys:ID"


def test_a_file_is_refused_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").touch()
    sentence = refusal(str(tmp_path / "problem.toml"))
    assert sentence.endswith(f"problem.toml': it is a file, so give the folder that holds it, {tmp_path}")


def test_an_unknown_folder_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "two-sum").mkdir()
    sentence = refusal(str(tmp_path / "tow-sum"))
    assert "there is no such folder (did you mean 'two-sum'?)" in sentence
    assert "give a folder that holds a problem.toml or problem.yaml, or suite:id" in sentence


def test_a_folder_wins_over_a_suite_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "humaneval:1").mkdir()
    monkeypatch.chdir(tmp_path)
    assert refusal("humaneval:1").startswith("the folder humaneval:1 holds neither problem.toml")


@pytest.mark.parametrize(
    "spec", ["x" * 5000, "x/" * 5000, "a\0b", "humaneval:" + "x" * 5000], ids=lambda spec: ascii(spec[:9])
)
def test_a_name_that_no_folder_can_have_is_one_short_sentence(spec: str) -> None:
    sentence = refusal(spec)
    assert len(sentence) < 600
    assert sentence.isprintable()
