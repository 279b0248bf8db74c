"""Inside a sandbox: one child process under limits, what it wrote, how it ended, and nothing left of it afterwards.

Judges nothing.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from sandboxes.guest.boot import Launch
from sandboxes.guest.children import Children, bell, without_bell
from sandboxes.guest.leftovers import clean_up, process_limit
from sandboxes.guest.namespaces import set_dumpable
from sandboxes.guest.watch import Stops, Stream, Watch
from sandboxes.wire import Message

RESULT = 3  # the descriptor on which an in-process call hands back its value
RESULT_BYTES = 64 << 20
FLOOD_BYTES = 64 << 20  # standard error is clipped, but not drained for ever
OPEN_FILES = 128
STACK_BYTES = 64 << 20  # deep recursion through C code needs more than the usual 8 MiB


class Bounds(NamedTuple):
    """`sandboxes.types.Limits`, as the host sent them."""

    cpu_s: float
    wall_s: float
    memory_bytes: int
    processes: int
    stdout_bytes: int
    stderr_bytes: int
    file_bytes: int
    address_space: bool = True  # whether the kernel holds each process to memory_bytes; all together are watched anyway


class Ended(NamedTuple):
    """How a child ended.

    `reason`: exit, or the limit that was hit: cpu, wall, output, errors, result, or what `leftovers.look` says;
    stopped: it kept this process from watching it. `cpu_s` is that of all its processes together.
    """

    reason: str
    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    result: bytes
    cpu_s: float
    wall_s: float
    clean: bool  # False: something of it may be left; this sandbox must not be used again


def report(ended: Ended) -> Message:
    """The message that tells the host how a child ended: bytes as text, what is no UTF-8 replaced."""
    fields: Message = {}
    for name, value in ended._asdict().items():
        fields[name] = value.decode(errors="replace") if isinstance(value, bytes) else value
    return fields


def execute(
    action: Callable[[], None], stdin: bytes, bounds: Bounds, before_cleaning: Callable[[], None] | None = None
) -> Ended:
    """Run `action` in a forked child: 0 is `stdin`, 1 and 2 are captured, RESULT takes a result.

    The child ends when `action` returns, unless that raises Launch: then this function is left in the child.
    `before_cleaning` is called when it has ended and its files are still there.
    """
    started, stops, rung = time.monotonic(), Stops(), bell()
    pid, feed, outputs = _fork(action, bounds)
    stdout = Stream(outputs[0], 2 * bounds.stdout_bytes, bounds.stdout_bytes)
    stderr = Stream(outputs[1], bounds.stderr_bytes, FLOOD_BYTES)
    result = Stream(outputs[2], 2 * RESULT_BYTES, RESULT_BYTES)
    streams = {"output": stdout, "errors": stderr, "result": result}
    children = Children(pid, bounds.cpu_s, bounds.memory_bytes, bounds.processes)
    reason = Watch(children, rung, feed, stdin, list(streams.values()), bounds.wall_s).wait()
    wall_s = time.monotonic() - started
    gone = children.end()
    if before_cleaning is not None:
        before_cleaning()
    clean = clean_up() and gone
    for name, stream in streams.items():
        stream.drain()
        if stream.overflowed:
            reason = name
    status = children.status
    assert status is not None  # it has been buried
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if reason == "exit":
        reason = _passed(bounds, killed_by, children.cpu_s, wall_s)
    if stops.noticed:
        reason = "stopped"
    exit_code = None if killed_by else os.WEXITSTATUS(status)
    texts = (stdout.content(), stderr.content(), result.content())
    return Ended(reason, exit_code, killed_by, *texts, children.cpu_s, wall_s, clean)


def _passed(bounds: Bounds, killed_by: int | None, cpu_s: float, wall_s: float) -> str:
    """The limit that a child had passed which ended before that was looked at; else exit."""
    if wall_s > bounds.wall_s:
        return "wall"
    return "cpu" if killed_by == signal.SIGXCPU or cpu_s > bounds.cpu_s else "exit"


def _fork(action: Callable[[], None], bounds: Bounds) -> tuple[int, int, list[int]]:
    """The child's pid, the way to its standard input, and the ends of its three outputs."""
    stdin, *outputs = [os.pipe() for _ in range(4)]
    theirs = [stdin[0], *(write for _, write in outputs)]
    pid = os.fork()
    if pid == 0:
        try:
            _become_child(theirs, bounds)
            action()
        except Launch:
            raise
        except BaseException:
            os._exit(70)
        os._exit(70)
    for descriptor in theirs:
        os.close(descriptor)
    return pid, stdin[1], [read for read, _ in outputs]


def _become_child(descriptors: list[int], bounds: Bounds) -> None:
    os.setsid()
    without_bell()
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 50) for descriptor in descriptors]
    for number, descriptor in enumerate(moved):
        os.dup2(descriptor, number)
    os.closerange(RESULT + 1, 1024)  # the runner's own descriptors, the way to the host among them
    set_dumpable(True)  # from here on it has nothing to hide, and its memory must be seen
    _apply(bounds)


def _apply(bounds: Bounds) -> None:
    """Set inside, where the processes that count are known."""
    # A net: the clock of this limit counts whole ticks and may run fast. What decides is looked at while it runs.
    cpu = int(1.5 * bounds.cpu_s) + 2
    memory = bounds.memory_bytes if bounds.address_space else resource.RLIM_INFINITY
    processes = process_limit(bounds.processes)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_NPROC, processes, processes),
        (resource.RLIMIT_FSIZE, bounds.file_bytes, bounds.file_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    most = resource.getrlimit(resource.RLIMIT_STACK)[1]
    stack = STACK_BYTES if most == resource.RLIM_INFINITY else min(STACK_BYTES, most)
    resource.setrlimit(resource.RLIMIT_STACK, (stack, most))
