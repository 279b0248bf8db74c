"""`ttsd new`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from ttsd.cli.terminal import harmless
from ttsd.problems.manifest import KINDS
from ttsd.problems.template import write_template


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="stdio",
    show_default=True,
    help="How programs are judged: text in and out, a called function, or Python assertions.",
)
def new(directory: Path, kind: str) -> None:
    """Write a commented problem folder to DIRECTORY, ready to be solved and then changed.

    \b
    ttsd new my-problem --kind function
    ttsd verify my-problem my-problem/solution.py
    """
    write_template(directory, kind)
    folder, program = shlex.quote(str(directory)), shlex.quote(str(directory / "solution.py"))
    click.echo(harmless(f"{directory}: edit statement.md and tests/, then: ttsd verify {folder} {program}"))
