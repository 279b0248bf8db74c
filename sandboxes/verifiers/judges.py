"""Programs of the problem itself: validators, in a sandbox where the attempt's program is not, and commands, beside it.

What such a program says is the verdict, so it has to be sound; a validator is out of the attempt's reach.
"""

from __future__ import annotations

from dataclasses import asdict

from sandboxes.errors import SandboxOutage
from sandboxes.sandbox import Guest, GuestGone, Sandbox
from sandboxes.types import Checks, Limits
from sandboxes.verifiers.base import clip
from sandboxes.verifiers.candidate import GRACE_S, Ended, honestly_timed
from sandboxes.wire import MAX_FRAME, Message

MAX_TOLD = 300  # characters of what a failed one complained of
MAX_FILES = MAX_FRAME // 2  # characters of base64, which leaves room for what goes with them
JUDGE_LIMITS = Limits(cpu_s=60, wall_s=180, memory_bytes=2 << 30, processes=64)  # Kattis gives a validator 60 s, 2 GiB
EMPTY = ""  # a program or an output that every judge can judge: who fails on this one too is broken


class NoJudgement(Exception):
    """A command or a validator said nothing of what it was given: why."""


class Judge:
    """One guest that runs the problem's program, for use with `closing`. One that failed is replaced."""

    def __init__(
        self, sandbox: Sandbox, module: str, checks: Checks, limits: Limits, *, with_program: bool = False
    ) -> None:
        """`with_program`: the attempt's program is in there too, so it may be what ended the guest."""
        self._sandbox, self._module, self._limits, self._with_program = sandbox, module, limits, with_program
        self._task: Message = {
            "files": [asdict(file) for file in checks.files],
            "command": list(checks.command),
            "module": checks.module,
            "limits": asdict(limits),
        }
        self._guest: Guest | None = None

    def start(self) -> None:
        if self._guest is None:
            self._guest = self._sandbox.start(self._module, self._limits)
            self._guest.send(self._task)

    def ask(self, *parts: Message) -> Ended:
        """How the problem's program ended when it was given these. SandboxOutage: it could not be found out.

        One that was too slow is asked again while nothing else runs, and that counts.
        """
        return honestly_timed(lambda: self._asked(parts))

    def _asked(self, parts: tuple[Message, ...]) -> Ended:
        self.start()
        assert self._guest is not None
        try:
            for part in parts:
                self._guest.send(part)
            reply = self._guest.receive(self._limits.wall_s + GRACE_S)
            ended = Ended.of(reply)
        except (GuestGone, TimeoutError) as error:
            self.close()
            if not self._with_program:
                raise SandboxOutage(f"the sandbox of the {self._module} failed: {error or 'no reply'}") from error
            return Ended("wall" if isinstance(error, TimeoutError) else "died")
        if reply.get("clean") is not True:
            self.close()
        return ended

    def close(self) -> None:
        if self._guest is not None:
            self._guest.close()
        self._guest = None


def told_in_a_line(ending: str, stderr: str) -> str:
    """How it ended, and the last line of what it complained of: `exit code 1, ValueError: ...`."""
    lines = [text.strip().rpartition("\n")[2] for text in (ending, stderr)]
    return clip(", ".join(dict.fromkeys(line for line in lines if line)))[:MAX_TOLD]


def require_files(checks: Checks, *needed: str) -> None:
    """ValueError when one that is needed is not among the files, or they are too many for a sandbox."""
    for path in needed:
        if path not in {file.path for file in checks.files}:
            raise ValueError(f"the checks have no file {path!r}: add it to `files`")
    if sum(len(file.data) for file in checks.files) > MAX_FILES:
        raise ValueError(f"the files that judge have more than {MAX_FILES * 3 // 4 >> 20} MiB: leave some out")
