"""Ways to judge a published program on the samples of its row, and a memory, so that a run can be taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.suites.lcb_rows import Row
from sandboxes.sandbox import Sandbox
from sandboxes.types import Checks, Limits, Program, Status, Tier
from sandboxes.verifiers.base import Verifier
from sandboxes.verifiers.function import FunctionVerifier
from sandboxes.verifiers.lcb_official import LcbOfficialVerifier
from sandboxes.verifiers.stdio import StdioVerifier

TIMEOUT_S = 6


class Outcome(NamedTuple):
    """How a program ended, in the words of `Status`, and how many tests it passed before it failed."""

    status: str
    passed: int

    def agrees(self, other: Outcome) -> bool:
        """The same verdict after the same number of tests. A failure may go by another name."""
        return (self.status == Status.PASS, self.passed) == (other.status == Status.PASS, other.passed)


Judge = Callable[[Row, str], Outcome]


def sandboxed(sandbox: Sandbox, profile: str) -> Judge:
    """Our verdict in the profile `strict` or `lcb-official`."""

    def judge(row: Row, code: str) -> Outcome:
        cases = [row.case(f"sample {number}", Tier.SAMPLE, test) for number, test in enumerate(row.samples, 1)]
        checks = Checks(profile, tuple(cases), Limits(cpu_s=TIMEOUT_S), row.function)
        if profile == "strict":
            verifier: Verifier = (FunctionVerifier if row.function else StdioVerifier)(checks, sandbox)
            verdict = verifier.verify(Program(code, preamble=row.preamble))
        else:
            verdict = LcbOfficialVerifier(checks, sandbox).verify(Program(code))
        if verdict.reward is None:
            raise RuntimeError(f"the sandbox failed at row {row.id}: {verdict.detail}")
        failed = [index for index, case in enumerate(verdict.cases) if case.status is not Status.PASS]
        return Outcome(verdict.status.value, failed[0] if failed else len(verdict.cases))

    return judge


class Remembered:
    """A judge whose outcomes are appended to a file: what stands there is not judged again."""

    def __init__(self, judge: Judge, file: Path) -> None:
        self.judge, self._file = judge, file
        lines = file.read_text().splitlines() if file.exists() else []
        entries = [json.loads(line) for line in lines if line.endswith("]")]  # not one that was cut
        self._known = {digest: Outcome(status, passed) for _, digest, status, passed in entries}

    def __call__(self, row: Row, code: str, program: str) -> Outcome:
        digest = hashlib.sha256(json.dumps([code, row.function, row.samples]).encode()).hexdigest()
        if digest not in self._known:
            outcome = self.judge(row, code)
            with self._file.open("a") as file:
                file.write(json.dumps([program, digest, *outcome]) + "\n")
            self._known[digest] = outcome
        return self._known[digest]
