"""Commands that need no model are quick and import nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ttsd.cli.main import COMMANDS

HEAVY = {"torch", "transformers", "peft"}
ROOT = Path(__file__).parents[2]

# Runs the command line on the arguments, then says on stderr which packages it has imported.
REPORT = """
import json, sys
from ttsd.cli.main import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def packages(*arguments: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", REPORT, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(json.loads(run.stderr.splitlines()[-1]))


def cpu_seconds(*arguments: str) -> float:
    """Of a process of its own: the clock on the wall would measure what else the machine does."""
    before = os.times()
    subprocess.run([sys.executable, "-c", "from ttsd.cli.main import main; main()", *arguments], capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_help_takes_less_than_three_tenths_of_a_second() -> None:
    assert min(cpu_seconds("--help") for _ in range(3)) < 0.3


def test_help_imports_no_large_package() -> None:
    assert not packages("--help") & {*HEAVY, "numpy", "rich", "yaml"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_no_model_library(command: str) -> None:
    assert not packages(command, "--help") & HEAVY


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("usable_sandbox")
def test_verify_imports_no_model_library() -> None:
    assert not packages("verify", "examples/run-lengths", "examples/run-lengths/solution.py") & HEAVY


def test_report_imports_no_model_library(scripted_run: Path) -> None:
    assert not packages("report", str(scripted_run)) & HEAVY


def test_methods_imports_no_model_library() -> None:
    assert not packages("methods") & HEAVY


def test_new_imports_no_model_library(tmp_path: Path) -> None:
    assert not packages("new", str(tmp_path / "mine")) & HEAVY


def test_a_mistake_in_solve_is_found_before_a_model_library_is_imported(tmp_path: Path) -> None:
    assert not packages("solve", "examples/run-lengths", "--model", "none", "--out", str(tmp_path / "run")) & HEAVY
