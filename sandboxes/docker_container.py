"""One container that serves guests, one at a time, and the way to the guest that is in it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from sandboxes.docker_stream import LOST_S, Stream
from sandboxes.errors import SandboxOutage
from sandboxes.guest.server import DATA, END, ENDED_WELL, IDLE, START
from sandboxes.process import READY_S
from sandboxes.seccomp import filter_programs
from sandboxes.wire import ENDED, frame

END_S = 5.0  # to end a guest takes 2 ms, and up to 5 s when something of it hardly ends
HANG_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a container is made for; guests with other limits need another one."""

    memory_bytes: int
    scratch_bytes: int
    processes: int


class FirstProcess:
    """Process 1 of a container, where this machine is the daemon's and we may end it: the daemon may be dead."""

    def __init__(self, pid: int, container_id: str) -> None:
        self._descriptor = -1
        try:
            descriptor = os.pidfd_open(pid)
            if container_id in Path(f"/proc/{pid}/cgroup").read_text():  # else the number is one of another machine
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        except OSError:
            return

    def end(self, timeout_s: float) -> bool:
        """Kill it, and with it everything inside. False when that is not ours to do."""
        if self._descriptor < 0:
            return False
        gone = select.poll()
        gone.register(self._descriptor, select.POLLIN)
        try:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            return bool(gone.poll(1000 * timeout_s))
        except PermissionError:
            return False
        finally:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True, slots=True)
class Container:
    """A running one. `first` is its process 1, `stream` the way to that."""

    name: str
    shape: Shape
    stream: Stream
    first: FirstProcess

    def load(self, sources: bytes) -> None:
        """Wait until process 1 has what it needs and says that no guest is there."""
        try:
            self.stream.write(len(sources).to_bytes(4, "big") + sources, LOST_S)
            kind, content = self.stream.receive(time.monotonic() + READY_S)
        except TimeoutError as error:
            raise SandboxOutage(f"the container is not ready within {READY_S:g} s") from error
        if (kind, content) != (IDLE, ENDED_WELL):
            raise SandboxOutage("the container says something else than that it is ready")

    def end(self) -> bool:
        """End everything inside, upon which the daemon removes it. False when only the daemon can do so."""
        killed = self.first.end(HANG_UP_S)
        return self.stream.hang_up(HANG_UP_S) or killed


class GuestChannel:
    """The way to the guest in a container, used like a socket. It ends (`recv` is empty) when the guest does."""

    def __init__(self, stream: Stream, module: str) -> None:
        self._stream = stream
        self._timeout_s = LOST_S
        self._data = bytearray()
        self._farewell: bytes | None = None  # what process 1 said of its end
        self._trusted = True
        try:
            stream.send(START, module.encode() + b"\n" + filter_programs(), LOST_S)
        except TimeoutError as error:
            raise SandboxOutage("the container does not take a new guest") from error

    def settimeout(self, value: float | None, /) -> None:
        self._timeout_s = LOST_S if value is None else value

    def sendall(self, data: bytes, /) -> None:
        try:
            self._stream.send(DATA, data, self._timeout_s)
        except (TimeoutError, SandboxOutage):
            self._trusted = False
            raise

    def recv(self, size: int, /) -> bytes:
        deadline = time.monotonic() + self._timeout_s
        try:
            while not self._data and self._farewell is None:
                self._hear(deadline)
        except (TimeoutError, SandboxOutage):
            self._trusted = False
            raise
        piece = bytes(self._data[:size])
        del self._data[:size]
        return piece

    def _hear(self, deadline: float) -> None:
        kind, content = self._stream.receive(deadline)
        if kind == IDLE:
            self._farewell = content
            self._data += frame(ENDED)
        else:
            self._data += content

    def close(self) -> None:
        self._data.clear()

    def end(self) -> bool:
        """End the guest. Whether the container is as good as new: nothing odd has happened in it."""
        if not self._trusted:
            return False
        try:
            if self._farewell is None:
                self._stream.send(END, b"", END_S)
            while self._farewell is None:
                self._hear(time.monotonic() + 2 * END_S)
        except (TimeoutError, SandboxOutage):
            return False
        return self._farewell == ENDED_WELL
