"""Process 1 of a container: starts one guest after another, carries what they and the host say, cleans up after each.

Frames in both directions: a kind, a length, bytes. The host says START (a module of sandboxes.guest and, on a second
line, what `sandboxes.seccomp.filter_programs` makes), DATA and END.
This process says DATA, BEAT once a second while a guest is silent, so that the host can tell it from a dead container,
and IDLE when no guest is there: at the beginning and after each. When the host hangs up, this process ends, and the
kernel ends everything inside.

Nothing of a program runs here. It is not dumpable, takes no signal, and keeps what it carries in two buffers that are
emptied before each fork: no guest finds another one's messages in its memory.
Not promised: that it survives a program that exhausts the container. For the host that is an outage.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import socket
import struct

from sandboxes.guest.leftovers import clean_up, kill_everything
from sandboxes.guest.namespaces import apply_filter, set_dumpable
from sandboxes.guest.runner import WARM

HEAD = struct.Struct(">BI")
START, DATA, END, IDLE, BEAT = 1, 2, 3, 4, 5
PIECE = 64 << 10  # most bytes of one frame
BEAT_S = 1.0
ENDED_WELL = b"ended well"  # any other content of IDLE is the reason why no guest may come here any more
_FROM_HOST, _TO_HOST = 0, 1
_KILLED_FIRST = "1000"  # what the kernel ends when the memory of the container runs out: a guest, never process 1


def serve() -> tuple[str, int]:
    """Serve the host until it hangs up. Returns in a guest only: its module and its way to the host."""
    _become_init()
    host, children, inherited = _Host(), _Children(), _inherited()
    host.tell(IDLE, ENDED_WELL)
    while True:
        module, filters = host.next_start().split("\n")
        importlib.import_module(f"sandboxes.guest.{module}")  # here, so that it is compiled once for all guests
        ours, theirs = socket.socketpair()
        host.forget()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _become_guest(filters)
            return module, theirs.detach()
        theirs.close()
        with ours:
            asked = _carry(host, ours)
        complaint = children.end(pid, asked)
        if _inherited() != inherited:
            complaint = b"it changed the limits of process 1"
        host.tell(IDLE, complaint or ENDED_WELL)
        for name in sorted(WARM):  # after the first guest, so that one alone need not wait for it
            importlib.import_module(name)


def _become_init() -> None:
    """As process 1 it is immune to every signal that has no handler, and Python sets one for SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    set_dumpable(False)
    os.set_blocking(_TO_HOST, False)


def _become_guest(filters: str) -> None:
    """Like a process in which Python has just been started."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    set_dumpable(True)  # or this file would belong to root
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(_KILLED_FIRST)
    set_dumpable(False)
    apply_filter(bytes.fromhex(json.loads(filters)[os.uname().machine]))


def _inherited() -> tuple[object, ...]:
    """What guests inherit of this process, and a program of the same user might change."""
    limits = [resource.getrlimit(kind) for kind in range(16)]
    schedule = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority, os.getpriority(os.PRIO_PROCESS, 0)
    return limits, schedule, os.sched_getaffinity(0)


class _Children:
    """Every process inside is a child of this one, or becomes one when its parent ends."""

    def __init__(self) -> None:
        self._ended: dict[int, int] = {}
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())

    def _reap(self) -> None:
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._ended[ended[0]] = ended[1]
        except ChildProcessError:
            return

    def end(self, guest: int, asked: bool) -> bytes:
        """Leave nothing of the guest, nor of what it started. Returns what is wrong."""
        kill_everything()
        clean = clean_up()
        status = self._ended.pop(guest, 0)
        self._ended.clear()
        if not clean:
            return b"something of it could not be removed"
        return b"" if asked or not status else b"it was killed"


class _Host:
    def __init__(self) -> None:
        self._inbound, self._outbound = bytearray(PIECE), bytearray(PIECE)

    def forget(self) -> None:
        self._inbound[:] = self._outbound[:] = bytes(PIECE)

    def next_start(self) -> str:
        """What the host wants started. What it had still to say to the guest before is passed over."""
        while True:
            kind, content = self.listen()
            if kind == START:
                return bytes(content).decode()

    def listen(self) -> tuple[int, memoryview]:
        """The next frame. Its content is overwritten by the one after it."""
        kind, size = HEAD.unpack(_fill(memoryview(bytearray(HEAD.size))))
        return kind, _fill(memoryview(self._inbound)[:size])

    def tell(self, kind: int, content: bytes | memoryview = b"") -> None:
        for part in (HEAD.pack(kind, len(content)), content):
            rest = memoryview(part)
            while rest:
                _await_room()
                rest = rest[os.write(_TO_HOST, rest) :]

    def pass_on(self, guest: socket.socket) -> bool:
        """One piece of what the guest says; False when it has ended."""
        try:
            size = guest.recv_into(self._outbound)
        except OSError:  # it ended without having read everything
            size = 0
        if size:
            self.tell(DATA, memoryview(self._outbound)[:size])
        return size > 0


def _carry(host: _Host, guest: socket.socket) -> bool:
    """Until the guest ends by itself (False) or the host wants it to (True). Never waits for one of them alone."""
    waiting = memoryview(b"")
    poll = select.poll()
    while True:
        poll.register(_FROM_HOST, 0 if waiting else select.POLLIN)
        poll.register(guest, select.POLLIN | (select.POLLOUT if waiting else 0))
        events = dict(poll.poll(1000 * BEAT_S))
        said, heard = events.get(_FROM_HOST, 0), events.get(guest.fileno(), 0)
        if not events:
            host.tell(BEAT)
        if said & ~select.POLLIN:
            os._exit(0)
        if heard & ~select.POLLOUT and not host.pass_on(guest):
            return False
        if heard & select.POLLOUT:
            waiting = waiting[_send(guest, waiting) :]
        if said:
            kind, waiting = host.listen()
            if kind == END:
                return True


def _send(guest: socket.socket, content: memoryview) -> int:
    """How much of it the guest need not be sent any more."""
    try:
        return guest.send(content, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    except OSError:  # it has ended, which is noticed where it is heard
        return len(content)


def _fill(view: memoryview) -> memoryview:
    rest = view
    while rest:
        size = os.readv(_FROM_HOST, [rest])
        if not size:
            os._exit(0)
        rest = rest[size:]
    return view


def _await_room() -> None:
    """Wait until the host reads; end when it hangs up meanwhile."""
    poll = select.poll()
    poll.register(_TO_HOST, select.POLLOUT)
    poll.register(_FROM_HOST, 0)
    if any(descriptor == _FROM_HOST for descriptor, _ in poll.poll()):
        os._exit(0)
