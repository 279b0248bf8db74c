"""The profile `lcb-official`: judges as LiveCodeBench's own grader, for numbers that are compared with its leaderboard.

All cases run in their order in one process, with what the program keeps between them, and nothing runs after the first
failure; `limits.cpu_s` is the time of a case on the wall clock, as there. So right programs fail here that fail there.
A program does not pass here that passes there by seeing the expected output, by changing the grader or by an object
that equals everything: what was printed or returned is compared on the host. Memory, processes and output are limited
here and not there. Not promised: the same verdict as `stdio` or `function`: never put both in one table.
"""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import asdict, replace

from sandboxes.lcb import outputs_equal, values_equal
from sandboxes.sandbox import Guest, GuestGone, Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Verdict
from sandboxes.verifiers.base import (
    GRACE_S,
    Ended,
    clip,
    judged,
    not_run,
    out_of_memory,
    require_cases,
    require_crossing,
    shown,
    uncompiled,
)
from sandboxes.wire import Message, WireError, decode, encode, frame, unframe

_FAILURES = {
    status.value: status
    for status in (
        *(Status.COMPILE_ERROR, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT, Status.RUNTIME_ERROR),
        *(Status.TIME_LIMIT, Status.WRONG_ANSWER),
    )
}


class LcbOfficialVerifier:
    """See `sandboxes.verifiers.base.Verifier`. Cases as for `function` with an `entry`, as for `stdio` without."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        kind, wanted = (list, "the list of arguments") if checks.entry else (str, "a text")
        for case in checks.cases:
            if not isinstance(case.input, kind):
                raise ValueError(f"case {case.id!r}: the input must be {wanted}")
        self._checks, self._sandbox = checks, sandbox
        require_crossing(checks, lambda case: frame(self._message(case)))
        self._timeout_s = max(1, math.ceil(checks.limits.cpu_s))
        whole_s = float((self._timeout_s + 1) * len(checks.cases) + 5)
        self._limits = replace(checks.limits, cpu_s=whole_s, wall_s=whole_s)

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        with closing(self._sandbox.start("lcb_official", self._limits)) as guest:
            ended = self._run(guest, program)
        results = self._results(ended)
        first = results[0]
        return uncompiled(self._checks, first.error) if first.status is Status.COMPILE_ERROR else results

    def _run(self, guest: Guest, program: Program) -> Ended:
        try:
            guest.send(self._task(program))
            for case in self._checks.cases:
                guest.send(self._message(case))
            guest.send({})
            return Ended.of(guest.receive(self._limits.wall_s + GRACE_S))
        except GuestGone:
            return Ended("died")
        except TimeoutError:
            return Ended("wall")

    def _task(self, program: Program) -> Message:
        return {
            "source": program.preamble + program.source,
            "entry": self._checks.entry,
            "timeout_s": self._timeout_s,
            "limits": asdict(self._limits),
        }

    def _message(self, case: Case) -> Message:
        return {"input": encode(case.input) if self._checks.entry else case.input}

    def _results(self, ended: Ended) -> list[CaseResult]:
        """One for each case; after the first that failed they are not run, whatever the guest says of them."""
        *lines, cut = ended.result.split("\n")
        results: list[CaseResult] = []
        for index, case in enumerate(self._checks.cases):
            if results and results[-1].status is not Status.PASS:
                results.append(not_run(case))
            elif index < len(lines):
                results.append(self._result(case, lines[index]))
            else:
                results.append(self._ended_early(case, ended))
        spoilt = cut or len(lines) > len(results) or ended.failure(self._limits) is not None
        if spoilt and results[-1].status is Status.PASS:
            results[-1] = self._ended_early(self._checks.cases[-1], ended)
        return results

    def _ended_early(self, case: Case, ended: Ended) -> CaseResult:
        status, error = ended.failure(self._limits) or (Status.RUNTIME_ERROR, "the program ended its process")
        return CaseResult(case.id, case.tier, status, error=clip(self._told(status) or error))

    def _result(self, case: Case, line: str) -> CaseResult:
        """The program can write anything as its result: everything is checked, nothing is believed."""
        try:
            record = unframe(line.encode(errors="replace"))
            if failed := _FAILURES.get(str(record.get("failed"))):
                error = self._told(failed) or str(record.get("error"))
                return CaseResult(case.id, case.tier, failed, error=clip(error))
            actual, equal = self._compared(case, record)
        except (KeyError, WireError) as error:
            told = f"the result cannot be read: {error}"
            return CaseResult(case.id, case.tier, Status.RUNTIME_ERROR, error=clip(told))
        return CaseResult(case.id, case.tier, Status.PASS if equal else Status.WRONG_ANSWER, actual)

    def _compared(self, case: Case, record: Message) -> tuple[str, bool]:
        """What came out, for people, and whether it is the expected."""
        if self._checks.entry:
            value = decode(record["value"], build=False)
            return shown(value), values_equal(value, case.expected)
        output = str(record["output"])
        return clip(output), outputs_equal(output, str(case.expected))

    def _told(self, status: Status) -> str:
        """What is said of a limit; empty for other failures."""
        limits = self._checks.limits
        return {
            Status.TIME_LIMIT: f"ran for more than {self._timeout_s} s",
            Status.MEMORY_LIMIT: out_of_memory(limits),
            Status.OUTPUT_LIMIT: f"wrote more than {limits.stdout_bytes} characters",
        }.get(status, "")
