"""Problems whose tests are Python code: `check(candidate)` with assertions, as HumanEval's.

The test code runs in a sandbox of its own and the program in another; every call passes through the host. Each
assertion is a case and all of them run; the case `assert 3` is the third one in the order of the source. An assertion
in a loop passes when it ran at least once and never failed. When the test code itself is ended by an exception, the
assertions that it did not reach fail with it. When it fails by itself (before the program was asked anything, for want
of a module or of a name that nothing binds, or by `sys.exit()`), no program can be judged: `verify` raises
ChecksBroken.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from sandboxes.guest.rewrite import CHECK, assertions, source_line
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Verdict
from sandboxes.verifiers.base import judged, require_cases, uncompiled
from sandboxes.verifiers.records import Record, ending_of, unreached
from sandboxes.verifiers.relay import Relay, Uncompiled
from sandboxes.wire import Message


def assertion_cases(test_source: str) -> list[str]:
    """The source of each assertion about the candidate, in order; case `assert 1` is the first.

    ValueError when the source does not parse.
    """
    try:
        return [source_line(node) for node in assertions(ast.parse(test_source))]
    except SyntaxError as error:
        raise ValueError(f"the test code does not parse: {error}") from error


class AssertionsVerifier:
    """See `sandboxes.verifiers.base.Verifier`. Needs `test_source` and `entry`; case ids are `assert N`."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        if not checks.entry:
            raise ValueError("the checks do not name the function to call: set `entry`")
        count = len(assertion_cases(checks.test_source))
        for case in checks.cases:
            if not 0 <= index_of(case) < count:
                raise ValueError(f"case {case.id!r} is none of the {count} assertions of the test code")
        if f"def {CHECK}(" not in checks.test_source:
            raise ValueError(f"the test code defines no function {CHECK}(candidate)")
        self._checks, self._sandbox = checks, sandbox

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        checks = self._checks
        with Relay(self._sandbox, program, checks.limits, "assertions", self._task(program)) as relay:
            session = _Session(checks, relay)
            try:
                relay.candidate(checks.entry)
                session.run()
            except Uncompiled as error:
                return uncompiled(checks, str(error))
        return [session.result(case) for case in checks.cases]

    def _task(self, program: Program) -> Message:
        return {
            "preamble": program.preamble,
            "entry": self._checks.entry,
            "test_source": self._checks.test_source,
        }


@dataclass(slots=True)
class _Session:
    """The conversation with the test code of one verification."""

    checks: Checks
    relay: Relay
    records: dict[int, Record] = field(default_factory=dict)
    last: int = 0  # the assertion that ran last
    ending: Record | None = None  # how the test code ended, unless it came to its end

    def run(self) -> None:
        while "assertion" in (message := self.relay.next()):
            self._record(message)
        self.ending = ending_of(message["done"], self.checks)
        if self.ending is not None and all(self._passed(case) for case in self.checks.cases):
            # Every assertion held, and yet the test code did not come to its end.
            self.records[self.last] = self.ending

    def _passed(self, case: Case) -> bool:
        record = self.records.get(index_of(case))
        return record is not None and record.status is Status.PASS

    def _record(self, message: Message) -> None:
        """An assertion in a loop is recorded many times: its first failure is the one that is told."""
        self.last = int(str(message["assertion"]))
        cpu_s, wall_s = self.relay.take_costs()
        latest = replace(Record.of(message), cpu_s=cpu_s, wall_s=wall_s)
        self.records[self.last] = self.records.get(self.last, Record()).and_then(latest)

    def result(self, case: Case) -> CaseResult:
        missing = unreached(self.ending, self.records.values(), "this assertion was never reached")
        return self.records.get(index_of(case), missing).result(case)


def index_of(case: Case) -> int:
    """`assert 3` is number 2 of the assertions; -1 when the id is of another form."""
    word, _, number = case.id.partition(" ")
    return int(number) - 1 if word == "assert" and number.isdecimal() else -1
