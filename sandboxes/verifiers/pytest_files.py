"""Problems whose tests are pytest files, which import the program's functions from a module.

pytest runs in a sandbox of its own, where that module stands in for the program; every call passes through the host. So
the program sees neither the tests nor what they expect. Fixtures, parameters, `raises`, conftest.py and helpers beside
the tests work as ever. A case is a test function: it passes when all of its items passed and at least one ran.
Tests that fail before they have called the program, that are skipped, or that pytest finds elsewhere than in the source
raise ChecksBroken: no program can be judged by them.
Not promised: classes and constants of the program, arguments that are no plain values, plug-ins of pytest, options in
an ini file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatch

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import CaseResult, Checks, Program, Tier, Verdict
from sandboxes.verifiers.archive import pytest_archive, require_pytest
from sandboxes.verifiers.base import clip, judged, require_cases, uncompiled
from sandboxes.verifiers.judges import require_files
from sandboxes.verifiers.records import Record, ending_of, unreached
from sandboxes.verifiers.relay import Relay, Uncompiled
from sandboxes.wire import Message

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
    return any(ast.unparse(base).rpartition(".")[2] == "TestCase" for base in node.bases)


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
        checks = self._checks
        task: Message = {
            "files": [asdict(file) for file in checks.files],
            "module": checks.module,
            "pytest": pytest_archive(),
            "hidden": [case.id for case in checks.cases if case.tier is Tier.CONFIRM],
            "memory_bytes": checks.limits.memory_bytes,
        }
        with Relay(self._sandbox, program, checks.limits, "pytest_run", task) as relay:
            session = _Session(checks, relay)
            try:
                relay.candidate("")
                session.run()
            except Uncompiled as error:
                return uncompiled(checks, str(error))
        return session.results()


@dataclass(slots=True)
class _Session:
    """The conversation with pytest of one verification."""

    checks: Checks
    relay: Relay
    records: dict[str, Record] = field(default_factory=dict)
    ending: Record | None = None  # how pytest ended, unless it came to its end

    def run(self) -> None:
        while "done" not in (message := self.relay.next()):
            if "collected" in message:
                self._require_known(message["collected"])
            else:
                self._record(message)
        self.ending = ending_of(message["done"], self.checks)

    def _require_known(self, collected: object) -> None:
        found, known = set(collected) if isinstance(collected, list) else set(), {case.id for case in self.checks.cases}
        if missing := sorted(known - found):
            raise ChecksBroken(f"pytest does not find the test {missing[0]}: let it be collected, or remove it")
        if unknown := sorted(found - known):
            raise ChecksBroken(f"pytest finds the test {unknown[0]}, which is not in the source: write it in its file")

    def _record(self, message: Message) -> None:
        case = str(message["case"])
        if message["status"] == "skipped":
            told = " ".join(clip(str(message["error"])).split())
            raise ChecksBroken(f"the test {case} is skipped in the sandbox ({told}): make it run there, or remove it")
        cpu_s, wall_s = self.relay.take_costs()
        latest = replace(Record.of(message), cpu_s=cpu_s, wall_s=wall_s)
        self.records[case] = self.records.get(case, Record()).and_then(latest)

    def results(self) -> list[CaseResult]:
        missing = unreached(self.ending, self.records.values(), "this test was never reached")
        return [self.records.get(case.id, missing).result(case) for case in self.checks.cases]
