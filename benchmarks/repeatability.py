"""Do two processes with one seed sample the same? If not, which module's output differs first?

    python -m benchmarks.repeatability --starts 8 --at-once 2

Every start is a process of its own that loads the model, samples a group and notes a checksum of every module's
output. Several at once keep the machine busy, as it is when runs differ.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
import torch

from ttsd.facts import machine
from ttsd.methods.base import configure
from ttsd.models import resolve_model
from ttsd.policy import describe_device, load_model
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.sampling.base import Request
from ttsd.sampling.transformers import TransformersSampler


@click.command()
@click.option("--starts", default=8, show_default=True, help="Processes to compare.")
@click.option("--at-once", default=2, show_default=True, help="How many of them run at the same time.")
@click.option("--problem", default="humaneval:HumanEval/153", show_default=True, help="As for ttsd solve.")
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True, help="As for ttsd solve.")
@click.option("--dtype", default="bfloat16", show_default=True, help="As for ttsd solve.")
@click.option("--attempts", default=8, show_default=True, help="Rows of the group.")
@click.option("--tokens", default=16, show_default=True, help="Tokens of each attempt.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
@click.option("--one", is_flag=True, hidden=True, help="Be one of the processes.")
def main(starts: int, at_once: int, out: Path | None, one: bool, **sampled: Any) -> None:
    """Compare what several processes compute from one seed."""
    if one:
        click.echo(json.dumps(_one(**sampled)))
        return
    resolve_model(sampled["model"])  # converted once, before all need it
    command = [sys.executable, "-m", "benchmarks.repeatability", "--one"]
    command += [word for name, value in sampled.items() for word in (f"--{name}", str(value))]
    with ThreadPoolExecutor(at_once) as pool:
        done = pool.map(lambda _: subprocess.run(command, check=True, stdout=subprocess.PIPE), range(starts))
        found = [[tuple(row) for row in json.loads(each.stdout)] for each in done]
    usual = max(found, key=found.count)
    result = {
        **sampled,
        "starts": starts,
        "at_once": at_once,
        "outcomes": len(set(map(tuple, found))),
        "module_calls": len(usual),
        "first_differences": [first_difference(usual, each) for each in found if each != usual],
        "machine": machine(describe_device(configure(dtype=sampled["dtype"])))
        | {"torch": torch.__version__, "amx": torch.cpu._is_amx_tile_supported()},
    }
    click.echo(json.dumps(result, indent=2))
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


def _one(problem: str, model: str, dtype: str, attempts: int, tokens: int) -> list[tuple[str, int]]:
    """(module, checksum of its output) in the order of the calls."""
    loaded, tokenizer = load_model(resolve_model(model), configure(dtype=dtype))
    seen: list[tuple[str, int]] = []

    def note(name: str, output: Any) -> None:
        if torch.is_tensor(output):
            seen.append((name, zlib.crc32(bytes(output.detach().cpu().contiguous().view(torch.uint8).numpy()))))

    for name, module in loaded.named_modules():
        module.register_forward_hook(lambda _module, _inputs, output, name=name: note(name, output))
    sampler = TransformersSampler(loaded, tokenizer, seed=0, max_new_tokens=tokens)
    chat = ask(load_problem(problem))
    for attempt in sampler.sample([Request(k, chat) for k in range(1, attempts + 1)], group=0):
        note(f"attempt {attempt.k}", torch.tensor(attempt.token_ids))
    return seen


def first_difference(usual: list[tuple[str, int]], other: list[tuple[str, int]]) -> str:
    """Where two different outcomes part: the number of the call and the module."""
    for call, (left, right) in enumerate(zip_longest(usual, other)):
        if left != right:
            return f"call {call}, {(left or right)[0]}"
    raise ValueError("the outcomes are the same")


if __name__ == "__main__":
    main()
