"""What each kind of self-teacher holds in memory and on the disk, each in a process of its own.

    python -m benchmarks.performance.teachers --attempts 2 --tokens 64 --out teachers.json

The attempts are made up, as in `benchmarks.performance.step`. Bytes of parameters are exact and the same on every
machine; the peak is that of the whole process during one step, which other settings (attempts, tokens, micro-batch)
change far more than the teacher does. Seconds are not measured here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import torch

from benchmarks.performance.step import made_up, peak_bytes
from ttsd.config import Config
from ttsd.facts import machine
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure
from ttsd.methods.sdpo import objective
from ttsd.models import resolve_model
from ttsd.policy import describe_device, load_model
from ttsd.problems import load_problem
from ttsd.record import Record

KINDS = ("base", "live", "trust_region", "ema", "sync")
PROBLEM = "humaneval:HumanEval/111"


@click.command()
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
@click.option("--attempts", default=2, show_default=True, help="Attempts in the group.")
@click.option("--tokens", default=64, show_default=True, help="Tokens of each response.")
@click.option("--kind", type=click.Choice(KINDS), help="Measure this one, in this process; without it, all of them.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
def main(model: str, attempts: int, tokens: int, kind: str | None, out: Path | None) -> None:
    """Measure the memory of the self-teachers.

    \b
    python -m benchmarks.performance.teachers --attempts 2 --tokens 64
    """
    config = configure(model=model, guard=False, **({"teacher_model_kind": kind} if kind else {}))
    result = measure(config, attempts, tokens) if kind else _all(config, attempts, tokens)
    click.echo(json.dumps(result, indent=2))
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


def measure(config: Config, attempts: int, tokens: int) -> dict[str, Any]:
    """One step with this configuration's teacher."""
    with tempfile.TemporaryDirectory() as folder:
        record = Record.create(Path(folder), {})
        base, tokenizer = load_model(resolve_model(config.model), config)
        loaded = peak_bytes()
        model = add_adapter(base, config)
        learner = LoraLearner(model, tokenizer, objective(config), config, record, [])
        problem = load_problem(PROBLEM)
        learner.learn(problem, 0, [made_up(problem, k + 1, tokens, tokenizer) for k in range(attempts)])
        return {
            "parameter_bytes": sum(weight.numel() * weight.element_size() for weight in model.parameters()),
            "trained_bytes": sum(w.numel() * w.element_size() for w in model.parameters() if w.requires_grad),
            "saved_bytes": sum(file.stat().st_size for file in record.adapter(1).rglob("*") if file.is_file()),
            "peak_gb_after_load": round(loaded / 1e9, 2),
            "peak_gb": round(peak_bytes() / 1e9, 2),
            "gpu_peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2) if torch.cuda.is_available() else None,
        }


def _all(config: Config, attempts: int, tokens: int) -> dict[str, Any]:
    sizes = {"model": config.model, "attempts": attempts, "tokens": tokens}
    kinds = {kind: _elsewhere(kind, sizes) for kind in KINDS}
    for found in kinds.values():
        found["beyond_base_bytes"] = found["parameter_bytes"] - kinds["base"]["parameter_bytes"]
    return {**sizes, "kinds": kinds, "machine": machine(describe_device(config)) | {"torch": torch.__version__}}


def _elsewhere(kind: str, sizes: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: a peak is the highest that a process has ever reached."""
    options = [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.performance.teachers", "--kind", kind, *options]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


if __name__ == "__main__":
    main()
