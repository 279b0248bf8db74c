"""Cases and attempts a second for each sandbox of this machine, beside the floor that was measured in the same run.

    python -m benchmarks.performance.verification --out verification.json

The floor is what a case costs without any sandbox: a new process that is a new Python interpreter, and a fork of one
that is running. Every rate is of one thread; the last table is of one thread for each core. With a checkout of
LiveCodeBench (`--lcb FOLDER --lcb-python ITS_PYTHON`) its grader judges the same programs.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.parity.official import OfficialGrader
from benchmarks.suites.lcb_rows import RowTest
from sandboxes.bubblewrap import Bubblewrap
from sandboxes.docker import Docker
from sandboxes.landlock import Landlock
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, Checks, Program, Status, Tier
from sandboxes.verifiers.cores import CORES
from sandboxes.verifiers.stdio import StdioVerifier
from ttsd.facts import machine

PYTHON = "/usr/bin/python3"
SANDBOXES: dict[str, Callable[[], Sandbox]] = {
    "bubblewrap": Bubblewrap,
    "docker": Docker,
    "docker, fresh": lambda: Docker(fresh=True),
    "docker+runsc": lambda: Docker(runtime="runsc"),
    "landlock": Landlock,
}
RIGHT = "print(sum(map(int, input().split())))"
WRONG = "a, b = map(int, input().split())\nprint(a + b if a else -1)"  # at the first case
ATTEMPT_CASES = 10
SLOW = ("docker, fresh", "docker+runsc")  # a container for each attempt: a thousand of them would take very long


def pairs(cases: int) -> list[tuple[str, str]]:
    """Inputs and expected outputs."""
    return [(f"{number} 2\n", f"{number + 2}\n") for number in range(cases)]


def verifier(sandbox: Sandbox, cases: int) -> StdioVerifier:
    """A judge of a problem with so many cases."""
    made = [Case(str(number), Tier.FEEDBACK, *pair) for number, pair in enumerate(pairs(cases))]
    return StdioVerifier(Checks("stdio", tuple(made)), sandbox)


def per_second(action: Callable[[], object], repeats: int, rounds: int = 3) -> float:
    """How often a second `action` can be done: the best of a few rounds, because the machine is shared."""
    action()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(repeats):
            action()
        seconds.append(time.perf_counter() - started)
    return repeats / min(seconds)


def floor() -> dict[str, float]:
    """Starts of Python and forks of this process a second, without any sandbox."""
    nothing = os.open(os.devnull, os.O_RDWR)

    def python() -> None:
        actions = [(os.POSIX_SPAWN_DUP2, nothing, number) for number in (0, 1, 2)]
        os.waitpid(os.posix_spawn(PYTHON, [PYTHON, "-I", "-c", "pass"], {}, file_actions=actions), 0)

    def fork() -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    return {"python_starts": per_second(python, 50), "forks": per_second(fork, 200)}


def rates(sandbox: Sandbox, attempts: int) -> dict[str, float]:
    """For one thread. A failing program is judged once, a passing one twice: that is why these fail."""
    wrong = Program(WRONG)
    one, many = verifier(sandbox, 1), verifier(sandbox, 101)
    attempt_s = 1 / per_second(lambda: one.verify(wrong), attempts)
    many_s = 1 / per_second(lambda: many.verify(wrong), max(1, attempts // 20))
    return {"attempts": 1 / attempt_s, "warm_cases": 100 / (many_s - attempt_s)}


def cold(make: Callable[[], Sandbox], repeats: int) -> float:
    """A sandbox that is made for one case and ended after it."""

    def once() -> None:
        with closing(make()) as sandbox:
            verifier(sandbox, 1).verify(Program(WRONG))

    return per_second(once, repeats)


def thousand(sandbox: Sandbox, attempts: int) -> float:
    """Seconds for so many attempts of ten cases, half of which fail at the first one, on all cores."""
    judge = verifier(sandbox, ATTEMPT_CASES)

    def one(number: int) -> Status:
        return judge.verify(Program(f"{WRONG if number % 2 else RIGHT}  # {number}")).status

    started = time.perf_counter()
    with ThreadPoolExecutor(CORES.count) as pool:
        statuses = list(pool.map(one, range(attempts)))
    seconds = time.perf_counter() - started
    expected = [Status.WRONG_ANSWER if number % 2 else Status.PASS for number in range(attempts)]
    if statuses != expected:
        raise click.ClickException(f"{sum(a != b for a, b in zip(statuses, expected, strict=True))} wrong verdicts")
    return seconds


def livecodebench(checkout: Path, python: Path, attempts: int) -> float:
    """Attempts of one case that its grader judges in a second."""
    tests = [RowTest(*pair) for pair in pairs(1)]
    with closing(OfficialGrader(checkout, python)) as grader:
        return per_second(lambda: grader.judge(WRONG, tests, "", 6), attempts)


def measured(name: str, attempts: int) -> dict[str, Any]:
    """The rates of one sandbox, or why it cannot be used here."""
    make = SANDBOXES[name]
    with closing(make()) as sandbox:
        probe = sandbox.probe()
        if not probe.usable:
            return {"sandbox": name, "unusable": "; ".join(probe.facts)}
        found = rates(sandbox, max(1, attempts // 20) if name in SLOW else attempts)
        seconds = None if name in SLOW else thousand(sandbox, 10 * attempts)
    return {"sandbox": name, "cold_cases": cold(make, max(1, attempts // 20)), **found, "thousand_s": seconds}


def table(result: dict[str, Any]) -> Table:
    """A line for each sandbox."""
    heads = ("Sandbox", "cold cases/s", "attempts/s", "warm cases/s", f"{result['thousand']} attempts of ten cases")
    made = Table(*heads, caption=_caption(result))
    for row in result["sandboxes"]:
        if "unusable" in row:
            made.add_row(row["sandbox"], f"not usable: {row['unusable']:.60}")
            continue
        seconds = row["thousand_s"]
        figures = [f"{row[key]:.0f}" for key in ("cold_cases", "attempts", "warm_cases")]
        made.add_row(row["sandbox"], *figures, "" if seconds is None else f"{seconds:.0f} s")
    return made


def _caption(result: dict[str, Any]) -> str:
    floor = f"Floor: {result['python_starts']:.0f} starts of Python and {result['forks']:.0f} forks a second."
    graded = result["livecodebench_attempts"]
    return floor if graded is None else f"{floor} LiveCodeBench's grader: {graded:.0f} attempts a second."


@click.command()
@click.option("--sandbox", "names", multiple=True, type=click.Choice(list(SANDBOXES)), help="Only these.")
@click.option("--attempts", default=100, show_default=True, help="Repeats; ten times as many in the last column.")
@click.option("--lcb", type=click.Path(path_type=Path, exists=True), help="A checkout of LiveCodeBench.")
@click.option("--lcb-python", type=click.Path(path_type=Path, exists=True), help="The interpreter for it.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
def main(names: tuple[str, ...], attempts: int, lcb: Path | None, lcb_python: Path | None, out: Path | None) -> None:
    """Measure how fast programs are judged.

    \b
    python -m benchmarks.performance.verification --sandbox bubblewrap
    """
    graded = livecodebench(lcb, lcb_python, attempts // 5) if lcb and lcb_python else None
    result: dict[str, Any] = {**floor(), "livecodebench_attempts": graded, "thousand": 10 * attempts}
    result["sandboxes"] = [measured(name, attempts) for name in names or SANDBOXES]
    result["machine"] = machine({})
    Console().print(table(result))
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
