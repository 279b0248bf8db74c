"""The programs in the folders beside this file: what each is, and what must become of it.

A program is one file, named after what it tries. Its lines `#: ` on top are TOML and no part of what is judged:

status   how the attempt may end, one of them or a list
each     instead: how each case ends, in order
says     what the feedback must contain, one text or a list
kind     stdio (the default: two sums), function or assertions (the function is `f`)
cases    pairs of input (for a function: the list of arguments) and what is wanted. `{secret}` stands for a text that
         nobody can guess, the same in both; `{numbers}` for more lines than a pipe holds
tests    the source of `check(candidate)` for assertions
limits   as in `sandboxes.types.Limits`
hole     why it is not as it should be today
grace_s  for programs that stop the sandbox itself: how long the host waits beyond `wall_s`
planted  true: a copy of what is wanted, in the program's own process, is found (see the test)

`<terms>` and the other names of `MADE` stand for what is too long to be written down, `<mark>` for a number by which
what a program leaves behind is found.
"""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from sandboxes.types import Case, Checks, Limits, Program, Status, Tier
from sandboxes.verifiers.assertions import assertion_cases

ROOT = Path(__file__).parent
SUMS = [["3\n1 2 3\n", "6\n"], ["2\n5 5\n", "10\n"]]
NUMBERS = "".join(f"{n}\n" for n in range(40_000))
MARK = str(10**8 + secrets.randbelow(10**8))
MADE = {
    "mark": MARK,
    "nested": "[" * 10_000,
    "signs": "-" * 100_000,
    "terms": "1 + " * 100_000,
    "blocks": "".join(f"{' ' * n}if 1:\n" for n in range(110)),
    "finally": "".join(f"{' ' * n}try: pass\n{' ' * n}finally:\n" for n in range(1, 19)),
    "digits": "7" * 500_000,
    "lambdas": "lambda: " * 50_000,
}


@dataclass(frozen=True)
class Trial:
    """One program and what must become of it."""

    name: str
    program: Program
    checks: Checks
    status: frozenset[Status]
    each: tuple[Status, ...] = ()
    says: tuple[str, ...] = ()
    grace_s: float = 3.0
    planted: bool = False
    hole: str = ""


@dataclass
class _Header:
    status: Any = ()
    each: list[str] = field(default_factory=list)
    says: Any = ()
    kind: str = "stdio"
    cases: list[Any] = field(default_factory=lambda: SUMS)
    tests: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    grace_s: float = 3.0
    planted: bool = False
    hole: str = ""


def trials() -> list[Trial]:
    return [read(path) for path in sorted(ROOT.glob("*/*.py"))]


def read(path: Path) -> Trial:
    text = path.read_text(encoding="utf-8")
    comments = list(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))
    lines = [line for line in comments if line.startswith("#:")]
    header = _Header(**tomllib.loads("".join(line[2:].removeprefix(" ") for line in lines)))
    source = text[text.rindex(lines[-1], 0, len("".join(comments))) + len(lines[-1]) :]
    for name, made in MADE.items():
        source = source.replace(f"<{name}>", made)
    return Trial(
        f"{path.parent.name}/{path.stem}",
        Program(source),
        _checks(header),
        frozenset(map(Status, _listed(header.status))),
        tuple(map(Status, header.each)),
        _listed(header.says),
        header.grace_s,
        header.planted,
        header.hole,
    )


def _checks(header: _Header) -> Checks:
    limits = Limits(**header.limits)  # type: ignore[arg-type]
    if header.kind == "assertions":
        lines = assertion_cases(header.tests)
        cases = tuple(Case(f"assert {n}", Tier.FEEDBACK, line) for n, line in enumerate(lines, 1))
        return Checks("assertions", cases, limits, entry="f", test_source=header.tests)
    cases = tuple(Case(str(n), Tier.FEEDBACK, *_filled(pair)) for n, pair in enumerate(header.cases, 1))
    return Checks(header.kind, cases, limits, entry="f" if header.kind == "function" else "")


def _filled(pair: list[Any]) -> list[Any]:
    secret = f"ANSWER-{secrets.token_hex(8)}"
    return [
        part.replace("{secret}", secret).replace("{numbers}", NUMBERS) if isinstance(part, str) else part
        for part in pair
    ]


def _listed(texts: Any) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)
