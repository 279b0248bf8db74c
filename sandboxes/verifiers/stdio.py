"""Programs that read standard input and write standard output, as in programming contests.

Each case is a process of its own. A case passes when the process exits with 0 and its output is the expected one.
"""

from __future__ import annotations

from sandboxes.compare import texts_match
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Verdict
from sandboxes.verifiers.base import clip, judge_each_case, require_cases, require_crossing
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.preambles import require_preamble
from sandboxes.verifiers.toolchains import require_toolchain
from sandboxes.wire import frame


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
        require_toolchain(self._sandbox, program.language)
        require_preamble(self._sandbox, program.preamble, str(self._checks.cases[0].input), self._checks.limits)
        return judge_each_case(self._sandbox, self._checks, program, self._case)

    def _case(self, candidate: Candidate, case: Case) -> CaseResult:
        ended = candidate.run(str(case.input))
        status, error = ended.failure(self._checks.limits) or (Status.PASS, "")
        if status is Status.PASS and not texts_match(ended.stdout, str(case.expected), self._checks.comparison):
            status = Status.WRONG_ANSWER
        return CaseResult(case.id, case.tier, status, clip(ended.stdout), clip(error), ended.cpu_s, ended.wall_s)
