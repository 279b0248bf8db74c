"""A guest that is a process on this machine, reached over a socket, and what such guests need of the machine.

A socket and not a pipe: a program inside that opens it by a path in /proc gets ENXIO instead of the way to the host.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from sandboxes.errors import SandboxOutage
from sandboxes.sandbox import GuestGone
from sandboxes.wire import ENDED, HEADER, MAX_FRAME, Message, WireError, frame, unframe

PYTHON = "/usr/bin/python3"  # runs the guests
READY_S = 30.0  # a start takes 30 ms; a machine under heavy load takes seconds
SEND_S = 30.0


def lacking(sandbox: str) -> Iterator[tuple[str, str]]:
    """What the machine has not, and the remedy for each."""
    if sys.platform != "linux":
        yield f"{sandbox} needs Linux, this is {sys.platform}", "use a Linux machine"
    if not os.access(PYTHON, os.X_OK):
        yield f"no interpreter for the programs: {PYTHON} is missing", "apt-get install python3"


class Channel(Protocol):
    """What is used of a socket."""

    def settimeout(self, value: float | None, /) -> None: ...
    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class ProcessGuest:
    """See `sandboxes.sandbox.Guest`.

    `end` kills the whole tree, waits until it is gone and returns what whoever started it complained about, which is
    told when the guest never became ready. It is called once.
    """

    def __init__(self, channel: Channel, end: Callable[[], str]) -> None:
        self._channel = channel
        self._end = end
        self._ready = False  # True once a program may run
        self._closed = False
        self._last_words = ""  # what the launcher complained about

    def send(self, message: Message) -> None:
        self._require_open()
        self._channel.settimeout(SEND_S)
        try:
            self._channel.sendall(frame(message))
        except TimeoutError as error:
            if self._ready:
                raise
            raise self._lost("it does not read") from error
        except OSError as error:
            raise self._farewell() from error

    def receive(self, timeout_s: float) -> Message:
        self._require_open()
        if not self._ready:
            self._await_readiness()
        return self._receive(timeout_s)

    def _require_open(self) -> None:
        """A container that was given back may be the next guest's by now."""
        if self._closed:
            raise self._vanished()

    def _await_readiness(self) -> None:
        try:
            message = self._receive(READY_S)
        except TimeoutError as error:
            raise self._lost(f"not ready within {READY_S:g} s") from error
        if message != {"ready": True}:
            raise self._lost("its first message was not that it is ready")
        self._ready = True

    def _receive(self, timeout_s: float) -> Message:
        deadline = time.monotonic() + timeout_s
        (length,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > MAX_FRAME:
            raise self._lost(f"a message of {length} bytes")
        try:
            message = unframe(self._read(length, deadline))
        except WireError as error:
            raise self._lost(str(error)) from error
        if message == ENDED:
            raise self._lost("it ended")
        return message

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            left_s = deadline - time.monotonic()
            if left_s <= 0:  # for the whole message, so that a guest which sends byte by byte gains nothing
                raise TimeoutError
            self._channel.settimeout(left_s)
            try:
                piece = self._channel.recv(min(size - len(data), 1 << 20))
            except TimeoutError:
                raise
            except OSError as error:
                raise self._vanished() from error
            if not piece:  # the kernel may have ended the guest in the middle of a message
                raise self._lost("it ended") if data.endswith(frame(ENDED)) else self._vanished()
            data += piece
        return bytes(data)

    def _farewell(self) -> Exception:
        """How a guest ended that reads no more: that lies behind what it has sent before."""
        try:
            while True:
                self._receive(READY_S)
        except (GuestGone, SandboxOutage) as ending:
            return ending
        except TimeoutError:
            return self._vanished()

    def _lost(self, reason: str) -> Exception:
        """The exception for a guest that is no longer there. Closes it."""
        self.close()
        if self._ready:
            return GuestGone(reason)
        return SandboxOutage(f"the sandbox did not start: {self._last_words or reason}")

    def _vanished(self) -> SandboxOutage:
        """No farewell: somebody has killed the sandbox itself, which nothing inside can."""
        self.close()
        return SandboxOutage(f"the sandbox {'died' if self._ready else 'did not start'}{self._told()}")

    def _told(self) -> str:
        return f": {self._last_words}" if self._last_words else ""

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._channel.close()
        self._last_words = self._end()
