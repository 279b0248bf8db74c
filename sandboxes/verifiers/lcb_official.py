"""The profile `lcb-official`: judges as LiveCodeBench's own grader, for numbers that are compared with its leaderboard.

All cases run in their order in one process, with what the program keeps between them, and none after the first failure
counts; `limits.cpu_s` is the time of a case on the wall clock, as there. So right programs fail here that fail there.
A program does not pass here that passes there by seeing the expected output, by changing the grader or by an object
that equals everything: what was printed or returned is compared on the host. Memory, processes and output are limited
here and not there, and what passes or is slow runs twice. Numbers of this profile and of `stdio` or `function` never
belong into one table. Not promised: that a program which searches its memory does not find the inputs of hidden cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace

from sandboxes.lcb import outputs_equal, values_equal
from sandboxes.sandbox import GuestGone, Sandbox
from sandboxes.types import Case, CaseResult, Checks, Limits, Program, Status, Verdict
from sandboxes.verifiers.base import clip, judged, not_run, require_cases, require_crossing, shown, uncompiled
from sandboxes.verifiers.candidate import GRACE_S, Ended, out_of_memory
from sandboxes.verifiers.cores import CORES
from sandboxes.wire import Message, WireError, decode, encode, frame, unframe

Failure = tuple[Status, str]
_FAILURES = {
    status.value: status
    for status in (
        *(Status.COMPILE_ERROR, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT, Status.RUNTIME_ERROR),
        *(Status.TIME_LIMIT, Status.WRONG_ANSWER),
    )
}
FIRST = 4  # cases that run by themselves before all do: most wrong programs fail there


class LcbOfficialVerifier:
    """See `sandboxes.verifiers.base.Verifier`. Cases as for `function` with an `entry`, as for `stdio` without."""

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        for case in checks.cases:
            if checks.entry and not isinstance(case.input, list):
                raise ValueError(f"case {case.id!r}: the input must be the list of arguments")
            if not checks.entry and not (isinstance(case.input, str) and isinstance(case.expected, str)):
                raise ValueError(f"case {case.id!r}: the input and the expected output must be texts")
        self._checks, self._sandbox = checks, sandbox
        require_crossing(checks, lambda case: frame(self._message(case)))
        self._timeout_s = max(1, math.ceil(checks.limits.cpu_s))

    def verify(self, program: Program) -> Verdict:
        if program.language != "python":
            raise ValueError(f"LiveCodeBench judges Python only, got {program.language!r}: use the kind stdio")
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        with CORES.one():
            results = self._first_then_all(program)
        if any(result.status is Status.TIME_LIMIT for result in results):
            with CORES.alone():
                results = self._run(program, self._checks.cases)
        first = results[0]
        return uncompiled(self._checks, first.error) if first.status is Status.COMPILE_ERROR else results

    def _first_then_all(self, program: Program) -> list[CaseResult]:
        cases = self._checks.cases
        results = self._run(program, cases[:FIRST])
        if len(cases) > FIRST and results[-1].status is Status.PASS:
            return self._run(program, cases)
        return [*results, *map(not_run, cases[FIRST:])]

    def _run(self, program: Program, cases: Sequence[Case]) -> list[CaseResult]:
        """One process from its beginning."""
        whole_s = float((self._timeout_s + 1) * len(cases) + 5)
        limits = replace(self._checks.limits, cpu_s=whole_s, wall_s=whole_s)
        with closing(self._sandbox.start("lcb_official", self._checks.limits)) as guest:
            try:
                guest.send(self._task(program, limits))
                for case in cases:
                    guest.send(self._message(case))
                guest.send({})
                ended = Ended.of(guest.receive(whole_s + GRACE_S))
            except GuestGone:
                ended = Ended("died")
            except TimeoutError:
                ended = Ended("wall")
        return self._results(cases, ended, ended.failure(limits))

    def _task(self, program: Program, limits: Limits) -> Message:
        return {
            "source": program.preamble + program.source,
            "entry": self._checks.entry,
            "timeout_s": self._timeout_s,
            "limits": asdict(limits),
        }

    def _message(self, case: Case) -> Message:
        return {"input": encode(case.input) if self._checks.entry else case.input}

    def _results(self, cases: Sequence[Case], ended: Ended, failure: Failure | None) -> list[CaseResult]:
        """One for each case; after the first that failed they are not run, whatever the guest says of them."""
        *lines, cut = ended.result.split("\n")
        results: list[CaseResult] = []
        for index, case in enumerate(cases):
            if results and results[-1].status is not Status.PASS:
                results.append(not_run(case))
            elif index < len(lines):
                results.append(self._result(case, lines[index]))
            else:
                results.append(self._ended_early(case, failure))
        if results[-1].status is Status.PASS and (cut or len(lines) > len(cases) or failure):
            results[-1] = self._ended_early(cases[-1], failure)
        return results

    def _ended_early(self, case: Case, failure: Failure | None) -> CaseResult:
        status, error = failure or (Status.RUNTIME_ERROR, "the program ended its process")
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
