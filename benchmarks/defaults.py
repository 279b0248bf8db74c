"""How the defaults of `sdpo` were chosen: pass fraction and successes per step, for settings, seeds and problems.

    python -m benchmarks.defaults run OUT --groups 3 --seeds 0,1
    python -m benchmarks.defaults table OUT --json cells.json
    python -m benchmarks.defaults table cells.json more-cells.json

Unlike `ttsd solve`, a cell goes on after a success: the question is what each step does to the policy. The settings
of one problem and seed share their first group of samples (a paired design). A cell that was killed goes on.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from sandboxes.verifiers.opening import open_verifier
from ttsd.config import Config
from ttsd.facts import Facts, collect
from ttsd.learning.guards import group_statistics
from ttsd.methods.base import Method, configure
from ttsd.methods.prompting import plain
from ttsd.models import resolve_model
from ttsd.problems import load_problem
from ttsd.record import Record, load_rollouts, load_run, load_steps
from ttsd.solver import Silent, run_group
from ttsd.types import Rollout

PROBLEMS = ("HumanEval/6", "HumanEval/17", "HumanEval/84", "HumanEval/153")
SETTINGS: dict[str, dict[str, Any]] = {
    "no learning": {"method": "best-of-k"},
    "lr 5e-5": {"learning_rate": 5e-5},
    "lr 2e-4": {"learning_rate": 2e-4},
    "lr 1e-3": {"learning_rate": 1e-3},
}


@click.group()
def main() -> None:
    """Compare settings of sdpo on hard HumanEval problems."""


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--groups", default=3, show_default=True, help="Groups per cell; the first is the base model's.")
@click.option("--seeds", default="0,1", show_default=True, help="Comma-separated.")
@click.option("--settings", default=",".join(SETTINGS), show_default=True, help="Comma-separated names.")
@click.option("--problems", default=",".join(PROBLEMS), show_default=True, help="Comma-separated HumanEval ids.")
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
def run(out: Path, groups: int, seeds: str, settings: str, problems: str, model: str) -> None:
    """Run every cell that is not finished yet."""
    for seed in map(int, seeds.split(",")):
        for problem in problems.split(","):
            for name in settings.split(","):
                config = configure(model=model, seed=seed, max_completion_length=256, guard=False, **SETTINGS[name])
                folder = out / f"{problem.replace('/', '-')}_{name.replace(' ', '-')}_seed{seed}"
                _run_cell(folder, problem, name, config, groups)


def _run_cell(folder: Path, problem_id: str, setting: str, config: Config, groups: int) -> None:
    from ttsd.policy import describe_device, load_policy

    problem, source = load_problem(f"humaneval:{problem_id}"), resolve_model(config.model)
    if (folder / "run.json").exists():
        if load_run(folder, Facts).config != config:
            raise click.UsageError(f"{folder} holds a cell with other settings: name another folder.")
        record = Record.open(folder)
    else:
        facts = collect(problem, config, source, describe_device(config))
        record = Record.create(folder, asdict(facts) | {"setting": setting})
    size = config.group_size
    if len(record.rollouts) < groups * size:
        policy = load_policy(source, config, record)
        method = Method(config.method, plain, policy.learner)
        with open_verifier(problem.checks, problem.language, config.sandbox, config.docker_runtime) as verifier:
            for group in range(record.next_group, groups):
                ks = range(group * size + 1, (group + 1) * size + 1)
                rollouts = run_group(ks, problem, method, policy.sampler, verifier, record, Silent())
                click.echo(f"{folder.name} group {group}: {group_statistics(rollouts)}")
                if group + 1 < groups:
                    step = policy.learner.learn(problem, group, rollouts)
                    policy.sampler.use(step.policy_version)
                    record.step(step)
    record.close()


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


def _cells(source: Path) -> list[dict[str, Any]]:
    if source.is_dir():
        return [_read_cell(folder) for folder in sorted(source.iterdir())]
    cells: list[dict[str, Any]] = json.loads(source.read_text())
    return cells


def _with_discovery(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell with `discovered` in every group: 1 when an attempt had passed every test by then."""
    ends = accumulate(group["attempts"] for group in cell["groups"])
    found = cell["discovery_time"] or math.inf
    return cell | {
        "groups": [group | {"discovered": found <= end} for group, end in zip(cell["groups"], ends, strict=True)]
    }


def _read_cell(folder: Path) -> dict[str, Any]:
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
    return {"all_pass_fraction": fmean(rollout.verdict.fraction_passed for rollout in group)}


if __name__ == "__main__":
    main()
