"""`ttsd doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON array.")
def doctor(as_json: bool) -> None:
    """Check this machine: Python, torch, sandboxes that really work, model, disk, memory.

    \b
    ttsd doctor

    Exit code: 0 when a problem can be solved here, 1 when something is missing.
    """
    from ttsd.doctor import findings

    found = findings()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found]))
    else:
        for finding in found:
            mark = "ok  " if finding.ok else "FAIL" if finding.needed else "none"
            click.echo(f"{mark}  {finding.subject}: {finding.detail}")
            if not finding.ok:
                click.echo(f"      remedy: {finding.remedy}")
    raise click.exceptions.Exit(0 if all(finding.ok or not finding.needed for finding in found) else 1)
