"""The measuring scripts run, and their committed results can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import defaults, repeatability
from benchmarks.performance import step

RESULTS = Path(defaults.__file__).parent / "results"
SMALL = ("--model", "smollm2-135m", "--tokens", "2")


def printed(command, *arguments: object) -> str:
    result = CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_defaults_table_pools_its_sources() -> None:
    file = RESULTS / "defaults-seed0.json"
    cells = json.loads(file.read_text())
    settings = {cell["setting"] for cell in cells}
    rows = [line for line in printed(defaults.main, "table", file, file).splitlines() if line.startswith("| ")]
    for name in settings:
        doubled = 2 * sum(cell["setting"] == name for cell in cells)
        assert sum(line.startswith(f"| {name} | {doubled} | ") for line in rows) == 6  # one a measure


@pytest.mark.model
def test_a_step_is_measured_in_seconds_and_bytes() -> None:
    result = json.loads(printed(step.main, *SMALL, "--attempts", 2, "--steps", 1))
    assert result["seconds"][0] > 0
    assert result["peak_gb"] >= result["peak_gb_after_load"] > 0


@pytest.mark.model
def test_repeatability_compares_the_modules_of_two_processes() -> None:
    result = json.loads(printed(repeatability.main, *SMALL, "--starts", 2, "--attempts", 2))
    assert result["module_calls"] > 100


def test_the_first_difference_names_the_call_and_the_module() -> None:
    usual = [("embed", 1), ("norm", 2), ("head", 3)]
    assert repeatability.first_difference(usual, [("embed", 1), ("norm", 7), ("head", 8)]) == "call 1, norm"
    assert repeatability.first_difference(usual, [*usual, ("embed", 4)]) == "call 3, embed"
    assert repeatability.first_difference(usual, usual[:2]) == "call 2, head"
