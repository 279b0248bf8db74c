"""What the host and process 1 of a container say to each other: frames of `guest.server` within those of Docker.

No wait is endless, and whatever fails here is an outage and never a verdict: a program can end its guest, but neither
process 1 nor the way to it.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time

from sandboxes.errors import SandboxOutage
from sandboxes.guest.server import BEAT, BEAT_S, HEAD, PIECE

LOST_S = 10 * BEAT_S  # process 1 that is silent for so long is lost; a busy machine may delay it for seconds
MAX_WORDS = 2000
_DOCKERS_HEAD = struct.Struct(">BxxxI")
_STDERR = 2
_READ = 256 << 10


class Stream:
    """The attached streams of one container. Not for several threads at once."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._raw, self._said = bytearray(), bytearray()  # what came from Docker; of it, what process 1 says
        self._words = bytearray()  # of its standard error
        self._heard = time.monotonic()

    @property
    def silent(self) -> bool:
        """Whether nothing has come, its end included. An idle container that says something is no good."""
        return not (self._raw or self._said or self._poll.poll(0))

    @property
    def words(self) -> str:
        """What it wrote to standard error: the complaints of an image that does not work."""
        return self._words.decode(errors="replace").strip()

    def write(self, data: bytes, timeout_s: float) -> None:
        """TimeoutError when process 1 lives and does not take it."""
        self._heard = time.monotonic()
        self._channel.settimeout(timeout_s)
        try:
            self._channel.sendall(data)
        except TimeoutError:
            self._require_life()
            raise
        except OSError as error:
            raise self._lost(str(error)) from error

    def send(self, kind: int, content: bytes, timeout_s: float) -> None:
        for start in range(0, max(1, len(content)), PIECE):
            piece = content[start : start + PIECE]
            self.write(HEAD.pack(kind, len(piece)) + piece, timeout_s)

    def receive(self, deadline: float) -> tuple[int, bytes]:
        """The next frame that is no BEAT. TimeoutError when process 1 lives and none came until `deadline`."""
        while True:
            while (frame := self._frame()) is None:
                self._read(deadline)
            if frame[0] != BEAT:
                return frame

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self._said) < HEAD.size:
            return None
        kind, size = HEAD.unpack_from(self._said)
        end = HEAD.size + size
        if len(self._said) < end:
            return None
        content = bytes(self._said[HEAD.size : end])
        del self._said[:end]
        return kind, content

    def _require_life(self) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                self._read(0)

    def _read(self, deadline: float) -> None:
        """Wait for something, until the deadline when process 1 was heard just before it."""
        now = time.monotonic()
        if now >= deadline and now < self._heard + 2 * BEAT_S:
            raise TimeoutError
        lost = self._heard + LOST_S
        until = deadline if now < deadline < lost else lost
        if self._poll.poll(1000 * max(0, until - now)):
            self._take()
        elif until == lost:
            raise self._lost(f"it was silent for {LOST_S:g} s")

    def _take(self) -> None:
        self._channel.settimeout(LOST_S)
        try:
            piece = self._channel.recv(_READ)
        except OSError as error:
            raise self._lost(str(error)) from error
        if not piece:
            raise self._lost("it ended")
        self._heard = time.monotonic()
        self._raw += piece
        self._unwrap()

    def _unwrap(self) -> None:
        while len(self._raw) >= _DOCKERS_HEAD.size:
            origin, size = _DOCKERS_HEAD.unpack_from(self._raw)
            end = _DOCKERS_HEAD.size + size
            if len(self._raw) < end:
                return
            content = self._raw[_DOCKERS_HEAD.size : end]
            if origin == _STDERR:
                self._words += content[: MAX_WORDS - len(self._words)]
            else:
                self._said += content
            del self._raw[:end]

    def _lost(self, reason: str) -> SandboxOutage:
        return SandboxOutage(f"the container was lost: {self.words or reason}")

    def hang_up(self, timeout_s: float) -> bool:
        """Process 1 ends when it reads the end of its input, and everything inside with it. False when it does not."""
        deadline = time.monotonic() + timeout_s
        try:
            self._channel.shutdown(socket.SHUT_WR)
            self._channel.settimeout(timeout_s)
            while self._channel.recv(_READ):
                self._channel.settimeout(max(0.001, deadline - time.monotonic()))
        except OSError:
            return False
        finally:
            self._channel.close()
        return True
