"""Between the sandbox that runs tests and the sandbox of the program: forwards every call, and keeps the time.

Tests and program never meet. What the tests take for themselves has one limit for all of it, the wall clock of a case
and some grace: a returned value may make every one of their steps slow. So may it make one of them call for ever: the
calls of one test together have ten times the wall clock of one.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Self

from sandboxes.errors import ChecksBroken, SandboxOutage
from sandboxes.sandbox import Guest, GuestGone, Sandbox
from sandboxes.types import Limits, Program, Status
from sandboxes.verifiers.base import MAX_SLOW, in_one_line
from sandboxes.verifiers.calls import Called, call
from sandboxes.verifiers.candidate import GRACE_S, Candidate
from sandboxes.wire import Message, encode

CALLS = 10  # times the wall clock of one call, for all of one test
TESTS_BYTES = 512 << 20  # of memory, at least: a program that may have little does not have to run pytest


class Uncompiled(Exception):
    """The program does not compile. The message is the compiler's."""


class Relay:
    """A guest that runs tests, and the program that it calls. A context manager."""

    def __init__(self, sandbox: Sandbox, program: Program, limits: Limits, module: str, task: Message) -> None:
        self._sandbox, self._program, self._limits = sandbox, program, limits
        self._candidates: dict[str, Candidate] = {}  # by the name of the function
        memory = max(limits.memory_bytes, TESTS_BYTES)
        self._tests: Guest = sandbox.start(module, replace(limits, memory_bytes=memory))
        self._slow: list[str] = []  # what each call that was too slow is told
        self._hit: Message | None = None  # a limit that the program has hit since the tests last told something
        self._tests_s = 0.0  # that the tests took since the program was first asked, its calls apart
        self.asked = False  # the program was called
        self.cpu_s = self.wall_s = 0.0  # of the calls since `take_costs`
        try:
            self._tests.send({**task, "memory_bytes": memory})
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._tests.close()
        for candidate in self._candidates.values():
            candidate.close()

    def candidate(self, name: str) -> Candidate:
        """The program, in a sandbox where `name` can be called. Uncompiled: it cannot be."""
        if name not in self._candidates:
            candidate = self._candidates[name] = Candidate(self._sandbox, self._program, self._limits, name)
            if (error := candidate.compile_error()) is not None:
                raise Uncompiled(error)
        return self._candidates[name]

    def next(self) -> Message:
        """The next message of the tests that is no call. `done` tells how they ended, None: at their end.

        SandboxOutage: their sandbox failed. ChecksBroken: the tests fail, whatever the program does. Uncompiled.
        """
        try:
            message = self._with_limit(self._next())
        except (TimeoutError, GuestGone) as error:
            late = isinstance(error, TimeoutError)
            if not self.asked:
                told = "no program was called in time" if late else error
                raise SandboxOutage(
                    f"the sandbox of the tests failed ({told}); mend the tests if they end their own process or hang"
                ) from error
            # Nothing of the program runs there, but what it returned may be too much for them.
            if late:
                return _done(Status.TIME_LIMIT, "the tests of the returned values took too long")
            return _done(Status.RUNTIME_ERROR, "what it returned ended the tests")
        if "broken" in message:
            raise ChecksBroken(
                "the problem's own test code fails, whatever the program does "
                f"({in_one_line(str(message['broken']))}); mend its tests or its preamble"
            )
        return message

    def take_costs(self) -> tuple[float, float]:
        """Seconds of processor and clock of the calls since the last time."""
        costs = self.cpu_s, self.wall_s
        self.cpu_s = self.wall_s = 0.0
        return costs

    def _next(self) -> Message:
        while "call" in (message := self._receive()):
            if (told := self._too_long()) is not None:
                return _done(Status.TIME_LIMIT, told)
            self._answer(message)
        return message

    def _with_limit(self, message: Message) -> Message:
        """The tests may have caught what a call raises that hits a limit: it does not pass."""
        limit, self._hit = self._hit, None
        if limit is None or message.get("status", "pass") != "pass" or message.get("done") or "broken" in message:
            return message
        return {**message, **limit} if "status" in message else {"done": limit}

    def _too_long(self) -> str | None:
        if len(self._slow) >= MAX_SLOW:
            return self._slow[0]
        most = CALLS * self._limits.wall_s
        return f"its calls in one test took more than {most:g} s together" if self.wall_s > most else None

    def _receive(self) -> Message:
        started = time.monotonic()
        message = self._tests.receive(self._limits.wall_s + GRACE_S - self._tests_s)
        if self.asked:  # before that the sandbox was starting, and no value of the program was there
            self._tests_s += time.monotonic() - started
        return message

    def _answer(self, message: Message) -> None:
        candidate = self.candidate(str(message["name"]))
        self.asked = True
        called = call(candidate, self._limits, message["call"], message["keywords"])
        self._slow += [called.error] if called.status is Status.TIME_LIMIT else []
        self.cpu_s += called.cpu_s
        self.wall_s += called.wall_s
        reply = _reply(called)
        if "limit" in reply:
            self._hit = {"status": reply["limit"], "error": reply["text"]}
        self._tests.send(reply)


def _done(status: Status, error: str) -> Message:
    """How the tests ended, as their guest would tell it."""
    return {"done": {"status": status.value, "error": error}}


def _reply(called: Called) -> Message:
    """What the stand-in for the program is told."""
    if called.status is Status.PASS:
        return {"value": encode(called.value)}
    if called.status is Status.RUNTIME_ERROR:
        kind, builtin = called.kind or "RuntimeError", called.builtin or "RuntimeError"
        told = {"message": called.message, "text": called.error, "parents": called.parents}
        return {"error": kind, "builtin": builtin, **told}
    return {"limit": called.status.value, "text": called.error}
