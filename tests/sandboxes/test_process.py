from __future__ import annotations

import socket
import subprocess
import threading
import time
from contextlib import closing, suppress

import pytest

from sandboxes.errors import SandboxOutage
from sandboxes.process import ProcessGuest
from sandboxes.sandbox import GuestGone
from sandboxes.wire import ENDED, HEADER, MAX_FRAME, frame


def test_a_guest_that_sends_byte_by_byte_ends_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(["sleep", "60"], stderr=subprocess.PIPE)
    ended = threading.Event()

    def drip() -> None:
        theirs.sendall(frame({"ready": True}) + HEADER.pack(MAX_FRAME))
        with suppress(OSError):
            while not ended.wait(1e-4):
                theirs.send(b"x")

    def end() -> str:
        process.kill()
        process.communicate()
        return ""

    dripping = threading.Thread(target=drip)
    with theirs, closing(ProcessGuest(ours, end)) as guest:
        dripping.start()
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            guest.receive(0.2)
        assert time.monotonic() - started < 2
        ended.set()
        dripping.join()


def test_a_closed_guest_is_an_outage_and_is_sent_nothing() -> None:
    ours, theirs = socket.socketpair()
    guest = ProcessGuest(ours, lambda: "")
    with theirs:
        guest.close()
        with pytest.raises(SandboxOutage):
            guest.send({"do": "run"})
        with pytest.raises(SandboxOutage):
            guest.receive(1)
        assert theirs.recv(1) == b""


@pytest.mark.parametrize(("last", "raised"), [(frame(ENDED), GuestGone), (b"", SandboxOutage)])
def test_an_end_that_is_told_in_the_middle_of_a_message_is_the_programs_doing(
    last: bytes, raised: type[Exception]
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ProcessGuest(ours, lambda: "")) as guest:
        with theirs:
            theirs.sendall(frame({"ready": True}) + HEADER.pack(MAX_FRAME) + b'{"reason": "ex' + last)
        with pytest.raises(raised):
            guest.receive(1)


@pytest.mark.parametrize(("last", "raised"), [(frame(ENDED), GuestGone), (b"", SandboxOutage)])
def test_an_end_that_was_told_before_a_message_was_sent_is_the_programs_doing(
    last: bytes, raised: type[Exception]
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ProcessGuest(ours, lambda: "")) as guest:
        with theirs:
            theirs.sendall(frame({"ready": True}) + frame({"call": 1}) + frame({"call": 2}) + last)
            assert guest.receive(1) == {"call": 1}
        with pytest.raises(raised):
            guest.send({"do": "run"})
