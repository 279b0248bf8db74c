"""The command line: one file a command group, loaded only when its command is called, so that --help is quick."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.metadata import entry_points

import click

from sandboxes.errors import ChecksBroken, SandboxUnavailable
from ttsd.cli.terminal import harmless, print_what_cannot_be_encoded_as_escapes
from ttsd.errors import UserError

# name -> (module, one line for --help). The module's attribute is the name with dashes as underscores.
COMMANDS = {
    "solve": ("ttsd.cli.solve", "Solve one problem within a budget of attempts."),
    "resume": ("ttsd.cli.solve", "Go on with a run that was stopped or killed."),
    "verify": ("ttsd.cli.verify", "Judge a program without a model."),
    "report": ("ttsd.cli.report", "Show what happened in a run."),
    "new": ("ttsd.cli.new", "Write a problem folder to start from."),
    "methods": ("ttsd.cli.methods", "List the methods and the settings they read."),
    "models": ("ttsd.cli.models", "List, fetch and find models."),
    "sandbox": ("ttsd.cli.sandbox", "List sandboxes, attack one, and see what this machine offers."),
    "doctor": ("ttsd.cli.doctor", "Check what this machine can do, and how to mend the rest."),
}


class LazyCommands(click.Group):
    """Knows its commands by name; imports one when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS) + sorted(point.name for point in entry_points(group="ttsd.commands"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name.replace("-", "_"))
        else:
            found = [point for point in entry_points(group="ttsd.commands") if point.name == cmd_name]
            if not found:
                return None
            command = found[0].load()
        assert isinstance(command, click.Command), f"{cmd_name} is no click command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name][1] if name in COMMANDS else "") for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ttsd")
def cli() -> None:
    """Solve one hard problem that has a verifier, by test-time self-distillation.

    \b
    ttsd solve humaneval:HumanEval/111 --budget 48
    ttsd verify examples/run-lengths my_program.py
    ttsd doctor
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:  # no relative path means anything there, and torch ends the process
        raise UserError("the current folder is gone; change to one that exists.") from error


def main() -> None:
    """Entry point: a user's mistake is one sentence and exit code 2, a machine's refusal one and exit code 1."""
    print_what_cannot_be_encoded_as_escapes()
    try:
        sys.exit(cli.main(prog_name="ttsd", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(harmless(f"ttsd: {_sentence(error)}"), err=True)
        sys.exit(error.exit_code)
    except (UserError, SandboxUnavailable, ChecksBroken) as error:
        click.echo(harmless(f"ttsd: {error}"), err=True)
        sys.exit(2)
    except OSError as error:  # a full disk, a file without permission: nothing that a traceback explains better
        where = f"{error.filename}: " if error.filename else ""
        click.echo(harmless(f"ttsd: {where}{error.strerror or error}"), err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("ttsd: interrupted", err=True)
        sys.exit(130)


def _sentence(error: click.ClickException) -> str:
    """What click says in several lines, and where to look."""
    told = " ".join(error.format_message().split()).replace(". (", " (").replace(". ", ": ").removesuffix(".")
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "ttsd"
    return f"{told[:1].lower()}{told[1:]}; see {where} --help"
