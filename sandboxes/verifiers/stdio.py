"""Programs that read standard input and write standard output, as in programming contests.

Each case is a process of its own. A case passes when the process exits with 0 and its output is the expected one.
"""

from __future__ import annotations

from contextlib import closing

from sandboxes.compare import texts_match
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Verdict
from sandboxes.verifiers.base import (
    Candidate,
    clip,
    each_case,
    judged,
    require_cases,
    require_crossing,
    uncompiled,
)
from sandboxes.wire import frame

_OWN_FRAME = '  File "<string>", line 1, in <module>\n'  # how the runner puts the preamble in front


class StdioVerifier:
    """See `sandboxes.verifiers.base.Verifier`. A case's input and expected output are texts."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        for case in checks.cases:
            if not (isinstance(case.input, str) and isinstance(case.expected, str)):
                raise ValueError(f"case {case.id!r}: the input and the expected output must be texts")
        require_crossing(checks, lambda case: frame({"stdin": case.input}))
        self._checks, self._sandbox = checks, sandbox

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        with closing(Candidate(self._sandbox, program, self._checks.limits)) as candidate:
            if (error := candidate.compile_error()) is not None:
                return uncompiled(self._checks, error)
            return each_case(self._checks.cases, lambda case: self._case(candidate, case))

    def _case(self, candidate: Candidate, case: Case) -> CaseResult:
        run = candidate.run(str(case.input))
        status, error = run.failure(self._checks.limits) or (Status.PASS, "")
        if status is Status.PASS and not texts_match(run.stdout, str(case.expected), self._checks.comparison):
            status = Status.WRONG_ANSWER
        error = error.replace(_OWN_FRAME, "").replace('"/tmp/', '"')
        return CaseResult(case.id, case.tier, status, clip(run.stdout), clip(error), run.cpu_s, run.wall_s)
