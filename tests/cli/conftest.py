"""The command line as a user sees it: an exit code, what was printed, what was said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import pytest

from sandboxes.errors import SandboxUnavailable
from sandboxes.sandbox import open_sandbox
from sandboxes.types import Program, Status, Verdict
from ttsd.cli.main import main
from ttsd.config import Config
from ttsd.facts import collect
from ttsd.methods.base import Method
from ttsd.methods.prompting import plain
from ttsd.models import ModelSource
from ttsd.record import Record
from ttsd.reprompt import Reprompter
from ttsd.sampling.scripted import ScriptedSampler
from ttsd.solver import Budget, Silent, solve
from ttsd.types import Problem


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def ttsd(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """ttsd("verify", "problem", "file"): the command in this process."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["ttsd", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        assert isinstance(end.value.code, int)
        return Said(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def examples() -> Path:
    return Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def usable_sandbox() -> None:
    """Skips where bubblewrap does not work."""
    try:
        open_sandbox("bubblewrap").close()
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def scripted_run(tmp_path: Path, problem: Problem, judged: Callable[..., Verdict]) -> Path:
    """The folder of a run of two groups: wrong, no program; solved, false discovery."""
    right, wrong = Status.PASS, Status.WRONG_ANSWER
    answers = {1: "a - b", 3: "a + b", 4: "{(1, 2): 3, (2, 2): 4}.get((a, b))"}
    ends = {1: (wrong, right, wrong), 3: (right, right, right), 4: (right, right, wrong)}

    class Verifier:
        def verify(self, program: Program) -> Verdict:
            (k,) = (k for k, answer in answers.items() if answer in program.source)
            return judged(*ends[k], actual="-1")

    def answer(k: int) -> str:
        return f"```python\ndef add(a, b):\n    return {answers[k]}\n```" if k in answers else "I do not know."

    source = ModelSource("scripted", "folder", "nowhere")
    facts = collect(problem, Config(method="best-of-k", budget=4), source, {"device": "cpu"})
    record = Record.create(tmp_path / "scripted", asdict(replace(facts, started="2026-01-01T12:00:00+0000")))
    method = Method("reprompt", plain, contexts=Reprompter("feedback"))
    record.result(solve(problem, method, ScriptedSampler(answer), Verifier(), record, Budget(4, 2), Silent()))
    record.close()
    return record.folder
