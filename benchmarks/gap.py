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
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import click
import msgspec

from benchmarks.suites.humaneval import HumanEval
from sandboxes.sandbox import open_sandbox
from sandboxes.verifiers.base import Verifier, make_verifier
from sandboxes.verifiers.cores import CORES
from ttsd.config import Config
from ttsd.facts import machine
from ttsd.judging import judge
from ttsd.methods.base import configure
from ttsd.models import ModelSource, resolve_model
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.reprompt import Reprompter
from ttsd.sampling.base import Request, Sampler
from ttsd.statistics import paired_difference
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
PROBLEMS_OF_SUITE = 1000  # and more, so that numbers of responses do not collide
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
@click.option("--tokens", default=320, show_default=True, help="Of a response at most.")
@click.option("--batch", default=192, show_default=True, help="Responses that are sampled together.")
@click.option("--engine", default="transformers", show_default=True, type=click.Choice(("transformers", "vllm")))
def run(
    out: Path, model: str, problems: str, contexts: str, attempts: int, seed: int, tokens: int, batch: int, engine: str
) -> None:
    """Sample and judge what OUT does not hold yet."""
    if unknown := {*contexts.split(",")} - {*CONTEXTS}:
        raise click.UsageError(f"no context is called {sorted(unknown)[0]!r}; there are: {', '.join(CONTEXTS)}")
    config = configure(model=model, seed=seed, method="best-of-k", max_completion_length=tokens)
    loaded = [load_problem(f"humaneval:HumanEval/{number}") for number in problems.split(",")]
    out.mkdir(parents=True, exist_ok=True)
    with closing(open_sandbox(config.sandbox)) as sandbox:
        verifiers = {problem.name: make_verifier(problem.checks, sandbox) for problem in loaded}
        probe = _Probe(out, config, verifiers, batch, engine)
        probe.complete([_Job(problem, STUDENT, k, ask(problem)) for problem in loaded for k in range(1, attempts + 1)])
        groups = [probe.students(problem) for problem in loaded]
        wanted = [context for context in CONTEXTS if context in contexts.split(",")]
        probe.complete(
            [
                _Job(problem, context, k, chat)
                for problem, group, foreign in zip(loaded, groups, [groups[-1], *groups], strict=False)
                for context in wanted
                for k, chat in _chats(problem, context, group, foreign).items()
            ]
        )


class _Job(NamedTuple):
    """A response that is wanted: to this context of the student's attempt k, or attempt k itself."""

    problem: Problem
    context: str
    k: int
    chat: Chat

    @property
    def number(self) -> int:
        """Of the response among all: its random numbers follow from it."""
        place = PROBLEMS_OF_SUITE * (STUDENT, *CONTEXTS).index(self.context) + int(self.problem.name.split("/")[1])
        return 100 * place + self.k


class _Probe:
    """Samples, judges, and appends to a file what is finished."""

    def __init__(self, out: Path, config: Config, verifiers: Mapping[str, Verifier], batch: int, engine: str) -> None:
        self._out, self._config, self._verifiers, self._batch, self._engine = out, config, verifiers, batch, engine
        self._file = out / "responses.jsonl"
        if self._file.exists():  # what a kill left of a line is cut off
            os.truncate(self._file, self._file.read_bytes().rfind(b"\n") + 1)
        self._done = {(row["problem"], row["context"], row["attempt"]) for row in load(out)}
        self._sampler: Sampler | None = None

    def students(self, problem: Problem) -> list[Rollout]:
        """What the plain prompt gave."""
        rows = [row for row in load(self._out) if (row["problem"], row["context"]) == (problem.name, STUDENT)]
        group = [msgspec.convert(row["rollout"], Rollout) for row in rows]
        numbered = [replace(rollout, attempt=replace(rollout.attempt, k=rollout.attempt.k % 100)) for rollout in group]
        return sorted(numbered, key=lambda rollout: rollout.attempt.k)

    def complete(self, jobs: Sequence[_Job]) -> None:
        """Sample and judge what the file does not hold."""
        missing = [job for job in jobs if (job.problem.name, job.context, job.k) not in self._done]
        for start in range(0, len(missing), self._batch):
            self._sample(missing[start : start + self._batch])
            click.echo(f"{time.strftime('%H:%M:%S')} {min(start + self._batch, len(missing))} of {len(missing)}")

    def _sample(self, jobs: Sequence[_Job]) -> None:
        by_number = {job.number: job for job in jobs}
        sampler, requests = self._loaded_sampler(), [Request(number, job.chat) for number, job in by_number.items()]
        with ThreadPoolExecutor(CORES.count) as pool:
            judging = [
                (job, pool.submit(judge, attempt, job.problem, self._verifiers[job.problem.name]))
                for attempt in sampler.sample(requests, group=0)
                for job in [by_number[attempt.k]]
            ]
        for job, judged in judging:
            self._append(job, judged.result())

    def _append(self, job: _Job, rollout: Rollout) -> None:
        row = {"problem": job.problem.name, "context": job.context, "attempt": job.k, "rollout": asdict(rollout)}
        with self._file.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def _loaded_sampler(self) -> Sampler:
        if self._sampler is None:
            source = resolve_model(self._config.model)
            settings = {"model": source.name, "seed": self._config.seed, "tokens": self._config.max_completion_length}
            _note(self._out / "run.json", settings | {"engine": self._engine})
            self._sampler = _sampler(source, self._config, self._engine)
        return self._sampler


