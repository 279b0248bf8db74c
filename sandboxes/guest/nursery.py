"""Inside bubblewrap, alone: bears one guest after another, each in namespaces of its own.

It begins by sending a descriptor of itself. A request comes over a socket together with the guest's way to the host;
the answer carries a descriptor of the guest's first process, by which the host kills it and all that it started. That
first process runs nothing of a program. When the host hangs up, this process ends, and bubblewrap ends everything
inside.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
from typing import TypedDict

from sandboxes.guest.namespaces import (
    become,
    die_with_parent,
    drop_privileges,
    fork_into_namespaces,
    mount_scratch,
    set_dumpable,
)
from sandboxes.guest.runner import WARM
from sandboxes.wire import ENDED, frame

MAX_REQUEST = 64 << 10
BORN = b"born"


class Request(TypedDict):
    """What a guest is to be."""

    module: str  # of sandboxes.guest
    uid: int
    scratch: dict[str, int]  # bytes, by folder
    most_files: int
    filter: str  # the system call filter, in hexadecimal digits


def main(descriptor: int) -> None:
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as process 1, a guest's first process is then immune to it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    gc.freeze()
    myself = os.pidfd_open(os.getpid())
    socket.send_fds(control, [BORN], [myself])
    os.close(myself)
    while True:
        text, descriptors, *_ = socket.recv_fds(control, MAX_REQUEST, 1)
        if not text:
            os._exit(0)
        _bear(control, json.loads(text), descriptors[0])
        for name in sorted(WARM):  # after the first guest, so that one alone need not wait for it
            importlib.import_module(name)


def _bear(control: socket.socket, request: Request, channel: int) -> None:
    try:
        pid = fork_into_namespaces()
    except OSError as error:
        control.send(f"no namespaces: {error}".encode())
    else:
        if pid == 0:
            control.close()
            _first_process(request, channel)
        first = os.pidfd_open(pid)
        socket.send_fds(control, [BORN], [first])
        os.close(first)
    os.close(channel)


def _be_the_first_to_go() -> None:
    """When memory runs out, the kernel shall take the program and not the process that tells of its end."""
    set_dumpable(True)  # the file would not be ours otherwise; no program is there yet
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _first_process(request: Request, channel: int) -> None:
    """Be process 1: make the guest's world, start it, reap what is orphaned, end with it. Returns in the guest only."""
    try:
        die_with_parent()  # bubblewrap's own first process waits for all that are left
        become(request["uid"])
        mount_scratch(request["scratch"], request["most_files"])
        os.chdir("/tmp")
        drop_privileges(bytes.fromhex(request["filter"]))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        set_dumpable(False)  # the program is of the same user: it could write to this process's memory and its channel
        child = os.fork()
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)
    if child == 0:
        _be_the_first_to_go()
        importlib.import_module(f"sandboxes.guest.{request['module']}").main(channel)
        os._exit(0)
    while os.wait()[0] != child:
        continue
    os.write(channel, frame(ENDED))
    os._exit(0)
