"""Programs that read standard input and write standard output, judged by a program: for several right answers.

The validator has Kattis' form: a program in Python, C++ or C, run as `validator INPUT ANSWER FEEDBACK_DIR/ [FLAG...] <
OUTPUT`, which exits with 42 to accept and with 43 to reject, and may leave a text in FEEDBACK_DIR/teammessage.txt or
judgemessage.txt. It runs in a sandbox of its own that the program never enters, after the program has ended.
A validator that ends in any other way has said nothing about the attempt: `verify` raises ChecksBroken. So an output
that a careless validator cannot read ends the run, with a sentence that says which.
Not promised: that the validator is right. It gets whatever the program wrote.
"""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, File, Program, Status, Verdict
from sandboxes.verifiers.base import (
    Candidate,
    Ended,
    clip,
    each_case,
    judged,
    require_cases,
    require_crossing,
    uncompiled,
)
from sandboxes.verifiers.building import built, language_of
from sandboxes.verifiers.judges import JUDGE_LIMITS, Judge, require_files
from sandboxes.verifiers.toolchains import require_toolchain
from sandboxes.wire import frame

ACCEPT, REJECT = 42, 43


class ValidatorVerifier:
    """See `sandboxes.verifiers.base.Verifier`. Input and expected of a case are the texts of INPUT and ANSWER.

    `command` is the validator's source, one of `files`, and its flags.
    """

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        for case in checks.cases:
            if not (isinstance(case.input, str) and isinstance(case.expected, str)):
                raise ValueError(f"case {case.id!r}: the input and the answer must be texts")
        require_crossing(checks, lambda case: (frame({"text": case.input}), frame({"text": case.expected})))
        require_files(checks, checks.command[0] if checks.command else "")
        self._checks, self._sandbox = checks, sandbox
        self._lock = threading.Lock()
        self._executable: File | None = None

    def verify(self, program: Program) -> Verdict:
        require_toolchain(self._sandbox, program.language)
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        checks = self._ready()
        with (
            closing(Candidate(self._sandbox, program, checks.limits)) as candidate,
            closing(Judge(self._sandbox, "validator", checks, JUDGE_LIMITS)) as judge,
        ):
            judge.start()
            if (error := candidate.compile_error()) is not None:
                return uncompiled(checks, error)
            return each_case(checks.cases, lambda case: self._case(candidate, judge, case))

    def _ready(self) -> Checks:
        """The checks with a validator that can be run; it is compiled once."""
        checks = self._checks
        if language_of(checks.command[0]) is None:
            return checks
        with self._lock:
            self._executable = self._executable or built(self._sandbox, checks.files, checks.command[0])
        files = (*checks.files, self._executable)
        return replace(checks, files=files, command=(self._executable.path, *checks.command[1:]))

    def _case(self, candidate: Candidate, judge: Judge, case: Case) -> CaseResult:
        ended = candidate.run(str(case.input))
        status, error = ended.failure(self._checks.limits) or (Status.PASS, "")
        if status is Status.PASS:
            said = judge.ask({"text": case.input}, {"text": case.expected}, {"text": ended.stdout})
            status, error = _judgement(said, case)
        return CaseResult(case.id, case.tier, status, clip(ended.stdout), clip(error), ended.cpu_s, ended.wall_s)


def _judgement(said: Ended, case: Case) -> tuple[Status, str]:
    """What the validator found. ChecksBroken when it found nothing."""
    if (failure := said.failure(JUDGE_LIMITS)) is not None:
        raise _broken(case, failure[1])
    told = json.loads(said.result)
    if told["exit_code"] == ACCEPT:
        return Status.PASS, ""
    if told["exit_code"] == REJECT:
        return Status.WRONG_ANSWER, str(told["message"])
    last_line = said.stderr.rstrip().rpartition("\n")[2]
    raise _broken(case, f"exit code {told['exit_code']}{f', {last_line}' if last_line else ''}")


def _broken(case: Case, told: str) -> ChecksBroken:
    return ChecksBroken(
        f"the output validator failed on the test {case.id!r} ({' '.join(clip(told).split())}); mend it: it must exit "
        f"with {ACCEPT} for a right output and with {REJECT} for any other, one that it cannot read among them"
    )
