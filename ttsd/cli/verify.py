"""`ttsd verify`: what the verifier and a teacher would say about a program, without a model."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ttsd.cli.terminal import harmless
from ttsd.errors import UserError
from ttsd.problems import load_problem
from ttsd.textfiles import decode, read_text

if TYPE_CHECKING:
    from sandboxes.types import Verdict

MAX_LISTED = 20  # failed cases


@click.command()
@click.argument("problem")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
@click.option(
    "--show",
    type=click.Choice(["feedback", "reprompt"]),
    help="Print instead what may be said about the failure, or the whole prompt of the self-teacher.",
)
@click.option("--sandbox", default="auto", help="Where the program runs.  [default: auto]")
@click.option("--docker-runtime", default="", help="What starts Docker's containers: runsc is gVisor.")
def verify(problem: str, file: Path, as_json: bool, show: str | None, sandbox: str, docker_runtime: str) -> None:
    """Judge the program in FILE (- for stdin) against PROBLEM. Exit code: 0 pass, 3 fail.

    \b
    ttsd verify examples/run-lengths my_program.py
    ttsd verify humaneval:HumanEval/1 my_program.py --show reprompt
    """
    from sandboxes.types import Program, Status
    from sandboxes.verifiers.opening import open_verifier
    from ttsd.feedback import make_feedback
    from ttsd.report.wording import beyond_feedback, describe_cases
    from ttsd.reprompt import teacher_context

    loaded = load_problem(problem)
    program = Program(_read(file), loaded.preamble, loaded.language)
    with open_verifier(loaded.checks, loaded.language, sandbox, docker_runtime) as verifier:
        verdict = verifier.verify(program)
    feedback = make_feedback(verdict, loaded)
    teacher = teacher_context(loaded, feedback)
    if as_json:
        row = asdict(verdict) | {"reward": verdict.reward, "fraction_passed": verdict.fraction_passed}
        click.echo(json.dumps(row | {"feedback": feedback.text}))
    elif show == "feedback":
        click.echo(harmless(feedback.text or _nothing_to_say(verdict)))
    elif show == "reprompt":
        click.echo(harmless(teacher.chat[-1].content if teacher else _nothing_to_say(verdict)))
    else:
        passed = sum(case.status == "pass" for case in verdict.cases)
        click.echo(
            f"{verdict.status.replace('_', ' ')}: {passed} of {len(verdict.cases)} tests passed ({verdict.sandbox})"
        )
        if failed := [case for case in verdict.cases if case.status not in (Status.PASS, Status.NOT_RUN)]:
            click.echo(harmless(describe_cases(failed[:MAX_LISTED])))
            if (rest := len(failed) - MAX_LISTED) > 0:
                click.echo(f"  and {rest} more")
        for text in filter(None, (feedback.text, beyond_feedback(verdict, feedback))):
            click.echo(harmless(f"\n{text}"))
    raise click.exceptions.Exit({1: 0, 0: 3, None: 1}[verdict.reward])


def _nothing_to_say(verdict: Verdict) -> str:
    return "(nothing to say: the program passes)" if verdict.reward else f"(it could not be judged: {verdict.detail})"


def _read(file: Path) -> str:
    remedy = "name a file with a program in it, or - for standard input"
    if str(file) == "-":
        if sys.stdin is None:  # as Python leaves it when a shell has closed it: <&-
            raise UserError(f"standard input is closed; {remedy}.")
        return decode(sys.stdin.buffer, "standard input", remedy)
    return read_text(file, remedy)
