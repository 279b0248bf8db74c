"""Command-line options made from the fields of `Config`: same name, same help, same default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import click

from ttsd.config import Config
from ttsd.methods.base import configure

Command = TypeVar("Command", bound=Callable[..., Any])


def config_options(command: Command) -> Command:
    """Give a command one option per setting (in both spellings, a-b and a_b) and --config FILE."""
    kinds = get_type_hints(Config)
    for item in reversed(fields(Config)):
        command = _option(item.name, kinds[item.name], item.default, item.metadata)(command)
    text = "TOML file with settings; options given here win."
    return click.option("--config", "config_file", type=click.Path(path_type=Path), help=text)(command)


def config_from(config_file: Path | None, options: dict[str, Any]) -> Config:
    """The configuration from what was really typed: unset options leave the file's values alone."""
    return configure(config_file, **{name: value for name, value in options.items() if value is not None})


def _option(name: str, kind: type, default: object, rules: Any) -> Callable[[Command], Command]:
    dashed, text = name.replace("_", "-"), f"{rules['help']}  [default: {default}]"
    if kind is bool:
        switches = [f"--{dashed}/--no-{dashed}", *([f"--{name}/--no_{name}"] if dashed != name else [])]
        return click.option(*switches, name, default=None, help=text)
    spellings = dict.fromkeys([f"--{dashed}", f"--{name}", *(["--model_name_or_path"] if name == "model" else [])])
    shown: Any = click.Choice(rules["choices"]) if rules["choices"] else str if name == "max_time" else kind
    return click.option(*spellings, name, type=shown, default=None, help=text)
