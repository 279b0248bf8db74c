"""What every verifier is, and what they share: the program in its sandbox, outages, the rule for slow programs.

Verifiers compare on the host. They are safe to share between threads: each verification has sandboxes of its own.
Not promised: that the numbers a guest reports (seconds, exit codes) are true. They can only lower a verdict, for a
pass also needs the right output.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.metadata import entry_points
from types import UnionType
from typing import Protocol

from sandboxes.errors import SandboxOutage, SandboxUnavailable
from sandboxes.guest.child import FLOOD_BYTES, RESULT_BYTES
from sandboxes.guest.languages import BUILD_WALL_S, LANGUAGES, refusal, room
from sandboxes.sandbox import Guest, GuestGone, Sandbox, label
from sandboxes.types import Case, CaseResult, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.cores import CORES
from sandboxes.verifiers.lacking import lacking
from sandboxes.verifiers.remembered import Remembered
from sandboxes.wire import Json, Message, WireError

GROUP = "ttsd.verifiers"
TRIES = 3  # one, and two more on fresh sandboxes
MAX_SOURCE = 1 << 20  # characters of a program; far more than a model writes
MAX_SLOW = 1  # after so many time limits, each found twice, the rest is not run
MAX_LOST = 3  # after so many of its runners, each of which costs a fresh sandbox, a program is not run any more
CLIP_CHARACTERS = 2000
BY_LUCK = "It passed every test once, but not when they were repeated: the same input must give the same output."
GRACE_S = 10.0  # for the runner to enforce its own limit and clean up, on a busy machine

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
    text = _UNSHOWN.sub("\ufffd", text.replace("\r\n", "\n"))
    half = CLIP_CHARACTERS // 2
    left_out = len(text) - 2 * half
    return text if left_out <= 0 else f"{text[:half]}\n... {left_out} characters left out ...\n{text[-half:]}"


def out_of_memory(limits: Limits) -> str:
    return f"needed more than {limits.memory_bytes >> 20} MiB of memory"


def shown(value: object) -> str:
    """A value as Python writes it, clipped."""
    try:
        return clip(repr(value))
    except ValueError:  # an integer of more digits than Python prints
        return f"<{type(value).__name__} that is too long to print>"


_KINDS: dict[str, type | UnionType] = {
    "reason": str,
    "exit_code": int | None,
    "signal": int | None,
    "stdout": str,
    "stderr": str,
    "result": str,
    "cpu_s": float,
    "wall_s": float,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """The host's view of `sandboxes.guest.child.Ended`: how one case ended.

    `reason` may also be: died; given up, as it had died too often.
    """

    reason: str
    exit_code: int | None = None
    signal: int | None = None
    stdout: str = ""
    stderr: str = ""
    result: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @classmethod
    def of(cls, reply: Message) -> Ended:
        """GuestGone when the reply is not made like one."""
        if not all(isinstance(reply.get(name), kind) for name, kind in _KINDS.items()):
            raise GuestGone("a reply that is not made like one")
        return cls(**{name: reply[name] for name in _KINDS})  # type: ignore[arg-type]

    def failure(self, limits: Limits) -> tuple[Status, str] | None:
        """The status and explanation when it did not end well; None for exit code 0."""
        if self.reason == "exit" and self.exit_code == 0:
            return None
        if self.reason == "exit" and self.stderr.rstrip().rpartition("\n")[2].startswith("MemoryError"):
            return Status.MEMORY_LIMIT, out_of_memory(limits)
        if (hit := _limit_hit(self.reason, limits)) is not None:
            return hit
        return Status.RUNTIME_ERROR, self._error()

    def _error(self) -> str:
        if self.reason == "died":
            return "the program ended the process that runs it"
        if self.reason == "given up":
            return f"not run: the program had ended the process that runs it {MAX_LOST} times"
        killed = self.signal in signal.valid_signals() and f"killed by {signal.strsignal(self.signal)}"
        if self.signal == signal.SIGKILL:
            killed = "killed: by itself, or by the kernel because there was no memory left"
        ending = killed or f"exit code {self.exit_code}"
        told = self.stderr.strip()
        explained = told and self.exit_code == 1  # as after a traceback
        return told if explained else f"{told}\n{ending}".strip()


def _limit_hit(reason: str, limits: Limits) -> tuple[Status, str] | None:
    """The status and the words for a limit that ended a program."""
    return {
        "cpu": (Status.TIME_LIMIT, f"used more than {limits.cpu_s:g} s of CPU time"),
        "wall": (Status.TIME_LIMIT, f"ran for more than {limits.wall_s:g} s"),
        "memory": (Status.MEMORY_LIMIT, out_of_memory(limits)),
        "output": (Status.OUTPUT_LIMIT, f"wrote more than {limits.stdout_bytes} bytes to standard output"),
        "errors": (Status.OUTPUT_LIMIT, f"wrote more than {FLOOD_BYTES} bytes to standard error"),
        "result": (Status.OUTPUT_LIMIT, f"returned a value of more than {RESULT_BYTES} bytes"),
        "stopped": (Status.RUNTIME_ERROR, "it stopped the process that watches it"),
        "scratch": (Status.RUNTIME_ERROR, "No space left on device: it wrote more files than it may"),
        "processes": (Status.RUNTIME_ERROR, f"had more than {limits.processes} processes and threads"),
    }.get(reason)


class Candidate:
    """The program under test in a sandbox of its own, for use with `closing`. One that it has spoilt is replaced."""

    def __init__(self, sandbox: Sandbox, program: Program, limits: Limits, entry: str = "") -> None:
        if refused := refusal(program.language, entry, program.preamble):
            raise ValueError(refused)
        self._sandbox, self._limits, self._language = sandbox, limits, program.language
        memory, processes = room(program.language, limits.memory_bytes, limits.processes)
        self._room = replace(limits, memory_bytes=memory, processes=processes)
        self._task: Message = {
            "language": program.language,
            "source": program.source,
            "preamble": program.preamble,
            "entry": entry,
            "limits": asdict(limits),
        }
        self._lost = 0  # sandboxes that the program has ended
        self._guest: Guest | None = sandbox.start("runner", self._room)

    def compile_error(self) -> str | None:
        """The compiler's message, None when it has none. To be asked once, before the first `run` or `call`."""
        with CORES.one():
            return self._compiled()

    def _compiled(self) -> str | None:
        if self._guest is None:
            self._guest = self._sandbox.start("runner", self._room)
        try:
            self._guest.send(self._task)
            reply = self._guest.receive(max(self._limits.wall_s, BUILD_WALL_S) + GRACE_S)
        except (GuestGone, TimeoutError):
            return f"the {LANGUAGES[self._language].label} compiler gave up on this program"
        if "missing" in reply:
            raise lacking(self._sandbox, self._language, str(reply["missing"]))
        error = reply.get("compile_error")
        return None if error is None else str(error)

    def run(self, stdin: str) -> Ended:
        """The program as a process of its own, with `stdin` on its standard input."""
        return self._ask({"do": "run", "stdin": stdin})

    def call(self, arguments: Json, keywords: Json) -> Ended:
        """Its function, with encoded arguments; `result` holds what `guest.call` wrote."""
        return self._ask({"do": "call", "arguments": arguments, "keywords": keywords})

    def _ask(self, request: Message) -> Ended:
        """A program that was too slow is asked again while no other one runs, and that counts."""
        with CORES.one():
            ended = self._asked(request)
        if ended.reason not in ("cpu", "wall"):
            return ended
        with CORES.alone():
            return self._asked(request)

    def _asked(self, request: Message) -> Ended:
        if self._lost == MAX_LOST:
            return Ended("given up")
        started = time.perf_counter()
        if self._guest is None and self._compiled() is not None:
            return Ended("died")  # it ended its sandbox before, and compiles at some times of day only
        assert self._guest is not None
        try:
            self._guest.send(request)
            reply = self._guest.receive(self._limits.wall_s + GRACE_S)
            ended = Ended.of(reply)
        except TimeoutError:
            self.close()
            return Ended("wall", wall_s=time.perf_counter() - started)
        except GuestGone:
            self.close()
            self._lost += 1
            return Ended("died", wall_s=time.perf_counter() - started)
        if reply.get("clean") is not True:
            self.close()
        return ended

    def close(self) -> None:
        if self._guest is not None:
            self._guest.close()
        self._guest = None
