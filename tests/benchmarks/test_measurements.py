"""The measuring scripts run, and their committed results can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import compare, gap, repeatability
from benchmarks.performance import step

RESULTS = Path(compare.__file__).parent / "results"
SMALL = ("--model", "smollm2-135m", "--tokens", "2")


def printed(command, *arguments: object) -> str:
    result = CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_defaults_table_pools_its_sources() -> None:
    file = RESULTS / "defaults-seed0.json"
    cells = json.loads(file.read_text())
    settings = {cell["setting"] for cell in cells}
    measures, _ = printed(compare.main, "table", file, file).split("| difference")
    rows = [line for line in measures.splitlines() if line.startswith("| ")]
    for name in settings:
        doubled = 2 * sum(cell["setting"] == name for cell in cells)
        assert sum(line.startswith(f"| {name} | {doubled} | ") for line in rows) == 6  # one a measure


def test_differences_from_plain_sampling_are_paired_by_problem_and_seed() -> None:
    text = printed(compare.main, "table", RESULTS / "defaults-seed0.json", RESULTS / "defaults-seed1.json")
    (line,) = (line for line in text.splitlines() if line.startswith("| lr 2e-4 | 8 | -"))
    cells = [cell for seed in (0, 1) for cell in json.loads((RESULTS / f"defaults-seed{seed}.json").read_text())]

    def mean(setting: str) -> float:
        later = [group for cell in cells if cell["setting"] == setting for group in cell["groups"][1:]]
        return sum(group["successes"] for group in later) / sum(group["attempts"] for group in later)

    assert line.split("|")[3].split()[0] == f"{mean('lr 2e-4') - mean('no learning'):+.3f}"


@pytest.mark.model
def test_arms_share_their_first_group_and_a_finished_cell_is_left_alone(tmp_path) -> None:
    small = ("--problems", "HumanEval/41", "--seeds", "0", "--groups", 2, "--arms", "best-of-k,sdpo-shuffled,grpo")
    printed(compare.main, "run", tmp_path / "out", *SMALL, *small)
    before = _table(compare.main, tmp_path)
    printed(compare.main, "run", tmp_path / "out", *SMALL, *small)
    cells = json.loads(_table(compare.main, tmp_path))
    assert cells == json.loads(before)
    assert {cell["setting"] for cell in cells} == {"best-of-k", "sdpo-shuffled", "grpo"}
    assert len({json.dumps(cell["groups"][0]) for cell in cells}) == 1
    assert [len(cell["groups"]) for cell in cells] == [2, 2, 2]


@pytest.mark.model
def test_the_gap_is_measured_and_goes_on_where_it_was_cut_off(tmp_path) -> None:
    small = ("--problems", "41,62", "--attempts", 2, "--contexts", "none,feedback,foreign,solution")
    printed(gap.main, "run", tmp_path / "out", *SMALL, *small)
    file = tmp_path / "out" / "responses.jsonl"
    (model,) = json.loads(_table(gap.main, tmp_path))
    contexts = [row["context"] for row in model["rows"]]
    assert [contexts.count(each) for each in ("student", "none", "feedback", "foreign", "solution")] == [4] * 5
    whole = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*whole[:-1], whole[-1][:9]]))  # killed in its last line
    printed(gap.main, "run", tmp_path / "out", *SMALL, *small)
    lines = file.read_bytes().splitlines()
    assert lines[:-1] == whole[:-1]
    assert [json.loads(each)["attempt"] for each in (lines[-1], whole[-1])] == [2, 2]


def _table(command, folder: Path) -> str:
    """What --json writes."""
    printed(command, "table", folder / "out", "--json", folder / "table.json")
    return (folder / "table.json").read_text()


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
