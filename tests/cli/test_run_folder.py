"""The run folder that `ttsd solve` makes when none is named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ttsd.cli.run import begin
from ttsd.config import Config
from ttsd.models import ModelSource
from ttsd.types import Problem

SOURCE = ModelSource("scripted", "folder", "nowhere")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("HumanEval/111", "humaneval-111"),
        ("求和", "problem"),
        ("n" * 500, "n" * 60),
        ("../..", "problem"),
        ("", "problem"),
    ],
)
def test_its_name_begins_with_the_problem(problem: Problem, name: str, slug: str) -> None:
    folder = begin(replace(problem, name=name), Config(), SOURCE, None).folder
    assert re.fullmatch(rf"runs/{slug}-sdpo-seed0-\d{{8}}-\d{{6}}", str(folder))


def test_runs_of_the_same_second_have_folders_of_their_own(problem: Problem) -> None:
    assert len({begin(problem, Config(), SOURCE, None).folder for _ in range(5)}) == 5
