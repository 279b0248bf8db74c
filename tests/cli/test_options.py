"""Options made from the settings: the same names, help and defaults, in both spellings."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import ttsd.templates
from ttsd.cli.options import config_from, config_options
from ttsd.config import Config


@pytest.fixture
def parse():
    """The configuration behind these arguments, or what was said about them."""

    def run(*arguments: str) -> Config | str:
        made: list[Config] = []

        @click.command()
        @config_options
        def command(config_file: Path | None, **options: object) -> None:
            made.append(config_from(config_file, options))

        result = CliRunner().invoke(command, arguments)
        return made[0] if made else result.output

    return run


def test_without_options_the_defaults_hold(parse) -> None:
    assert parse() == Config()


# Without feedback the default method refuses to run: its self-teacher would see nothing.
ALONG = {"include_environment_feedback": {"method": "best-of-k"}}
TEXTS = {"template_dir": str(Path(ttsd.templates.__file__).parent)}


@pytest.mark.parametrize("item", fields(Config), ids=lambda item: item.name)
def test_every_setting_is_an_option_in_both_spellings(parse, item) -> None:
    dashed, along = item.name.replace("_", "-"), ALONG.get(item.name, {})
    others = [word for name, value in along.items() for word in (f"--{name}", value)]
    if type(item.default) is bool:
        value, typed = False, [[f"--no-{dashed}"], *([[f"--no_{item.name}"]] if dashed != item.name else [])]
    else:
        other = TEXTS.get(item.name, "runsc") if item.default == "" else 1
        value = item.metadata["choices"][-1] if item.metadata["choices"] else item.default or other
        typed = [[f"--{name}", str(value)] for name in (dashed, item.name)]
    assert [parse(*others, *words) for words in typed] == [Config(**along, **{item.name: value})] * len(typed)


def test_the_model_has_the_name_that_trl_gives_it(parse) -> None:
    assert parse("--model_name_or_path", "a/b") == Config(model="a/b")


def test_a_duration_may_have_a_unit(parse) -> None:
    assert parse("--max-time", "30m") == Config(max_time=1800)


def test_options_win_over_the_file(parse, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("budget = 3\nseed = 4\nguard = false\n")
    assert parse("--config", str(file), "--seed", "5") == Config(budget=3, seed=5, guard=False)
    assert parse("--config", str(file), "--guard") == Config(budget=3, seed=4, guard=True)


def test_the_help_of_a_setting_is_its_text_and_default(parse) -> None:
    text = "".join(str(parse("--help")).split())  # lines break anywhere
    for item in fields(Config):
        assert "".join(f"{item.metadata['help']} [default: {item.default}]".split()) in text
