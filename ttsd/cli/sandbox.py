"""`ttsd sandbox`: which sandboxes there are, whether they hold, and what this machine has for them."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ttsd.cli.terminal import harmless

if TYPE_CHECKING:
    from sandboxes.self_check import CheckResult, Survey


@click.group()
def sandbox() -> None:
    """List sandboxes, attack one, and see what this machine offers.

    \b
    ttsd sandbox list
    ttsd sandbox check bubblewrap
    ttsd sandbox doctor
    """


@sandbox.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON array.")
def list_(as_json: bool) -> None:
    """Print every registered sandbox and whether it can be used here. Exit code: 1 when none can.

    \b
    ttsd sandbox list
    """
    from sandboxes.self_check import survey

    rows = list(survey())
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows]))
    for row in [] if as_json else rows:
        click.echo(harmless(f"{'yes' if row.usable else 'no ':<4} {row.name:<20} {row.strength:<12} {row.detail}"))
    raise click.exceptions.Exit(0 if any(row.usable for row in rows) else 1)


@sandbox.command("check")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON array.")
def check_(name: str, as_json: bool) -> None:
    """Try every promise of the sandbox NAME and twelve attacks on it. Exit code: 1 when one fails.

    \b
    ttsd sandbox check bubblewrap
    """
    from sandboxes.sandbox import open_sandbox
    from sandboxes.self_check import fit, self_check

    results = []
    with closing(open_sandbox(name)) as opened:
        for result in self_check(opened):
            results.append(result)
            if not as_json:
                click.echo(harmless(_line(result)))
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results]))
    raise click.exceptions.Exit(0 if fit(results) else 1)


@sandbox.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def doctor_(as_json: bool) -> None:
    """Print what this machine has, attack every sandbox that works, and say which one auto takes.

    \b
    ttsd sandbox doctor

    A sandbox in which an attack got through, and that is not known of it, is not offered.
    Exit code: 0 when what auto takes is offered, 1 when not.
    """
    from sandboxes.machine import machine_facts
    from sandboxes.self_check import attacked, auto_takes, survey

    facts, rows = [], []
    for fact in machine_facts():
        facts.append(fact)
        _say(f"{fact.subject:<20} {fact.value}", as_json)
    for row in survey():
        results = attacked(row)
        rows.append((row, results))
        for line in _told(row, results):
            _say(line, as_json)
    taken, reason = auto_takes(rows)
    if as_json:
        sandboxes = [asdict(row) | {"canaries": [asdict(result) for result in results]} for row, results in rows]
        click.echo(json.dumps({"machine": dict(facts), "sandboxes": sandboxes, "auto": taken, "reason": reason}))
    _say(f"{'auto':<20} takes {taken}" if taken else f"{'auto':<20} {reason}", as_json)
    raise click.exceptions.Exit(0 if taken else 1)


def _say(text: str, as_json: bool) -> None:
    if not as_json:
        click.echo(harmless(text))


def _line(result: CheckResult) -> str:
    mark = "ok   " if result.ok else "known" if result.known else "FAIL "
    told = result.promise if result.ok else f"{result.failure} ({result.known})" if result.known else result.failure
    return f"{mark} {result.kind:<8} {result.name:<15} {result.seconds:5.2f} s  {told}"


def _told(row: Survey, results: list[CheckResult]) -> list[str]:
    """What `doctor` says of one sandbox: a line, and one more for each attack that got through."""
    from sandboxes.self_check import fit

    if not row.usable:
        return [f"{row.name:<20} cannot be used: {row.detail}"]
    held = sum(result.ok for result in results)
    offered = "" if fit(results) else ", so it is not offered"
    head = f"{row.name:<20} {row.strength}: {held} of {len(results)} attacks held{offered}"
    return [head, *(f"{'':<20} {_line(result)}" for result in results if not result.ok)]
