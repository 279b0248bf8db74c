"""What goes into a verification and what comes out: plain values.

Nothing here runs anything. `Case.expected` is given to no sandbox in which the program is: it stays on the host, or
goes to a validator, which has a sandbox of its own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from sandboxes.wire import Json

Whitespace = Literal["lines", "tokens", "exact"]


class Tier(StrEnum):
    """How much of a test may be seen. An attempt is a discovery only when it passes all three tiers."""

    SAMPLE = "sample"  # printed in the statement; may appear in feedback
    FEEDBACK = "feedback"  # not in the statement; may appear in feedback
    CONFIRM = "confirm"  # never shown: feedback may only say that a hidden test failed


class Status(StrEnum):
    """How a case, or a whole attempt, ended."""

    PASS = "pass"
    WRONG_ANSWER = "wrong_answer"
    RUNTIME_ERROR = "runtime_error"
    COMPILE_ERROR = "compile_error"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    NO_CODE = "no_code"  # the response held no program
    NOT_RUN = "not_run"  # a case left out because the attempt had already failed expensively
    UNAVAILABLE = "unavailable"  # our outage: no reward, never taught from


@dataclass(frozen=True, slots=True)
class Limits:
    """What one case may use. Seconds and bytes."""

    cpu_s: float = 6.0
    wall_s: float = 20.0  # the net for programs that sleep: CPU time is what decides
    memory_bytes: int = 1 << 30
    processes: int = 64
    stdout_bytes: int = 8 << 20  # more than this ends the case as OUTPUT_LIMIT
    stderr_bytes: int = 64 << 10  # head and tail are kept
    file_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Program:
    """A program as extracted from a response."""

    source: str
    preamble: str = ""  # the problem's own code, run before `source` in the same namespace; of Python programs only
    language: str = "python"  # a name of `sandboxes.guest.languages.LANGUAGES`; for a command any word


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    `input` is the text for standard input (stdio, validator), the list of arguments (function), the source of the
    test (assertions, pytest), the name of the metric (evaluator), what may be said of the test (command) or
    the form of the answer (answer).
    `expected` is the text or value wanted, the answers that count (answer), the answer file's text (validator) or
    the least value (evaluator); None for tests that carry their own comparison.
    """

    id: str
    tier: Tier
    input: Json
    expected: Json = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an output is compared with the expected one (the flags of Kattis' default validator)."""

    whitespace: Whitespace = "lines"
    # lines: same lines, blanks within and around a line ignored; tokens: every kind of blank is the same
    case_sensitive: bool = True
    float_absolute: float | None = None
    float_relative: float | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file of the problem that goes into a sandbox: a command's into the program's, others where that is not."""

    path: str  # relative, with slashes
    data: str  # base64, for messages and records are JSON
    executable: bool = False

    @classmethod
    def of(cls, path: str, content: bytes, executable: bool = False) -> File:
        return cls(path, b64encode(content).decode("ascii"), executable)


@dataclass(frozen=True, slots=True)
class Checks:
    """Everything a verifier needs to know of a problem."""

    kind: str  # a name of the entry-point group `ttsd.verifiers`
    cases: tuple[Case, ...]
    limits: Limits = field(default_factory=Limits)
    entry: str = ""  # the function (or `Solution` method) that is called; empty for stdio
    comparison: Comparison = field(default_factory=Comparison)
    test_source: str = ""  # assertions: the Python source that defines check(candidate)
    files: tuple[File, ...] = ()  # validator, command, pytest, evaluator: what judges, and its data
    command: tuple[str, ...] = ()  # command: what is run; validator: the file to run and its flags
    module: str = ""  # pytest: what the tests import; evaluator: its file; command: the name of the program's file


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What happened to one case. Texts are clipped, decoded with replacement, free of control characters."""

    id: str
    tier: Tier
    status: Status
    actual: str = ""  # standard output, or the returned value as Python writes it
    error: str = ""  # the exception with the program's own frames, or the limit that was hit
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found."""

    status: Status
    cases: tuple[CaseResult, ...] = ()
    detail: str = ""  # why there is no program, where compiling failed, which outage, or a pass that was luck
    sandbox: str = ""
    seconds: float = 0.0

    @property
    def reward(self) -> Literal[0, 1] | None:
        """1 for a discovery, 0 for a failed attempt, None when we could not judge."""
        if self.status is Status.UNAVAILABLE:
            return None
        return 1 if self.status is Status.PASS else 0

    @property
    def fraction_passed(self) -> float:
        """Share of all cases that passed, in [0, 1]; 0 when nothing ran."""
        return _share_passed(self.cases)

    @property
    def visible_fraction_passed(self) -> float:
        """Share of the cases that may be seen, in [0, 1]; 0 when there are none."""
        return _share_passed([case for case in self.cases if case.tier is not Tier.CONFIRM])

    @property
    def false_discovery(self) -> bool:
        """Passes every visible test and fails a hidden one."""
        return self.reward == 0 and self.visible_fraction_passed == 1

    @classmethod
    def of(cls, cases: Sequence[CaseResult], *, sandbox: str, seconds: float) -> Verdict:
        """Pass when every case passed; otherwise the status of the first case that did not."""
        if not cases:
            raise ValueError("a verdict needs at least one case: a problem without tests cannot be solved")
        failed = [case.status for case in cases if case.status is not Status.PASS]
        told = [status for status in failed if status is not Status.NOT_RUN]
        status = (told or failed or [Status.PASS])[0]
        return cls(status, tuple(cases), sandbox=sandbox, seconds=seconds)


def _share_passed(cases: Sequence[CaseResult]) -> float:
    return sum(case.status is Status.PASS for case in cases) / max(1, len(cases))
