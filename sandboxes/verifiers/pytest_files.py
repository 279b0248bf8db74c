"""Problems whose tests are pytest files, which import the program's functions from a module.

pytest runs in a sandbox of its own, where that module stands in for the program; every call passes through the host. So
the program sees neither the tests nor what they expect. Fixtures, parameters, `raises`, conftest.py and helpers beside
the tests work as ever. A case is a test function: it passes when all of its items passed and at least one ran.
A test that leaves by `pytest.skip` or `pytest.xfail` after the program was called has failed: its assertions were not
reached, and the program could choose that by what it returns. The marker `xfail` is the tests' own, and holds.
Tests that fail or are skipped without having called the program, or that pytest finds elsewhere than in the source,
raise ChecksBroken: no program can be judged by them. Once another test has called it, they may owe that to a value
which was left to them: then the program has failed, unless all others passed and they fail again by themselves.
Not promised: classes and constants of the program, what it prints or does to its arguments, arguments and results that
are no plain values, plug-ins of pytest, options in an ini file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatch
from typing import cast

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import CaseResult, Checks, Program, Tier, Verdict
from sandboxes.verifiers.archive import pytest_archive, require_pytest
from sandboxes.verifiers.base import in_one_line, judged, require_cases, uncompiled
from sandboxes.verifiers.judges import require_files
from sandboxes.verifiers.records import Record, ending_of, unreached
from sandboxes.verifiers.relay import Relay, Uncompiled
from sandboxes.wire import Json, Message

TEST_FILES = ("test_*.py", "*_test.py")  # of pytest's


def is_test_file(path: str) -> bool:
    """Whether pytest looks for tests in it."""
    return any(fnmatch(path.rpartition("/")[2], pattern) for pattern in TEST_FILES)


def functions_in(path: str, tree: ast.Module) -> list[tuple[str, str]]:
    """Id and source of each test in a file, `path` being its place among the files: what pytest will find."""
    return [(f"{path}::{name}", ast.unparse(node)) for name, node in _functions(tree.body)]


def _functions(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or _is_unittest(node)):
            yield from ((f"{node.name}::{name}", inside) for name, inside in _functions(node.body))


def _is_unittest(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("TestCase") for base in node.bases)  # IsolatedAsyncioTestCase too


class PytestVerifier:
    """See `sandboxes.verifiers.base.Verifier`. Needs `files` and `module`; case ids are those of `functions_in`."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_pytest()
        require_cases(checks)
        if not all(part.isidentifier() for part in checks.module.split(".")):
            raise ValueError(f"{checks.module!r} is no name of a module: set `module` to what the tests import")
        require_files(checks, *dict.fromkeys(case.id.partition("::")[0] for case in checks.cases))
        self._checks, self._sandbox = checks, sandbox

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        try:
            session = self._session(program, {})
            if session.alone:
                self._session(program, session.alone)
        except Uncompiled as error:
            return uncompiled(self._checks, str(error))
        return session.results()

    def _session(self, program: Program, only: dict[str, Json]) -> _Session:
        checks = self._checks
        task: Message = {
            "files": [asdict(file) for file in checks.files],
            "module": checks.module,
            "pytest": pytest_archive(),
            "hidden": [case.id for case in checks.cases if case.tier is Tier.CONFIRM],
            "only": only,
        }
        with Relay(self._sandbox, program, checks.limits, "pytest_run", task) as relay:
            session = _Session(checks, relay, whole=not only)
            relay.candidate("")
            session.run()
        return session


@dataclass(slots=True)
class _Session:
    """The conversation with pytest of one verification."""

    checks: Checks
    relay: Relay
    whole: bool  # all tests are run
    records: dict[str, Record] = field(default_factory=dict)
    alone: dict[str, Json] = field(default_factory=dict)  # tests that may be broken, and how they failed
    ending: Record | None = None  # how pytest ended, unless it came to its end

    def run(self) -> None:
        while "done" not in (message := self.relay.next()):
            if "collected" not in message:
                self._record(message)
            elif self.whole and not self.relay.asked:  # else what it returned may decide what is found
                self._require_known(message["collected"])
        self.ending = ending_of(message["done"], self.checks)
        self.alone = cast("dict[str, Json]", message.get("alone", {}))

    def _require_known(self, collected: object) -> None:
        found, known = set(collected) if isinstance(collected, list) else set(), {case.id for case in self.checks.cases}
        if missing := sorted(known - found):
            raise ChecksBroken(f"pytest does not find the test {missing[0]}: let it be collected, or remove it")
        if unknown := sorted(found - known):
            raise ChecksBroken(f"pytest finds the test {unknown[0]}, which is not in the source: write it in its file")

    def _record(self, message: Message) -> None:
        case = str(message["case"])
        if message["status"] == "skipped":
            told = in_one_line(str(message["error"]))
            raise ChecksBroken(f"the test {case} is skipped in the sandbox ({told}): make it run there, or remove it")
        cpu_s, wall_s = self.relay.take_costs()
        latest = replace(Record.of(message), cpu_s=cpu_s, wall_s=wall_s)
        self.records[case] = self.records.get(case, Record()).and_then(latest)

    def results(self) -> list[CaseResult]:
        missing = unreached(self.ending, self.records.values(), "this test was never reached")
        return [self.records.get(case.id, missing).result(case) for case in self.checks.cases]
