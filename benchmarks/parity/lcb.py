"""Do our verdicts on LiveCodeBench's published programs hold? On the samples, for its hidden tests are elsewhere.

    python -m benchmarks.parity.lcb statements.jsonl.gz --official CHECKOUT --python CHECKOUT_PYTHON --work FOLDER

strict: every program that LiveCodeBench accepted must pass. lcb-official: every program must end as LiveCodeBench's own
grader ends it, which runs from a checkout of its repository, outside this project and without a sandbox.
So must the programs of `odd_programs`. What disagrees is judged again, many times; then it must be a program that
differs from run to run, or stand in explained.json. Taken up again where it stopped; exit code 1 when something is not
explained.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.parity.judges import TIMEOUT_S, Outcome, Remembered, sandboxed
from benchmarks.parity.odd_programs import ODD, Odd
from benchmarks.parity.official import OfficialGrader
from benchmarks.suites.lcb_rows import Row, read_rows
from sandboxes.sandbox import open_sandbox
from sandboxes.types import Status

EXPLAINED = Path(__file__).with_name("explained.json")
REPEATS = 10
PROFILES = ("strict", "lcb-official")


class Published(NamedTuple):
    row: Row
    name: str  # the row's id and the number of the program
    code: str
    accepted: bool  # it passed all of LiveCodeBench's hidden tests


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path), envvar="TTSD_LIVECODEBENCH")
@click.option("--official", type=click.Path(exists=True, path_type=Path), required=True, help="Clone of LiveCodeBench.")
@click.option("--python", type=click.Path(exists=True, path_type=Path), required=True, help="Has numpy and tqdm.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for what was judged already.")
@click.option("--sandbox", "sandbox_name", default="auto", show_default=True, help="As for ttsd solve.")
@click.option("--odd/--no-odd", default=True, show_default=True, help="Compare the odd programs as well.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON here as well.")
def main(data: Path, official: Path, python: Path, work: Path, sandbox_name: str, odd: bool, out: Path | None) -> None:
    """Compare both profiles with LiveCodeBench's published verdicts and with its grader."""
    work.mkdir(parents=True, exist_ok=True)
    rows = list(read_rows(data))
    with closing(open_sandbox(sandbox_name)) as sandbox, closing(OfficialGrader(official, python)) as grader:
        ours = {name: Remembered(sandboxed(sandbox, name), work / f"{name}.jsonl") for name in PROFILES}
        theirs = Remembered(
            lambda row, code: Outcome(*grader.judge(code, row.samples, row.function, TIMEOUT_S)),
            work / "official.jsonl",
        )
        programs = [each for row in rows if row.samples for each in _published(row)]
        result = {
            "livecodebench_commit": _commit(official),
            "rows": len(rows),
            "rows_without_samples": [row.id for row in rows if not row.samples],
            "sandbox": sandbox.name,
            "timeout_s": TIMEOUT_S,
            "strict": _strict(programs, ours["strict"], theirs),
            "lcb_official": _official(programs, ours["lcb-official"], theirs),
            "odd_programs": _official([_odd(each) for each in ODD if odd], ours["lcb-official"], theirs),
        }
    text = json.dumps(result, indent=2)
    click.echo(text)
    if out:
        out.write_text(text + "\n")
    sys.exit('"explained": null' in text)


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _published(row: Row) -> Iterator[Published]:
    for number, (code, accepted) in enumerate(row.published):
        yield Published(row, f"{row.id}/{number}", code, accepted)


def _odd(each: Odd) -> Published:
    """In a row that holds nothing else."""
    row = Row(each.name, "", "", "", "", "", "", "", each.function, each.tests, "")
    return Published(row, each.name, each.source, each.passes)


def _strict(programs: list[Published], ours: Remembered, theirs: Remembered) -> dict[str, object]:
    """The accepted programs that do not pass their samples."""
    accepted = [each for each in programs if each.accepted]
    failed = [each for each in accepted if ours(*_asked(each)).status != Status.PASS]
    return {
        "accepted_programs": len(accepted),
        "passed": len(accepted) - len(failed),
        "exceptions": [
            {
                "program": each.name,
                "strict": ours(*_asked(each)).status,
                "livecodebench": theirs(*_asked(each)).status,
                "flag": each.row.flag,
                "explained": _explanations("strict").get(each.name),
            }
            for each in failed
        ],
    }


def _official(programs: list[Published], ours: Remembered, theirs: Remembered) -> dict[str, object]:
    """The programs that end otherwise here than in LiveCodeBench's grader."""
    pairs = [(each, ours(*_asked(each)), theirs(*_asked(each))) for each in programs]
    apart = [each for each, here, there in pairs if not here.agrees(there)]
    return {
        "programs": len(programs),
        "agreed": len(programs) - len(apart),
        "endings": Counter(f"{here.status}, there {there.status}" for _, here, there in pairs),
        "disagreements": [_again(each, ours, theirs) for each in apart],
    }


def _again(each: Published, ours: Remembered, theirs: Remembered) -> dict[str, object]:
    """Both judges' outcomes, the first and those of more runs; explained when each can come to what the other says."""
    here, there = (
        Counter([judge(*_asked(each)), *(judge.judge(each.row, each.code) for _ in range(REPEATS))])
        for judge in (ours, theirs)
    )
    unsteady = set(here) & set(there) and len(set(here) | set(there)) > 1
    return {
        "program": each.name,
        "lcb_official": _counted(here),
        "livecodebench": _counted(there),
        "explained": "differs from run to run" if unsteady else _explanations("lcb-official").get(each.name),
    }


def _counted(outcomes: Counter[Outcome]) -> dict[str, int]:
    return {f"{outcome.status} after {outcome.passed}": count for outcome, count in outcomes.items()}


def _asked(each: Published) -> tuple[Row, str, str]:
    return each.row, each.code, each.name


def _explanations(profile: str) -> dict[str, str]:
    found: dict[str, dict[str, str]] = json.loads(EXPLAINED.read_text())
    return found[profile]


if __name__ == "__main__":
    main()
