"""`ttsd methods`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import click

from ttsd.config import Config
from ttsd.methods.base import MethodSpec, method_names, method_spec

_USUAL = {item.name: item.default for item in fields(Config)}


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, or with NAME one object.")
def methods(name: str | None, as_json: bool) -> None:
    """Print the methods; of NAME the settings that it reads, with their values.

    \b
    ttsd methods
    ttsd methods sdpo

    What every run reads, such as --budget, is left out. docs/methods.md says what each method does.
    """
    specs = {each: method_spec(each) for each in ([name] if name else method_names())}
    rows = [_row(each, spec) for each, spec in specs.items()]
    if as_json:
        click.echo(json.dumps(rows[0] if name else rows))
    elif name:
        click.echo("\n".join(_details(name, specs[name])))
    else:
        click.echo("\n".join(f"{each:<20}{spec.description}" for each, spec in specs.items()))


def _row(name: str, spec: MethodSpec) -> dict[str, Any]:
    """For programs."""
    return {
        "name": name,
        "description": spec.description,
        "learns": spec.objective is not None,
        "self_teacher": spec.reads_contexts,
        "settings": _values(spec),
        "fixed": list(spec.fixed),
    }


def _values(spec: MethodSpec) -> dict[str, Any]:
    """What the method reads, starts from another value or does not let go, with its value under this method."""
    names = dict.fromkeys((*spec.settings, *spec.defaults, *spec.fixed))
    return {name: {**_USUAL, **spec.defaults, **spec.fixed}[name] for name in names}


def _details(name: str, spec: MethodSpec) -> Iterator[str]:
    """A line for each setting: its value, and whether that is fixed or usually another."""
    yield f"{name}: {spec.description}"
    values = _values(spec)
    yield "" if values else "It reads what every run reads."
    for setting, value in values.items():
        usual = f"elsewhere {_word(_USUAL[setting])}" if setting in spec.defaults else ""
        note = "fixed" if setting in spec.fixed else usual
        yield f"  {setting:<30}{_word(value):<20}{note}".rstrip()


def _word(value: object) -> str:
    """As in a TOML file, without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value) or "(empty)"
