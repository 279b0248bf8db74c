"""Command-line options made from the fields of `Config`: same name, same help, same default."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import click

from ttsd.config import Config, configure

Command = TypeVar("Command", bound=Callable[..., Any])

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[float]):
    """Seconds, or a number with a unit: 90, 30m, 2h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([smhd]?)", str(value).strip())
        if not match:
            self.fail(f"{value!r} is no duration; write seconds or a number with s, m, h or d, for example 30m.")
        return float(match[1]) * _SECONDS[match[2] or "s"]


def config_options(command: Command) -> Command:
    """Give a command one option per setting (in both spellings, a-b and a_b) and --config FILE."""
    kinds = get_type_hints(Config)
    for item in reversed(fields(Config)):
        command = _option(item.name, kinds[item.name], item.default, item.metadata)(command)
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--config", "config_file", type=file, help="TOML file with settings; options given here win.")(
        command
    )


def config_from(config_file: Path | None, options: dict[str, Any]) -> Config:
    """The configuration from what was really typed: unset options leave the file's values alone."""
    return configure(config_file, **{name: value for name, value in options.items() if value is not None})


def _option(name: str, kind: type, default: object, rules: Any) -> Callable[[Command], Command]:
    dashed, text = name.replace("_", "-"), f"{rules['help']}  [default: {default}]"
    if kind is bool:
        return click.option(f"--{dashed}/--no-{dashed}", name, default=None, help=text)
    spellings = dict.fromkeys([f"--{dashed}", f"--{name}", *(["--model_name_or_path"] if name == "model" else [])])
    shown: Any = Duration() if name == "max_time" else click.Choice(rules["choices"]) if rules["choices"] else kind
    return click.option(*spellings, name, type=shown, default=None, help=text)
