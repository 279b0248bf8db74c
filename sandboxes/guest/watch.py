"""Inside a sandbox: feed a running child, take what it writes, and say when it ended or which limit it hit."""

from __future__ import annotations

import os
import select
import signal
import time

from sandboxes.guest.children import Children

_TICK_S = 0.05


class Stream:
    """What came out of one pipe: at most `keep` bytes of it, head and tail, and whether it was more than `limit`."""

    def __init__(self, descriptor: int, keep: int, limit: int) -> None:
        self.descriptor = descriptor
        self._total, self._half, self._limit = 0, keep // 2, limit
        self._head, self._tail = bytearray(), bytearray()
        os.set_blocking(descriptor, False)

    def read(self) -> bool:
        """Take what is there; False at the end."""
        try:
            piece = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            return True
        self._total += len(piece)
        room = max(0, self._half - len(self._head))
        self._head += piece[:room]
        self._tail += piece[room:]
        if len(self._tail) > 2 * self._half + (1 << 16):
            del self._tail[: -self._half]
        return bool(piece)

    def drain(self) -> None:
        """Take what is left, without waiting for more, and close."""
        before = -1
        while not self.overflowed and self._total > before:
            before = self._total
            self.read()
        os.close(self.descriptor)

    @property
    def overflowed(self) -> bool:
        return self._total > self._limit

    def content(self) -> bytes:
        left_out = self._total - 2 * self._half
        if left_out <= 0:
            return bytes(self._head + self._tail)
        return bytes(self._head + b"\n... %d bytes left out ...\n" % left_out + self._tail[-self._half :])


class Stops:
    """Notices that this process was stopped and went on: by the program, which nobody watched meanwhile."""

    def __init__(self) -> None:
        self.noticed = False
        signal.signal(signal.SIGCONT, self._note)

    def _note(self, *_: object) -> None:
        self.noticed = True


class Watch:
    """One running child and what it starts. `bell` is that of `children`, `feed` leads to its standard input."""

    def __init__(
        self, children: Children, bell: int, feed: int, stdin: bytes, streams: list[Stream], wall_s: float
    ) -> None:
        self._children, self._bell = children, bell
        self._readers = {stream.descriptor: stream for stream in streams}
        self._feed, self._rest = feed, memoryview(stdin)
        self._next_look = time.monotonic() + _TICK_S
        self._deadline = time.monotonic() + wall_s
        os.set_blocking(feed, False)
        self._poll = select.poll()
        self._poll.register(feed, select.POLLOUT)
        for descriptor in (self._bell, *self._readers):
            self._poll.register(descriptor, select.POLLIN)

    def wait(self) -> str:
        """`exit` when the child ended, or the limit that was hit: output, wall, one of `Children.excess`.

        Its end and not the end of its output is what counts: a daemon may hold the pipes open.
        """
        reason = ""
        while not reason:
            for descriptor, _ in self._poll.poll(1000 * _TICK_S):
                self._serve(descriptor)
            self._children.bury()
            reason = self._limit_hit(time.monotonic()) if self._children.status is None else "exit"
        if self._feed >= 0:
            os.close(self._feed)
        return reason

    def _serve(self, descriptor: int) -> None:
        if descriptor == self._feed:
            self._write()
        elif descriptor == self._bell:
            os.read(self._bell, 1 << 16)
        elif not self._readers[descriptor].read():
            self._poll.unregister(descriptor)

    def _write(self) -> None:
        try:
            self._rest = self._rest[os.write(self._feed, self._rest) :]
        except BlockingIOError:
            return
        except BrokenPipeError:  # it has stopped reading
            self._rest = self._rest[:0]
        if not self._rest:
            self._poll.unregister(self._feed)
            os.close(self._feed)
            self._feed = -1

    def _limit_hit(self, now: float) -> str:
        if any(stream.overflowed for stream in self._readers.values()):
            return "output"
        if now > self._deadline:
            return "wall"
        if now < self._next_look:
            return ""
        self._next_look = now + _TICK_S
        return self._children.excess()
