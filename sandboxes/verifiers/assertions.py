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
import time
from contextlib import closing
from dataclasses import dataclass, field, replace

from sandboxes.errors import ChecksBroken, SandboxOutage
from sandboxes.guest.rewrite import CHECK, assertions, source_line
from sandboxes.sandbox import Guest, GuestGone, Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import (
    GRACE_S,
    MAX_SLOW,
    Candidate,
    clip,
    judged,
    require_cases,
    uncompiled,
)
from sandboxes.verifiers.calls import Called, call
from sandboxes.wire import Message, encode


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
        with (
            closing(Candidate(self._sandbox, program, checks.limits, checks.entry)) as candidate,
            closing(self._sandbox.start("assertions", checks.limits)) as tests,
        ):
            tests.send(self._task(program))
            if (error := candidate.compile_error()) is not None:
                return uncompiled(checks, error)
            session = _Session(checks, candidate, tests)
            session.run()
        if session.broken:
            raise ChecksBroken(
                "the problem's own test code fails, whatever the program does "
                f"({' '.join(clip(session.broken).split())}); mend its tests or its preamble"
            )
        return [session.result(case) for case in checks.cases]

    def _task(self, program: Program) -> Message:
        return {
            "preamble": program.preamble,
            "entry": self._checks.entry,
            "test_source": self._checks.test_source,
            "memory_bytes": self._checks.limits.memory_bytes,
        }


@dataclass(frozen=True, slots=True)
class _Record:
    """One assertion so far: PASS until it fails once; the first failure stays."""

    status: Status = Status.PASS
    actual: str = ""
    error: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(slots=True)
class _Session:
    """The conversation with the test code of one verification."""

    checks: Checks
    candidate: Candidate
    tests: Guest
    records: dict[int, _Record] = field(default_factory=dict)
    last: int = 0  # the assertion that ran last
    slow: int = 0
    cpu_s: float = 0.0  # of the calls since the last assertion
    wall_s: float = 0.0
    asked: bool = False  # the program was called
    tests_s: float = 0.0  # that the tests took since then, calls of the program apart
    broken: str = ""
    ending: _Record | None = None  # how the test code ended, unless it came to its end

    def run(self) -> None:
        while self._step(self._next()):
            continue
        if self.ending is not None and all(self._passed(case) for case in self.checks.cases):
            # Every assertion held, and yet the test code did not come to its end.
            self.records[self.last] = self.ending

    def _passed(self, case: Case) -> bool:
        record = self.records.get(index_of(case))
        return record is not None and record.status is Status.PASS

    def _step(self, message: Message) -> bool:
        """Deal with one message; False when there is nothing more to expect."""
        if "call" in message:
            return self._answer(message)
        if "assertion" in message:
            self._record(message)
            return True
        self.broken = str(message.get("broken", ""))
        done = message.get("done")
        if isinstance(done, dict):
            self.ending = self._ending(done)
        return False

    def _next(self) -> Message:
        """The time for it is shared by all messages: a returned value may make every one of them slow."""
        started = time.monotonic()
        try:
            message = self.tests.receive(self.checks.limits.wall_s + GRACE_S - self.tests_s)
        except TimeoutError:
            return {"done": {"status": "time_limit", "error": "the tests of the returned values took too long"}}
        except GuestGone as error:  # nothing of the program runs there
            raise SandboxOutage(f"the sandbox of the tests failed: {error}") from error
        if self.asked:  # before that the sandbox was starting, and no value of the program was there
            self.tests_s += time.monotonic() - started
        return message

    def _answer(self, message: Message) -> bool:
        if self.slow >= MAX_SLOW:
            self.ending = _Record(Status.NOT_RUN)
            return False
        self.asked = True
        called = call(self.candidate, self.checks.limits, message["call"], message["keywords"])
        self.slow += called.status is Status.TIME_LIMIT
        self.cpu_s += called.cpu_s
        self.wall_s += called.wall_s
        try:
            self.tests.send(_reply(called))
        except (GuestGone, TimeoutError) as error:
            raise SandboxOutage(f"the sandbox of the tests failed: {error}") from error
        return True

    def _record(self, message: Message) -> None:
        """An assertion in a loop is recorded many times: its first failure is the one that is told."""
        self.last = int(str(message["assertion"]))
        record = self.records.get(self.last, _Record())
        if record.status is Status.PASS:
            record = replace(self._failure(message), cpu_s=record.cpu_s, wall_s=record.wall_s)
        cpu_s, wall_s = record.cpu_s + self.cpu_s, record.wall_s + self.wall_s
        self.records[self.last] = replace(record, cpu_s=cpu_s, wall_s=wall_s)
        self.cpu_s = self.wall_s = 0.0

    def _failure(self, told: Message) -> _Record:
        actual, error = str(told.get("actual", "")), str(told.get("error", ""))
        return _Record(Status(str(told["status"])), clip(actual), clip(error))

    def _ending(self, told: Message) -> _Record:
        """Shown with visible assertions too, so its text is withheld when any test is hidden."""
        ending = self._failure(told)
        hidden = any(case.tier is Tier.CONFIRM for case in self.checks.cases)
        return replace(ending, error="an error outside the assertions ended the tests") if hidden else ending

    def result(self, case: Case) -> CaseResult:
        missing = self.ending or _Record(Status.WRONG_ANSWER, error="this assertion was never reached")
        record = self.records.get(index_of(case), missing)
        return CaseResult(case.id, case.tier, record.status, record.actual, record.error, record.cpu_s, record.wall_s)


def index_of(case: Case) -> int:
    """`assert 3` is number 2 of the assertions; -1 when the id is of another form."""
    word, _, number = case.id.partition(" ")
    return int(number) - 1 if word == "assert" and number.isdecimal() else -1


def _reply(called: Called) -> Message:
    """What the stand-in for the program is told."""
    if called.status is Status.PASS:
        return {"value": encode(called.value)}
    if called.status is Status.RUNTIME_ERROR:
        kind, builtin = called.kind or "RuntimeError", called.builtin or "RuntimeError"
        return {"error": kind, "builtin": builtin, "message": called.message, "text": called.error}
    return {"limit": called.status.value, "text": called.error}
