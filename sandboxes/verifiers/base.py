"""What every verifier is, and what they share: outages, a second judgement of what passed, where to stop.

Verifiers compare on the host. They are safe to share between threads: each verification has sandboxes of its own.
Not promised: that the numbers a guest reports (seconds, exit codes) are true. They can only lower a verdict, for a
pass also needs the right output.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Protocol

from sandboxes.errors import SandboxOutage, SandboxUnavailable
from sandboxes.sandbox import Sandbox, label
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.remembered import Remembered
from sandboxes.wire import WireError

GROUP = "ttsd.verifiers"
TRIES = 3  # one, and two more on fresh sandboxes
MAX_SOURCE = 1 << 20  # characters of a program; far more than a model writes
MAX_SLOW = 1  # after so many time limits, each found twice, the rest is not run
CLIP_CHARACTERS = 2000
BY_LUCK = "It passed every test once, but not when they were repeated: the same input must give the same output."

# Control, direction and invisible characters, separators of lines and paragraphs, halves of a pair.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


class Verifier(Protocol):
    """Judges programs against the checks of one problem. Made by `make_verifier(checks, sandbox)`."""

    def verify(self, program: Program) -> Verdict:
        """Run every case. A failed attempt is a verdict, an outage is status UNAVAILABLE.

        SandboxUnavailable: this machine cannot run the sandbox at all. ChecksBroken: the problem must be mended first.
        """


def make_verifier(checks: Checks, sandbox: Sandbox | None) -> Verifier:
    """The verifier for `checks.kind`; one that runs nothing needs no sandbox.

    ValueError when the checks are not what that verifier needs.
    """
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if checks.kind not in known:
        raise SandboxUnavailable(f"unknown verifier {checks.kind!r}; use one of: {', '.join(sorted(known))}")
    return Remembered(known[checks.kind].load()(checks, sandbox))


def require_cases(checks: Checks) -> None:
    """ValueError when there are none."""
    if not checks.cases:
        raise ValueError("a problem without tests cannot be solved: give at least one case")


def require_crossing(checks: Checks, cross: Callable[[Case], object]) -> None:
    """ValueError naming the first case for which `cross` raises WireError: it could not enter a sandbox."""
    for case in checks.cases:
        try:
            cross(case)
        except WireError as error:
            raise ValueError(f"the test {case.id!r} is too big for a sandbox: {error}") from error


def judged(
    sandbox: Sandbox, checks: Checks, program: Program, judge: Callable[[Program], Verdict | list[CaseResult]]
) -> Verdict:
    """What `judge` finds, tried again on an outage; adds the sandbox's name and the time it took.

    A pass is judged a second time from the beginning, so that a program which depends on luck needs it twice.
    """
    if len(program.source) > MAX_SOURCE:
        told = f"the program has {len(program.source)} characters; write at most {MAX_SOURCE}"
        return replace(uncompiled(checks, told), sandbox=label(sandbox))
    started = time.perf_counter()
    outage = ""
    for _ in range(TRIES):
        try:
            found = _judged_twice(program, judge)
        except SandboxOutage as error:
            outage = str(error)
            continue
        return replace(found, sandbox=label(sandbox), seconds=time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return Verdict(Status.UNAVAILABLE, detail=clip(outage), sandbox=label(sandbox), seconds=seconds)


def _judged_twice(program: Program, judge: Callable[[Program], Verdict | list[CaseResult]]) -> Verdict:
    first = _verdict(judge(program))
    if first.reward != 1:
        return first
    second = _verdict(judge(program))
    return second if second.reward == 1 else replace(second, detail=BY_LUCK)


def _verdict(found: Verdict | list[CaseResult]) -> Verdict:
    return found if isinstance(found, Verdict) else Verdict.of(found, sandbox="", seconds=0.0)


def judge_each_case(
    sandbox: Sandbox, checks: Checks, program: Program, judge: Callable[[Candidate, Case], CaseResult]
) -> Verdict:
    """The verdict when each case is judged by itself, all of them in one sandbox."""

    def judge_all(program: Program) -> Verdict | list[CaseResult]:
        with closing(Candidate(sandbox, program, checks.limits, checks.entry)) as candidate:
            if (error := candidate.compile_error()) is not None:
                return uncompiled(checks, error)
            return each_case(checks.cases, lambda case: judge(candidate, case))

    return judged(sandbox, checks, program, judge_all)


def each_case(cases: Sequence[Case], judge: Callable[[Case], CaseResult]) -> list[CaseResult]:
    """Every case, until the program has been slow too often; the visible ones first, for they can be told."""
    results: dict[int, CaseResult] = {}
    slow = 0
    for index, case in sorted(enumerate(cases), key=lambda item: item[1].tier is Tier.CONFIRM):
        results[index] = judge(case) if slow < MAX_SLOW else not_run(case)
        slow += results[index].status is Status.TIME_LIMIT
    return [results[index] for index in range(len(cases))]


def not_run(case: Case) -> CaseResult:
    return CaseResult(case.id, case.tier, Status.NOT_RUN)


def uncompiled(checks: Checks, message: str) -> Verdict:
    """The verdict on a program that does not compile: no case was run."""
    return Verdict(Status.COMPILE_ERROR, tuple(not_run(case) for case in checks.cases), clip(message))


def clip(text: str) -> str:
    """For people and prompts: no control characters, the middle left out when it is long."""
    half = CLIP_CHARACTERS // 2
    if (left_out := len(text) - 2 * half) > 0:  # first, for a text of megabytes may be all control characters
        text = f"{text[:half]}\n... {left_out} characters left out ...\n{text[-half:]}"
    return _UNSHOWN.sub("\ufffd", text.replace("\r\n", "\n"))


def in_one_line(text: str) -> str:
    """Like `clip`, for the middle of a sentence."""
    return " ".join(clip(text).split())


def shown(value: object) -> str:
    """A value as Python writes it, clipped."""
    try:
        return clip(repr(value))
    except ValueError:  # an integer of more digits than Python prints
        return f"<{type(value).__name__} that is too long to print>"
