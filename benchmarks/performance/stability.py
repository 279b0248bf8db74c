"""Thousands of verifications while the machine is kept busy: does any verdict change, does anything pile up?

    python -m benchmarks.performance.stability --runs 4000 --out stability.json

Programs of every kind of ending are judged over and over by as many threads as there are cores, beside processes that
keep every core busy. Counted: verdicts that are not what the program deserves, and what the host holds before, in the
middle and at the end: processes, open descriptors, mounts, control groups, memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click

from sandboxes.cgroups import PREFIX, ROOT
from sandboxes.guest.family import descendants
from sandboxes.sandbox import open_sandbox
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier
from sandboxes.verifiers.cores import CORES
from sandboxes.verifiers.stdio import StdioVerifier
from ttsd.facts import machine

CASES = tuple(Case(str(number), Tier.FEEDBACK, f"{number}\n", f"{number * number}\n") for number in range(3))
LIMITS = Limits(cpu_s=1, wall_s=3, memory_bytes=256 << 20, processes=16, stdout_bytes=1 << 20)
DESERVED = {
    "print(int(input()) ** 2)": Status.PASS,
    "import threading\nthreading.Thread(target=lambda: print(int(input()) ** 2)).start()": Status.PASS,
    "print(sum(range(2 * int(input()))))": Status.WRONG_ANSWER,
    "print(1 // 0)": Status.RUNTIME_ERROR,
    "print(": Status.COMPILE_ERROR,
    "x = bytearray(1 << 30)": Status.MEMORY_LIMIT,
    "while True: print('x' * 4096)": Status.OUTPUT_LIMIT,
    "import os\nopen('/tmp/x', 'w').write('x' * 5000000)\nos._exit(3)": Status.RUNTIME_ERROR,
    "import os\nif not os.fork():\n    import time; time.sleep(60)\nprint(0)": Status.WRONG_ANSWER,
    "import os, signal\nos.kill(-1, signal.SIGKILL)": Status.RUNTIME_ERROR,
}
SLOW = {"while True: pass": Status.TIME_LIMIT}  # takes seconds: one in a hundred
BUSY = "while True: pass"


def program(number: int) -> tuple[Program, Status]:
    """The one to judge in this run; a comment makes each of them new."""
    known = list(SLOW if number % 100 == 99 else DESERVED)
    source = known[number % len(known)]
    return Program(f"{source}  # {number}" if source != "print(" else source), (DESERVED | SLOW)[source]


def held() -> dict[str, int]:
    """What this process, those under it and the host hold now."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "processes": len(descendants(os.getpid())),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "groups": sum(1 for _ in ROOT.rglob(f"{PREFIX}{os.getpid()}-*")),
        "memory_kb": int(status["VmRSS"].split()[0]),
    }


@click.command()
@click.option("--sandbox", "name", default="auto", show_default=True, help="As for ttsd solve.")
@click.option("--runs", default=4000, show_default=True, help="Verifications.")
@click.option("--busy", default=os.cpu_count() or 1, show_default=True, help="Processes that keep a core busy each.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
def main(name: str, runs: int, busy: int, out: Path | None) -> None:
    """Judge the same programs thousands of times on a busy machine.

    \b
    python -m benchmarks.performance.stability --runs 400
    """
    with ExitStack() as stack:
        sandbox = stack.enter_context(closing(open_sandbox(name)))
        for _ in range(busy):
            stack.callback(subprocess.Popen([sys.executable, "-c", BUSY]).kill)
        verifier = StdioVerifier(Checks("stdio", CASES, LIMITS), sandbox)
        result = {"sandbox": sandbox.name, "busy": busy, "workers": CORES.count, **judge_all(verifier, runs)}
    result["machine"] = machine({})
    click.echo(json.dumps(result, indent=2))
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


def judge_all(verifier: StdioVerifier, runs: int) -> dict[str, Any]:
    """How many verdicts were not what the program deserves, and what was held before and after each quarter."""
    started, wrong, at = time.perf_counter(), Counter[str](), [held()]

    def one(number: int) -> None:
        given, deserved = program(number)
        verdict = verifier.verify(given)
        if verdict.status is not deserved:
            wrong[f"{deserved} -> {verdict.status}: {given.source} {verdict.detail}"] += 1

    for part in range(4):
        with ThreadPoolExecutor(CORES.count) as pool:
            list(pool.map(one, range(part * runs // 4, (part + 1) * runs // 4)))
        at.append(held())
    return {"runs": runs, "wrong_verdicts": dict(wrong), "held": at, "seconds": round(time.perf_counter() - started, 1)}


if __name__ == "__main__":
    main()
