"""`ttsd new`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from ttsd.cli.terminal import harmless
from ttsd.errors import UserError
from ttsd.problems.manifest import KINDS
from ttsd.problems.template import write_template


@click.command()
@click.argument("directory", type=click.Path())
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="stdio",
    show_default=True,
    help="How programs are judged: docs/guide.md has a table.",
)
def new(directory: str, kind: str) -> None:
    """Write a commented problem folder to DIRECTORY, ready to be solved and then changed.

    \b
    ttsd new my-problem --kind function
    ttsd verify my-problem my-problem/solution.py
    """
    if not directory:
        raise UserError("the name of the folder is empty: give the name of a new folder")
    files = write_template(Path(directory), kind)
    (solution,) = (path.name for path in files if path.stem == "solution")
    typed = f"./{directory}" if directory.startswith("-") else directory  # or it would be taken for an option
    folder, program = shlex.quote(typed), shlex.quote(os.path.join(typed, solution))  # Path drops ./
    click.echo(harmless(f"{directory}: edit its files, then: ttsd verify {folder} {program}"))
