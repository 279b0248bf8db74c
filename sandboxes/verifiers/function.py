"""Programs that define a function (or a method of `class Solution`): each case calls it once in a fresh process.

A case passes when the returned value equals the expected one. Not promised: state that the program keeps between calls.
"""

from __future__ import annotations

from sandboxes.compare import values_match
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Verdict
from sandboxes.verifiers.base import clip, judge_each_case, require_cases, require_crossing, shown
from sandboxes.verifiers.calls import call
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.preambles import require_preamble
from sandboxes.wire import encode


class FunctionVerifier:
    """See `sandboxes.verifiers.base.Verifier`. A case's input is the list of arguments, `expected` the value."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        if not checks.entry:
            raise ValueError("the checks do not name the function to call: set `entry`")
        for case in checks.cases:
            if not isinstance(case.input, list):
                raise ValueError(f"case {case.id!r}: the input must be the list of arguments")
        require_crossing(checks, lambda case: (encode(case.input), encode(case.expected)))
        self._checks, self._sandbox = checks, sandbox

    def verify(self, program: Program) -> Verdict:
        require_preamble(self._sandbox, program.preamble, "", self._checks.limits)
        return judge_each_case(self._sandbox, self._checks, program, self._case)

    def _case(self, candidate: Candidate, case: Case) -> CaseResult:
        called = call(candidate, self._checks.limits, encode(case.input), encode({}))
        status, actual = called.status, ""
        if status is Status.PASS:
            actual = shown(called.value)
            if not values_match(called.value, case.expected, self._checks.comparison):
                status = Status.WRONG_ANSWER
        return CaseResult(case.id, case.tier, status, actual, clip(called.error), called.cpu_s, called.wall_s)
