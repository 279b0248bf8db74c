"""Methods and settings side by side: pass fraction, successes and discovery per group, for problems and seeds.

    python -m benchmarks.compare run OUT --arms best-of-k,sdpo,grpo --groups 4 --seeds 0,1
    python -m benchmarks.compare table OUT --json cells.json
    python -m benchmarks.compare table cells.json more-cells.json

Unlike `ttsd solve`, a cell goes on after a success: the question is what each step does to the policy. The arms of one
problem and seed share their first group, which is sampled once (a paired design). A cell that was killed goes on. The
guard is off, so that what is seen is the method.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from sandboxes.verifiers.opening import open_verifier
from ttsd.config import Config
from ttsd.facts import Facts, collect
from ttsd.learning.guards import group_statistics
from ttsd.methods.base import configure, make_method, method_spec
from ttsd.models import resolve_model
from ttsd.problems import load_problem
from ttsd.record import Record, load_rollouts, load_run, load_steps
from ttsd.solver import Budget, Silent, budget_of, solve
from ttsd.statistics import paired_difference
from ttsd.templates import Templates
from ttsd.types import Rollout

PROBLEMS = ("HumanEval/6", "HumanEval/17", "HumanEval/84", "HumanEval/153")
ARMS: dict[str, dict[str, Any]] = {
    "best-of-k": {"method": "best-of-k"},
    "sdpo": {"method": "sdpo"},
    "sdpo-shuffled": {"method": "sdpo-shuffled"},
    "sdpo-teacher-first": {"method": "sdpo-teacher-first"},
    "sdpo-teacher-first alpha 0": {
        "method": "sdpo-teacher-first",
        "distillation_alpha": 0.0,
        "distillation_support": "teacher",
        "distillation_is_clip": 0.0,  # the expectation is over what the teacher writes
    },
    "rlsd": {"method": "rlsd"},
    "grpo": {"method": "grpo"},
    "lr 2e-4": {"learning_rate": 2e-4},
    "lr 1e-3": {"learning_rate": 1e-3},
}
FIRST = "best-of-k"  # the arm whose first group is everybody's
PLAIN = (FIRST, "no learning")  # as it is called in the older results

Cell = dict[str, Any]


@click.group()
def main() -> None:
    """Compare methods and settings on hard HumanEval problems."""


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--groups", default=4, show_default=True, help="Groups per cell; the first is the base model's.")
@click.option("--seeds", default="0,1", show_default=True, help="Comma-separated.")
@click.option("--arms", default="best-of-k,sdpo", show_default=True, help=f"Comma-separated, of: {', '.join(ARMS)}.")
@click.option("--problems", default=",".join(PROBLEMS), show_default=True, help="Comma-separated HumanEval ids.")
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
@click.option("--context", default="feedback", show_default=True, help="What the self-teacher sees.")
@click.option("--tokens", default=256, show_default=True, help="Of a response at most.")
def run(out: Path, groups: int, seeds: str, arms: str, problems: str, model: str, context: str, tokens: int) -> None:
    """Run every cell that is not finished yet, the first arm of each problem and seed before the others."""
    if unknown := {*arms.split(",")} - {*ARMS}:
        raise click.UsageError(f"no arm is called {sorted(unknown)[0]!r}; there are: {', '.join(ARMS)}")
    for seed in map(int, seeds.split(",")):
        for problem in problems.split(","):
            for arm in sorted({FIRST, *arms.split(",")}, key=lambda arm: arm != FIRST):
                given = {"teacher_context": context} if "teacher_context" in _settings(arm) else {}
                config = configure(
                    model=model, seed=seed, max_completion_length=tokens, guard=False, **given, **ARMS[arm]
                )
                _Cell(out, problem, arm, config).run(groups)


def _settings(arm: str) -> tuple[str, ...]:
    return method_spec(ARMS[arm].get("method", Config().method)).settings


class _Cell:
    """One problem, arm and seed, in a run folder of its own."""

    def __init__(self, out: Path, problem: str, arm: str, config: Config) -> None:
        self._out, self._problem, self._arm, self._config = out, load_problem(f"humaneval:{problem}"), arm, config

    def run(self, groups: int) -> None:
        """Up to so many groups."""
        record = self._record()
        budget = replace(budget_of(self._config), attempts=groups * self._config.group_size, after_success=groups)
        if not budget.spent(record):
            click.echo(f"{time.strftime('%H:%M:%S')} {record.folder.name}")
            self._go_on(record, budget)
        record.close()

    def _go_on(self, record: Record, budget: Budget) -> None:
        config, problem = self._config, self._problem
        from ttsd.policy import load_policy

        policy = load_policy(resolve_model(config.model), config, record)
        method = make_method(config, policy.learner, Templates(), policy.fits)
        with open_verifier(problem.checks, problem.language, config.sandbox, config.docker_runtime) as verifier:
            solve(problem, method, policy.sampler, verifier, record, budget, Silent())

    def _record(self) -> Record:
        from ttsd.policy import describe_device

        folder, first = self._folder(self._arm), self._folder(FIRST)
        if (folder / "run.json").exists():
            if load_run(folder, Facts).config != self._config:
                raise click.UsageError(f"{folder} holds a cell with other settings: name another folder.")
            return Record.open(folder)
        source = resolve_model(self._config.model)
        facts = collect(self._problem, self._config, source, describe_device(self._config))
        record = Record.create(folder, asdict(facts) | {"setting": self._arm})
        for rollout in load_rollouts(first)[: self._config.group_size] if self._arm != FIRST else []:
            record.rollout(rollout)
        return record

    def _folder(self, arm: str) -> Path:
        name = f"{self._problem.name}_{arm}_seed{self._config.seed}"
        return self._out / re.sub(r"[^A-Za-z0-9_.-]+", "-", name)


@main.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the cells here.")
def table(sources: tuple[Path, ...], json_file: Path | None) -> None:
    """Print the mean over the finished cells of SOURCES, per setting and group, as Markdown tables.

    A source is the folder of a run or a file that --json wrote.
    """
    cells = [cell for source in sources for cell in _cells(source)]
    longest = max(len(cell["groups"]) for cell in cells)
    finished = [cell for cell in cells if len(cell["groups"]) == longest]
    if left_out := len(cells) - len(finished):
        click.echo(f"{left_out} cells have fewer than {longest} groups and are left out.", err=True)
    cells = [_with_discovery(cell) for cell in finished]
    if json_file:
        json_file.write_text(json.dumps(cells, indent=1) + "\n")
    for measure in ("all_pass_fraction", "successes", "discovered", "mean_length", "clipped_share", "entropy"):
        click.echo(f"\n{measure}\n")
        groups = range(longest)
        click.echo("| setting | cells | " + " | ".join(f"group {group}" for group in groups) + " |")
        click.echo("|---|---|" + "---|" * len(groups))
        for name in sorted({cell["setting"] for cell in cells}):
            rows = [cell["groups"] for cell in cells if cell["setting"] == name]
            means = [fmean(row[group][measure] for row in rows) for group in groups]
            click.echo(f"| {name} | {len(rows)} | " + " | ".join(f"{mean:.3g}" for mean in means) + " |")
    _print_differences(cells)


def _print_differences(cells: Sequence[Cell]) -> None:
    """Of each arm from plain sampling, per attempt after the first group, on the same problems and seeds."""
    plain = {(cell["problem"], cell["seed"]): cell for cell in cells if cell["setting"] in PLAIN}
    click.echo("\n| difference from plain sampling | cells | successes of an attempt | fraction of cases passed |")
    click.echo("|---|---|---|---|")
    for name in sorted({cell["setting"] for cell in cells} - set(PLAIN)):
        pairs = [
            (cell, plain[cell["problem"], cell["seed"]])
            for cell in cells
            if cell["setting"] == name and (cell["problem"], cell["seed"]) in plain
        ]
        if pairs and len(pairs[0][0]["groups"]) > 1:
            success, fraction = (
                paired_difference((arm["problem"], measure(arm), measure(base)) for arm, base in pairs)
                for measure in (_success, _fraction)
            )
            click.echo(f"| {name} | {len(pairs)} | {success} | {fraction} |")


def _success(cell: Cell) -> float:
    return fmean(group["successes"] / max(1, group["attempts"]) for group in cell["groups"][1:])


def _fraction(cell: Cell) -> float:
    return fmean(group["all_pass_fraction"] for group in cell["groups"][1:])


def _cells(source: Path) -> list[Cell]:
    if source.is_dir():
        return [_read_cell(folder) for folder in sorted(source.iterdir())]
    cells: list[Cell] = json.loads(source.read_text())
    return cells


def _with_discovery(cell: Cell) -> Cell:
    """The cell with `discovered` in every group: 1 when an attempt had passed every test by then."""
    ends = accumulate(group.get("size", group["attempts"]) for group in cell["groups"])  # older cells had no outages
    found = cell["discovery_time"] or math.inf
    return cell | {
        "groups": [group | {"discovered": found <= end} for group, end in zip(cell["groups"], ends, strict=True)]
    }


def _read_cell(folder: Path) -> Cell:
    facts, rollouts, steps = load_run(folder, Facts), load_rollouts(folder), load_steps(folder)
    size = facts.config.group_size
    groups = [[rollout for rollout in rollouts if rollout.attempt.group == group] for group in range(len(steps) + 1)]
    return {
        "problem": facts.problem.name,
        "setting": load_run(folder, dict)["setting"],
        "seed": facts.config.seed,
        "machine": facts.machine,
        "discovery_time": min((rollout.attempt.k for rollout in rollouts if rollout.solved), default=None),
        "groups": [group_statistics(group) | _all_cases(group) for group in groups if len(group) == size],
        "steps": [step.metrics | {"seconds": step.seconds} for step in steps],
    }


def _all_cases(group: list[Rollout]) -> dict[str, float]:
    """The fraction of cases passed, hidden ones included: what the guard must not look at, but a measurement must."""
    fractions = [rollout.verdict.fraction_passed for rollout in group if rollout.verdict.reward is not None]
    return {"all_pass_fraction": fmean(fractions) if fractions else 0.0, "size": len(group)}


if __name__ == "__main__":
    main()
