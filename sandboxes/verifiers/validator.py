"""Programs that read standard input and write standard output, judged by a program: for several right answers.

The validator has Kattis' form: a program in Python, C++ or C, run as `validator INPUT ANSWER FEEDBACK_DIR/ [FLAG...] <
OUTPUT`, which exits with 42 to accept and with 43 to reject, and may leave a text in FEEDBACK_DIR/teammessage.txt or
judgemessage.txt. It runs in a sandbox of its own that the program never enters, after the program has ended.
A validator that ends in any other way has said nothing. When it has judged another output of the same test, or judges
an empty one, then this output is one that it cannot read, and so is wrong. Else `verify` raises ChecksBroken.
Not promised: that the validator is right. It gets whatever the program wrote.
"""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, File, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import clip, each_case, judged, require_cases, require_crossing, uncompiled
from sandboxes.verifiers.building import built, language_of
from sandboxes.verifiers.candidate import Candidate, Ended
from sandboxes.verifiers.judges import EMPTY, JUDGE_LIMITS, Judge, NoJudgement, require_files, told_in_a_line
from sandboxes.verifiers.preambles import require_preamble
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
        self._works_on: set[tuple[str, Tier]] = set()  # what it has judged an output of

    def verify(self, program: Program) -> Verdict:
        require_toolchain(self._sandbox, program.language)
        require_preamble(self._sandbox, program.preamble, str(self._checks.cases[0].input), self._checks.limits)
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
            status, error = self._judgement(judge, case, ended.stdout)
        return CaseResult(case.id, case.tier, status, clip(ended.stdout), clip(error), ended.cpu_s, ended.wall_s)

    def _judgement(self, judge: Judge, case: Case, output: str) -> tuple[Status, str]:
        """What the validator found. ChecksBroken when it finds nothing in an empty output either."""
        try:
            return self._ask(judge, case, output)
        except NoJudgement as reason:
            self._require_working(judge, case, reason)
            return Status.WRONG_ANSWER, f"the output validator cannot read this output ({reason})"

    def _ask(self, judge: Judge, case: Case, output: str) -> tuple[Status, str]:
        found = _found(judge.ask({"text": case.input}, {"text": case.expected}, {"text": output}))
        self._works_on.add((case.id, case.tier))
        return found

    def _require_working(self, judge: Judge, case: Case, reason: NoJudgement) -> None:
        try:
            if (case.id, case.tier) not in self._works_on:
                self._ask(judge, case, EMPTY)
        except NoJudgement:
            raise ChecksBroken(
                f"the output validator failed on the test {case.id!r} ({reason}), and on an empty output too; mend it: "
                f"it must exit with {ACCEPT} for a right output and with {REJECT} for any other, one that it cannot "
                "read among them"
            ) from reason


def _found(said: Ended) -> tuple[Status, str]:
    """What the validator said of an output. NoJudgement: nothing."""
    if (failure := said.failure(JUDGE_LIMITS)) is not None:
        raise NoJudgement(told_in_a_line(failure[1], said.stderr))
    told = json.loads(said.result)
    if told["exit_code"] == ACCEPT:
        return Status.PASS, ""
    if told["exit_code"] == REJECT:
        return Status.WRONG_ANSWER, str(told["message"])
    raise NoJudgement(told_in_a_line(f"exit code {told['exit_code']}", said.stderr))
