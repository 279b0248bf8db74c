"""`ttsd report`."""

from __future__ import annotations

from pathlib import Path

import click

from ttsd.errors import UserError
from ttsd.record import load_rollouts, load_steps, read_run
from ttsd.report.wording import describe_rollout, describe_step
from ttsd.types import Rollout


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--attempt", type=int, help="Show this attempt whole: response, verdict, feedback, teacher prompt.")
def report(run: Path, attempt: int | None) -> None:
    """Show what happened in the run in folder RUN: a line per attempt and per step.

    \b
    ttsd report runs/humaneval-111-sdpo-seed0-20260101-120000
    ttsd report runs/humaneval-111-sdpo-seed0-20260101-120000 --attempt 3
    """
    facts, rollouts = read_run(run), load_rollouts(run)
    if attempt is not None:
        found = [rollout for rollout in rollouts if rollout.attempt.k == attempt]
        if not found:
            known = f"it has 1 to {rollouts[-1].attempt.k}" if rollouts else "it has none yet"
            raise UserError(f"attempt {attempt} is not in this run; {known}.")
        click.echo(_whole(found[0]))
        return
    config = facts["config"]
    click.echo(f"{facts['problem']['name']} with {config['method']}, {config['model']}, seed {config['seed']}\n")
    steps = {step.group: step for step in load_steps(run)}
    for group in sorted({rollout.attempt.group for rollout in rollouts}):
        for rollout in rollouts:
            if rollout.attempt.group == group:
                click.echo(describe_rollout(rollout))
        if group in steps:
            click.echo(f"     {describe_step(steps[group])}")


def _whole(rollout: Rollout) -> str:
    attempt, verdict = rollout.attempt, rollout.verdict
    sections = [
        ("Prompt", attempt.prompt[-1].content if attempt.prompt else ""),
        ("Response", attempt.response),
        (
            "Verdict",
            "\n".join(
                [
                    describe_rollout(rollout),
                    *([verdict.detail] if verdict.reward is None else []),
                    *(f"  {c.id} ({c.tier}): {c.status}" for c in verdict.cases),
                ]
            ),
        ),
        ("Feedback", rollout.feedback.text),
        ("Teacher prompt", rollout.teacher.chat[-1].content if rollout.teacher else "(none: nothing to learn from)"),
    ]
    return "\n\n".join(f"== {title} ==\n{text.rstrip()}" for title, text in sections)