def _note(file: Path, settings: Row) -> None:
    """What the responses in a folder have in common, and where they were made."""
    known = json.loads(file.read_text()) if file.exists() else settings
    if differing := [name for name, value in settings.items() if known.get(name) != value]:
        raise click.UsageError(f"{file} was made with another {differing[0]}: name another folder.")
    file.write_text(json.dumps(settings | {"machine": machine({})}))


def _sampler(source: ModelSource, config: Config, engine: str) -> Sampler:
    if engine == "vllm":
        from benchmarks.vllm_sampler import VllmSampler

        return VllmSampler(source, config)
    from ttsd.policy import load_model, make_sampler

    return make_sampler(*load_model(source, config), config)


def load(out: Path) -> list[Row]:
    """The finished responses of a folder."""
    file = out / "responses.jsonl"
    lines = file.read_text().split("\n")[:-1] if file.exists() else []  # what follows the last line end is unfinished
    return [json.loads(line) for line in lines]


def _chats(problem: Problem, context: str, group: Sequence[Rollout], foreign: Sequence[Rollout]) -> dict[int, Chat]:
    """What the teachers of the failed attempts read, by k."""
    failed = [rollout for rollout in group if rollout.verdict.reward == 0]
    if context == "solution":
        hint = f"A correct program:\n```python\n{HumanEval().canonical(problem.name)}```"
        made = Reprompter("hint", hint=hint)(problem, failed)
    elif context == "foreign":
        texts = [other.feedback for other in foreign if other.feedback.text]
        strange = (replace(rollout, feedback=texts[i % len(texts)]) for i, rollout in enumerate(failed) if texts)
        made = Reprompter("feedback")(problem, list(strange))
    else:
        made = Reprompter(context)(problem, group)
    needed = {"demonstration"} if context.startswith("demonstration") else set()  # without one it is another context
    ks = [rollout.attempt.k for rollout in failed if rollout.attempt.k in made]
    return {k: made[k].chat for k in ks if needed.issubset(made[k].sees)}


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


def _models(source: Path) -> list[Row]:
    if source.is_file():
        stored: list[Row] = json.loads(source.read_text())
        return stored
    rows = [_measured(row) for row in load(source) if row["rollout"]["verdict"]["status"] != "unavailable"]
    facts = json.loads((source / "run.json").read_text())
    return [facts | {"problems": sorted({row["problem"] for row in rows}), "rows": rows}]


def _measured(row: Row) -> Row:
    """How the response did, without what was said."""
    rollout = msgspec.convert(row["rollout"], Rollout)
    found = {"solved": rollout.solved, "fraction": round(rollout.verdict.fraction_passed, 4)}
    return (
        {key: row[key] for key in ("problem", "context", "attempt")}
        | found
        | {"tokens": len(rollout.attempt.token_ids)}
    )


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
            cells = " | ".join(
                str(paired_difference((one["problem"], one[measure], other[measure]) for one, other in pairs))
                for measure in ("solved", "fraction")
            )
            click.echo(f"| {left} - {right} | {len(pairs)} | {cells} |")


def _pairs(rows: Sequence[Row], left: str, right: str) -> list[tuple[Row, Row]]:
    """The responses to two contexts for the same failed attempts."""
    first, second = ({(r["problem"], r["attempt"]): r for r in rows if r["context"] == c} for c in (left, right))
    return [(first[key], second[key]) for key in sorted(first.keys() & second.keys())]


if __name__ == "__main__":
    main()
