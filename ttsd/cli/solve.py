"""`ttsd solve` and `ttsd resume`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from sandboxes.errors import SandboxUnavailable
from ttsd.cli.options import config_from, config_options
from ttsd.cli.terminal import harmless
from ttsd.config import Config
from ttsd.errors import UserError
from ttsd.facts import Facts
from ttsd.methods.base import refuse_idle
from ttsd.models import ModelSource
from ttsd.problems import load_problem
from ttsd.record import Record, load_result, load_run
from ttsd.types import Outcome, Problem

EXIT_CODES = {"solved": 0, "exhausted": 3, "interrupted": 130, "unavailable": 1}

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print events and the result as JSON lines on stdout."
)


@click.command()
@click.argument("problem")
@click.option(
    "--output-dir",
    "--output_dir",
    "--out",
    type=click.Path(path_type=Path),
    help="Run folder  [default: a new one under runs/]",
)
@config_options
@json_option
def solve(problem: str, output_dir: Path | None, config_file: Path | None, as_json: bool, **options: Any) -> None:
    """Solve PROBLEM: a folder (problem.toml or problem.yaml) or suite:id.

    \b
    ttsd solve examples/run-lengths
    ttsd solve humaneval:HumanEval/111 --method sdpo --budget 48 --seed 0

    Exit code: 0 solved, 3 budget spent, 2 wrong usage, 1 error, 130 interrupted (ttsd resume goes on).
    """
    from ttsd.cli.run import begin
    from ttsd.models import resolve_model

    config = config_from(config_file, options)
    # Cheap refusals first: the model may take minutes to fetch.
    refuse_idle(config.method, (name for name, value in options.items() if value is not None))
    loaded = load_problem(problem)
    source = resolve_model(config.model, report=lambda line: click.echo(line, err=True))
    record = begin(loaded, config, source, output_dir)
    try:
        _run(loaded, config, source, record, as_json)
    except (UserError, SandboxUnavailable):
        record.discard()  # a mistake found late: the corrected command may want the same folder
        raise


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@json_option
def resume(run: Path, as_json: bool) -> None:
    """Go on with the run in folder RUN. Nothing that was sampled is sampled again.

    \b
    ttsd resume runs/humaneval-111-sdpo-seed0-20260101-120000

    A run that is finished is told again. Exit code: as of ttsd solve.
    """
    from ttsd.cli.run import reopen

    facts, outcome = load_run(run, Facts), load_result(run)
    if outcome and outcome.finished:
        _end(outcome, facts.problem.name, facts.config.method, run, as_json)
    _run(*reopen(run, facts), as_json)


def _run(problem: Problem, config: Config, source: ModelSource, record: Record, as_json: bool) -> None:
    from ttsd.cli.progress import Watch
    from ttsd.cli.run import execute

    watch = Watch(record, config.budget)
    with watch.showing(as_json=as_json):
        outcome = execute(problem, config, source, record, watch)
    _end(outcome, problem.name, config.method, record.folder, as_json)


def _end(outcome: Outcome, problem: str, method: str, folder: Path, as_json: bool) -> NoReturn:
    """Say how the run ended, print the solution, exit."""
    from ttsd.report.events import result_event
    from ttsd.report.wording import summary, what_next

    if as_json:
        click.echo(json.dumps(result_event(outcome, str(folder))))
    else:
        click.echo(harmless(summary(outcome, problem, method)), err=True)
        if outcome.solution:
            program = outcome.solution.program.rstrip("\n")
            click.echo(harmless(program) if sys.stdout.isatty() else program)
        click.echo(harmless(what_next(outcome, str(folder))), err=True)
    raise click.exceptions.Exit(EXIT_CODES[outcome.status])
