"""Every command explains itself: what it does, an example to paste, a text for each option."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from ttsd.cli.main import COMMANDS, cli


def commands(command: click.Command = cli, path: str = "ttsd") -> Iterator[tuple[str, click.Command]]:
    """Every command and sub-command with what a user types for it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, f"{path} {name}")


EVERY = [pytest.param(command, id=path) for path, command in commands()]


def help_of(command: click.Command) -> str:
    return command.get_help(click.Context(command, info_name="ttsd"))


@pytest.mark.parametrize("command", EVERY)
def test_every_command_shows_an_example(command: click.Command) -> None:
    assert re.search(r"^ *ttsd [a-z]", help_of(command), re.MULTILINE)


@pytest.mark.parametrize("command", EVERY)
def test_every_command_starts_with_a_sentence(command: click.Command) -> None:
    first = (command.help or "").strip().split("\n\n")[0]
    assert first[:1].isupper()
    assert first.endswith(".")


@pytest.mark.parametrize("command", EVERY)
def test_every_option_has_a_text(command: click.Command) -> None:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("command", EVERY)
def test_the_problems_in_examples_exist(command: click.Command, examples) -> None:
    named = re.findall(r"\bexamples/([\w-]+)", help_of(command))
    assert [name for name in named if not (examples / name).is_dir()] == []


def test_the_overview_lists_every_command(ttsd) -> None:
    code, out, _ = ttsd("--help")
    assert code == 0
    assert set(COMMANDS) <= set(re.findall(r"^  ([a-z-]+)  ", out, re.MULTILINE))


def test_the_version_is_told(ttsd) -> None:
    assert re.fullmatch(r"ttsd, version \S+\n", ttsd("--version").out)
