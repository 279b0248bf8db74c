"""A program under test in a sandbox of its own, how its cases end there, and the rule for slow ones.

Not promised: that what a guest reports is true. It can only lower a verdict, for a pass also needs the right output.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from types import UnionType

from sandboxes.guest.child import FLOOD_BYTES, RESULT_BYTES
from sandboxes.guest.languages import BUILD_WALL_S, LANGUAGES, refusal, room
from sandboxes.sandbox import Guest, GuestGone, Sandbox
from sandboxes.types import Limits, Program, Status
from sandboxes.verifiers.cores import CORES
from sandboxes.verifiers.lacking import lacking
from sandboxes.wire import Json, Message

GRACE_S = 10.0  # for the runner to enforce its own limit and clean up, on a busy machine
MAX_LOST = 3  # after so many of its runners, each of which costs a fresh sandbox, a program is not run any more
TOO_SLOW = ("cpu", "wall")

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


def out_of_memory(limits: Limits) -> str:
    return f"needed more than {limits.memory_bytes >> 20} MiB of memory"


def honestly_timed(ask: Callable[[], Ended]) -> Ended:
    """How it ended. What was too slow is asked again while no other program runs, and that counts."""
    with CORES.one():
        ended = ask()
    if ended.reason not in TOO_SLOW:
        return ended
    with CORES.alone():
        return ask()


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
        return honestly_timed(lambda: self._asked(request))

    def _asked(self, request: Message) -> Ended:
        if self._lost == MAX_LOST:
            return Ended("given up")
        started = time.perf_counter()
        if self._guest is None and self._compiled() is not None:
            return Ended("died")  # it ended its sandbox before, and compiles at some times only
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
        if reply.get("clean") is not True or ended.reason in TOO_SLOW:  # another try shall learn nothing from this one
            self.close()
        return ended

    def close(self) -> None:
        if self._guest is not None:
            self._guest.close()
        self._guest = None
