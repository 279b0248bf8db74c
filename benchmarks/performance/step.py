"""Seconds and peak memory of one learning step, in a process of its own.

    python -m benchmarks.performance.step --attempts 8 --tokens 256 --out step.json

The attempts are made up (a program repeated to the wanted length): a step's cost depends on lengths, not on content.
"""

from __future__ import annotations

import json
import resource
import tempfile
from pathlib import Path

import click
import torch
from transformers import PreTrainedTokenizerBase

from sandboxes.types import Status, Verdict
from ttsd.facts import machine
from ttsd.methods.base import configure
from ttsd.models import resolve_model
from ttsd.policy import describe_device, load_policy
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.types import Attempt, Feedback, Problem, Rollout

FEEDBACK = Feedback(
    "The program passed 1 of 4 tests.\n\nWrong answer\nFailed test:\n" + "assert f([1, 2, 3]) == 6\n" * 12
)


@click.command()
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
@click.option("--attempts", default=8, show_default=True, help="Attempts in the group.")
@click.option("--tokens", default=256, show_default=True, help="Tokens of each response.")
@click.option("--steps", default=3, show_default=True, help="Steps to take; the first one warms up.")
@click.option("--micro-batch", default=2, show_default=True, help="As for ttsd solve.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
def main(model: str, attempts: int, tokens: int, steps: int, micro_batch: int, out: Path | None) -> None:
    """Measure a learning step.

    \b
    python -m benchmarks.performance.step --attempts 8 --tokens 256
    """
    config = configure(model=model, micro_batch=micro_batch, guard=False)
    with tempfile.TemporaryDirectory() as folder:
        policy = load_policy(resolve_model(model), config, Record.create(Path(folder), {}))
        before = peak_bytes()
        problem = load_problem("humaneval:HumanEval/111")
        rollouts = [made_up(problem, k + 1, tokens, policy.tokenizer) for k in range(attempts)]
        taken = [policy.learner.learn(problem, group, rollouts) for group in range(steps)]
    result = {
        "model": model,
        "attempts": attempts,
        "tokens": tokens,
        "micro_batch": micro_batch,
        "seconds": [round(step.seconds, 1) for step in taken],
        "peak_gb_after_load": round(before / 1e9, 2),
        "peak_gb": round(peak_bytes() / 1e9, 2),
        "gpu_peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2) if torch.cuda.is_available() else None,
        "machine": machine(describe_device(config)) | {"torch": torch.__version__},
    }
    click.echo(json.dumps(result, indent=2))
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


def made_up(problem: Problem, k: int, tokens: int, tokenizer: PreTrainedTokenizerBase) -> Rollout:
    """A failed attempt of this length: the problem's text over and over."""
    ids = tokenizer.encode(problem.statement, add_special_tokens=False)
    response = tuple((ids * (tokens // len(ids) + 1))[:tokens])
    attempt = Attempt(k, 0, 0, "", response, (-1.0,) * tokens, "length", prompt=ask(problem))
    return Rollout(attempt, Verdict(Status.WRONG_ANSWER), FEEDBACK, str(k), teacher_context(problem, FEEDBACK))


def peak_bytes() -> int:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
