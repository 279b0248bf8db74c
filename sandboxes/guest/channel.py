"""Inside a sandbox: the way to the host. Frames over one descriptor, which the sandbox names."""

from __future__ import annotations

import fcntl
import os

from sandboxes.wire import HEADER, Message, frame, unframe

_SAFE = 100  # descriptors from here on: above the numbers that a child's own pipes are moved to


class Channel:
    """Moves the descriptor out of the way of a child's own, and closes it for whatever is started later."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _SAFE)
        os.close(descriptor)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.close(nothing)

    def send(self, message: Message) -> None:
        data = memoryview(frame(message))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def receive(self) -> Message | None:
        """The next message; None when the host has hung up."""
        header = self._read(HEADER.size)
        return unframe(self._read(HEADER.unpack(header)[0])) if header else None

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._descriptor, min(size - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)
