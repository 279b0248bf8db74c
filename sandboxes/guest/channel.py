"""Inside a sandbox: the way to the host. Frames over what were standard input and output."""

from __future__ import annotations

import fcntl
import os

from sandboxes.wire import HEADER, Message, frame, unframe

_SAFE = 100  # descriptors from here on: above the numbers that a child's own pipes are moved to


class Channel:
    """Takes descriptors 0 and 1 for itself, so that nothing started later can write to the host by accident."""

    def __init__(self) -> None:
        self._incoming = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, _SAFE)
        self._outgoing = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, _SAFE)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.close(nothing)

    def send(self, message: Message) -> None:
        data = memoryview(frame(message))
        while data:
            data = data[os.write(self._outgoing, data) :]

    def receive(self) -> Message | None:
        """The next message; None when the host has hung up."""
        header = self._read(HEADER.size)
        return unframe(self._read(HEADER.unpack(header)[0])) if header else None

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._incoming, min(size - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)
