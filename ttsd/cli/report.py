"""`ttsd report`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from ttsd.cli.terminal import harmless
from ttsd.errors import UserError
from ttsd.facts import Facts
from ttsd.record import load_elapsed, load_result, load_rollouts, load_run, load_steps
from ttsd.report.events import attempt_event, result_event, step_event
from ttsd.report.wording import (
    after_success,
    beyond_feedback,
    describe_cases,
    describe_rollout,
    describe_step,
    profile,
    summary,
    unfinished,
    what_next,
)
from ttsd.types import Chat, Outcome, Rollout, Step, TeacherContext


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--attempt", type=int, help="Show this attempt whole: response, verdict, feedback, teacher prompt.")
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON, one object a line.")
def report(run: Path, attempt: int | None, as_json: bool) -> None:
    """Show what happened in the run in folder RUN: a line per attempt and per step, and how it ended.

    \b
    ttsd report runs/humaneval-111-sdpo-seed0-20260101-120000
    ttsd report runs/humaneval-111-sdpo-seed0-20260101-120000 --attempt 3
    """
    facts, rollouts = load_run(run, Facts), load_rollouts(run)
    if attempt is not None:
        found = _find(attempt, rollouts, load_result(run))
        click.echo(json.dumps(attempt_event(found) | asdict(found)) if as_json else harmless(_whole(found, rollouts)))
        return
    events = list(_in_order(rollouts, load_steps(run)))
    outcome = load_result(run)
    if as_json:
        click.echo("\n".join(map(json.dumps, _objects(facts, events, outcome, str(run)))))
    else:
        click.echo(harmless("\n".join(_lines(facts, events, outcome, run))))


def _in_order(rollouts: list[Rollout], steps: list[Step]) -> Iterator[Rollout | Step]:
    """The attempts of each group and then its step."""
    for group in sorted({rollout.attempt.group for rollout in rollouts}):
        yield from (rollout for rollout in rollouts if rollout.attempt.group == group)
        yield from (step for step in steps if step.group == group)


def _objects(
    facts: Facts, events: list[Rollout | Step], outcome: Outcome | None, folder: str
) -> Iterator[dict[str, object]]:
    """The events of `ttsd solve --json`, behind what the run was."""
    yield {"event": "run", **asdict(facts)}
    for event in events:
        yield attempt_event(event) if isinstance(event, Rollout) else step_event(event)
    if outcome:
        yield result_event(outcome, folder)


def _lines(facts: Facts, events: list[Rollout | Step], outcome: Outcome | None, run: Path) -> Iterator[str]:
    config, problem = facts.config, facts.problem.name
    rollouts = [event for event in events if isinstance(event, Rollout)]
    yield (
        f"Run of {problem} with {config.method}: model {config.model}, seed {config.seed}, "
        f"at most {config.budget} attempts, begun {facts.started}"
    )
    yield f"Profile: {profile(facts.problem.kind)}"
    if sandboxes := sorted({rollout.verdict.sandbox for rollout in rollouts if rollout.verdict.sandbox}):
        yield f"Programs ran in: {', '.join(sandboxes)}"
    yield ""
    for event in events:
        yield describe_rollout(event) if isinstance(event, Rollout) else describe_step(event)
    yield ""
    if outcome:
        yield summary(outcome, problem, config.method)
    else:
        yield unfinished(rollouts, load_elapsed(run), problem, config.method)
    if continued := after_success(rollouts):
        yield continued
    if outcome and outcome.solution:
        yield f"Its program: ttsd report {shlex.quote(str(run))} --attempt {outcome.solution.attempt.k}"
    if not (outcome and outcome.finished):
        yield what_next(outcome, str(run))


def _find(k: int, rollouts: list[Rollout], outcome: Outcome | None) -> Rollout:
    found = [rollout for rollout in rollouts if rollout.attempt.k == k]
    if not found:
        numbers = _ranges([rollout.attempt.k for rollout in rollouts])
        known = f"{numbers}{'' if outcome else ' so far'}" if rollouts else "none yet"
        raise UserError(f"attempt {k} is not in this run; it has {known}.")
    return found[0]


def _ranges(numbers: list[int]) -> str:
    """1 to 4, 7, 8: rising numbers, three or more in a row by the first and the last."""
    rows = [[number for _, number in row] for _, row in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{row[0]} to {row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in rows)


def _whole(rollout: Rollout, rollouts: list[Rollout]) -> str:
    attempt, beyond = rollout.attempt, beyond_feedback(rollout.verdict, rollout.feedback)
    writer = _writer(rollout, rollouts)
    sections = [
        ("Prompt" if writer is None else f"Prompt, the self-teacher's of attempt {writer}", _text(attempt.prompt)),
        ("Response", attempt.response),
        ("Verdict", "\n".join([describe_rollout(rollout), describe_cases(rollout.verdict.cases), beyond])),
        ("Feedback", rollout.feedback.text or "(none)"),
        *_of_teacher(
            rollout.teacher, "none but the prompt that it answered" if writer else "none: no self-teacher looked at it"
        ),
    ]
    return "\n\n".join(f"== {title} ==\n{text.rstrip()}" for title, text in sections)


def _of_teacher(teacher: TeacherContext | None, otherwise: str) -> list[tuple[str, str]]:
    """What was made of the verdict for the self-teacher to read."""
    if teacher is None:
        return [("Teacher prompt", f"({otherwise})")]
    sees = ", ".join(teacher.sees) or "no more than the student"
    return [("The self-teacher sees", sees), ("Teacher prompt", _text(teacher.chat))]


def _writer(rollout: Rollout, rollouts: list[Rollout]) -> int | None:
    """The attempt for whose self-teacher the prompt was made that this one answered."""
    for other in rollouts:
        if other.teacher and other.teacher.sees and other.teacher.chat == rollout.attempt.prompt:
            return other.attempt.k
    return None


def _text(chat: Chat) -> str:
    return chat[-1].content if chat else ""
