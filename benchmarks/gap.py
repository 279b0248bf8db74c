"""The gap before any training: what the self-teacher does better than the student, for each thing it may see.

    python -m benchmarks.gap run OUT --model qwen2.5-coder-0.5b
    python -m benchmarks.gap table OUT --json gap.json
    python -m benchmarks.gap table gap.json

The student answers each problem a few times. For each attempt that failed, every teacher context that exists for it is
answered once, by the same weights: "none" is the plain prompt again, "shuffled" the feedback of another attempt at the
problem, "foreign" that of an attempt at another problem, "solution" a right program as a hint. Differences are taken on
the same failed attempts, with the bootstrap over problems. A run that was killed goes on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import msgspec

from benchmarks.suites.humaneval import HumanEval
from sandboxes.sandbox import Sandbox, open_sandbox
from sandboxes.verifiers.base import make_verifier
from ttsd.config import Config
from ttsd.facts import machine
from ttsd.judging import Judges
from ttsd.methods.base import configure
from ttsd.models import resolve_model
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.reprompt import Reprompter
from ttsd.sampling.base import Request, Sampler
from ttsd.statistics import clustered_mean
from ttsd.types import Chat, Problem, Rollout

# Every third of the 70 that qwen2.5-coder-0.5b solves at most once in eight attempts.
PROBLEMS = (1, 17, 33, 41, 62, 68, 74, 77, 81, 87, 91, 99, 103, 109, 115, 120, 124, 127, 130, 137, 141, 147, 154, 163)
CONTEXTS = (
    *(
        "none",
        "feedback",
        "attempt",
        "group",
        "demonstration",
        "demonstration-and-feedback",
        "shuffled",
        "foreign",
        "solution",
    ),
)
STUDENT = "student"
TOKENS = 320  # of a response at most
PAIRS = (
    *(("feedback", "none"), ("feedback", "shuffled"), ("feedback", "foreign"), ("attempt", "none")),
    *(("attempt", "feedback"), ("group", "none"), ("group", "shuffled"), ("demonstration", "none")),
    *(("demonstration-and-feedback", "demonstration"), ("shuffled", "none"), ("foreign", "none"), ("solution", "none")),
)
Row = dict[str, Any]


@click.group()
def main() -> None:
    """Measure what the self-teacher does better than the student."""


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
@click.option("--problems", default=",".join(map(str, PROBLEMS)), help="Comma-separated numbers of HumanEval.")
@click.option("--contexts", default=",".join(CONTEXTS), show_default=True, help="Comma-separated.")
@click.option("--attempts", default=8, show_default=True, help="Of the student, per problem.")
@click.option("--seed", default=0, show_default=True)
def run(out: Path, model: str, problems: str, contexts: str, attempts: int, seed: int) -> None:
    """Sample and judge what OUT does not hold yet."""
    config = configure(model=model, seed=seed, method="best-of-k", max_completion_length=TOKENS)
    loaded = [load_problem(f"humaneval:HumanEval/{number}") for number in problems.split(",")]
    out.mkdir(parents=True, exist_ok=True)
    with closing(open_sandbox(config.sandbox)) as sandbox:
        probe = _Probe(out, config, sandbox)
        groups = [probe.students(problem, attempts) for problem in loaded]
        for place, problem in enumerate(loaded):
            probe.teachers(problem, contexts.split(","), groups[place], groups[place - 1])


class _Probe:
    """Samples, judges and writes down; one file for each problem and context, which is complete when it is there."""

    def __init__(self, out: Path, config: Config, sandbox: Sandbox) -> None:
        self._out, self._config, self._sandbox = out, config, sandbox
        self._sampler: Sampler | None = None

    def students(self, problem: Problem, attempts: int) -> list[Rollout]:
        """What the plain prompt gives."""
        file = self._file(problem, STUDENT)
        if not file.exists():
            _write(file, self._rollouts(problem, [Request(k, ask(problem)) for k in range(1, attempts + 1)]))
        return load(file)

    def teachers(
        self, problem: Problem, contexts: Sequence[str], group: Sequence[Rollout], foreign: Sequence[Rollout]
    ) -> None:
        """One response to each context of each failed attempt; its number says which."""
        missing = [context for context in contexts if not self._file(problem, context).exists()]
        chats = {
            (context, rollout.attempt.k): chat
            for context in missing
            for rollout in group
            if rollout.verdict.reward == 0 and (chat := _chat(problem, context, rollout, group, foreign))
        }
        rollouts = self._rollouts(problem, [Request(_number(*key), chat) for key, chat in chats.items()])
        for context in missing:
            of_context = [_number(context, rollout.attempt.k) for rollout in group]
            _write(self._file(problem, context), [each for each in rollouts if each.attempt.k in of_context])

    def _file(self, problem: Problem, name: str) -> Path:
        return self._out / f"{problem.name.replace('/', '-')}_{name}.jsonl"

    def _rollouts(self, problem: Problem, requests: Sequence[Request]) -> list[Rollout]:
        if not requests:
            return []
        with Judges(problem, make_verifier(problem.checks, self._sandbox)) as judges:
            for attempt in self._loaded_sampler().sample(requests, group=0):
                judges.begin(attempt)
            return list(judges.rest())

    def _loaded_sampler(self) -> Sampler:
        if self._sampler is None:
            from ttsd.policy import describe_device, load_model, make_sampler

            source, facts = resolve_model(self._config.model), machine(describe_device(self._config))
            (self._out / "run.json").write_text(json.dumps({"model": source.name, "machine": facts}))
            self._sampler = make_sampler(*load_model(source, self._config), self._config)
        return self._sampler


@main.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write what the tables are made of here.")
def table(sources: tuple[Path, ...], json_file: Path | None) -> None:
    """Print means and differences as Markdown tables. A source is a folder of `run` or a file that --json wrote."""
    models = [model for source in sources for model in _models(source)]
    if json_file:
        json_file.write_text(json.dumps(models, indent=1) + "\n")
    for model in models:
        click.echo(f"\n{model['model']}: {len(model['problems'])} problems\n")
        _print_means(model["rows"])
        _print_differences(model["rows"])


def _models(source: Path) -> list[dict[str, Any]]:
    if source.is_file():
        stored: list[dict[str, Any]] = json.loads(source.read_text())
        return stored
    files = sorted(source.glob("*.jsonl"))
    rows = [row for file in files for row in _rows(file)]
    return [
        json.loads((source / "run.json").read_text())
        | {"problems": sorted({row["problem"] for row in rows}), "rows": rows}
    ]


def _rows(file: Path) -> list[Row]:
    """One for each response to a context: whose attempt it was made for, and how it did."""
    problem, context = file.stem.split("_")
    return [
        {
            "problem": problem,
            "context": context,
            "attempt": rollout.attempt.k % 1000,
            "solved": rollout.solved,
            "fraction": round(rollout.verdict.fraction_passed, 4),
            "tokens": len(rollout.attempt.token_ids),
        }
        for rollout in load(file)
        if rollout.verdict.reward is not None
    ]


def _print_means(rows: Sequence[Row]) -> None:
    click.echo("| the teacher sees | responses | solved | fraction of cases passed | problems solved | tokens |")
    click.echo("|---|---|---|---|---|---|")
    for context in (STUDENT, *CONTEXTS):
        if of_context := [row for row in rows if row["context"] == context]:
            solved, fraction, tokens = (
                fmean(row[key] for row in of_context) for key in ("solved", "fraction", "tokens")
            )
            problems = len({row["problem"] for row in of_context if row["solved"]})
            click.echo(f"| {context} | {len(of_context)} | {solved:.3f} | {fraction:.3f} | {problems} | {tokens:.0f} |")


def _print_differences(rows: Sequence[Row]) -> None:
    click.echo("\n| difference | attempts | solved | fraction of cases passed |")
    click.echo("|---|---|---|---|")
    for left, right in PAIRS:
        if pairs := _pairs(rows, left, right):
            cells = " | ".join(_interval(pairs, measure) for measure in ("solved", "fraction"))
            click.echo(f"| {left} - {right} | {len(pairs)} | {cells} |")


def _pairs(rows: Sequence[Row], left: str, right: str) -> list[tuple[Row, Row]]:
    """The responses to two contexts for the same failed attempts."""
    first, second = ({(r["problem"], r["attempt"]): r for r in rows if r["context"] == c} for c in (left, right))
    return [(first[key], second[key]) for key in sorted(first.keys() & second.keys())]


def _interval(pairs: Sequence[tuple[Row, Row]], measure: str) -> str:
    clusters: dict[str, list[float]] = {}
    for one, other in pairs:
        clusters.setdefault(one["problem"], []).append(one[measure] - other[measure])
    mean, low, high = clustered_mean(list(clusters.values()))
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _chat(
    problem: Problem, context: str, rollout: Rollout, group: Sequence[Rollout], foreign: Sequence[Rollout]
) -> Chat | None:
    if context == "solution":
        hint = f"A correct program:\n```python\n{HumanEval().canonical(problem.name)}```"
        made = Reprompter("hint", hint=hint)(problem, [rollout])
    elif context == "foreign":  # any of the other problem's failed attempts is as strange as the next
        others = [other for other in foreign if other.feedback.text]
        made = Reprompter("feedback")(
            problem, [replace(rollout, feedback=others[rollout.attempt.k % len(others)].feedback)]
        )
    else:
        made = Reprompter(context)(problem, group)
    found = made.get(rollout.attempt.k)
    return found.chat if found else None


def _number(context: str, k: int) -> int:
    """Of the response to this context of attempt k: the random numbers follow from it."""
    return 1000 * (1 + CONTEXTS.index(context)) + k


def _write(file: Path, rollouts: Sequence[Rollout]) -> None:
    half = file.with_suffix(".tmp")
    half.write_text("".join(f"{json.dumps(asdict(rollout))}\n" for rollout in rollouts))
    half.rename(file)
    click.echo(f"{file.stem}: {sum(rollout.solved for rollout in rollouts)} of {len(rollouts)} solve it")


def load(file: Path) -> list[Rollout]:
    """The rollouts of a file."""
    return [msgspec.convert(json.loads(line), Rollout) for line in file.read_text().splitlines()]


if __name__ == "__main__":
    main()
