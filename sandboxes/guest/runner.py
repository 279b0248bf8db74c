"""Goes INTO a sandbox: runs a program on one input at a time and returns what came out. Judges nothing.

Messages: `{"ready": true}` goes out. The program comes in once and is compiled; then `run` makes it the main module of
a forked child and `call` calls one of its functions in one. After each, no process and no file of it is left.
A program of another language than Python is compiled by its toolchain, or the file of that which is `missing` is told.
This process never executes the program's code, and is not dumpable, so the program cannot open its descriptors.
Not promised: that it survives. A program may kill it; the host sees that as the program's doing. Nor that a program
cannot find the inputs of earlier cases in its memory: the host sends those that may not be shown last.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import traceback
from typing import TYPE_CHECKING

from sandboxes.guest.boot import Launch
from sandboxes.guest.call import FILE, Loadable
from sandboxes.guest.channel import Channel
from sandboxes.guest.child import RESULT, Bounds, Ended, execute, report
from sandboxes.guest.namespaces import set_dumpable
from sandboxes.guest.scratch import SCRATCH
from sandboxes.wire import Message

if TYPE_CHECKING:
    from sandboxes.guest.toolchain import Built

OWN_MEMORY_BYTES = 512 << 20  # for output on its way to the host, on top of what a program may use
COMPILE_CPU_S = 5  # a source of a few kilobytes can keep the compiler busy for hours
# Imported here once when a program names them, because a child would spend more on importing than on its work.
WARM = frozenset(
    (
        *("bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "hashlib", "heapq"),
        *("itertools", "math", "operator", "random", "re", "statistics", "string", "typing"),
    )
)


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    set_dumpable(False)
    channel.send({"ready": True})
    request = channel.receive()
    if request is None:
        return
    bounds = Bounds(**request["limits"])  # type: ignore[arg-type]
    program = _load(channel, request, bounds) if request["language"] == "python" else _build(channel, request)
    while program is not None and (request := channel.receive()) is not None:
        channel.send(_answer(program, request, bounds))


def _build(channel: Channel, request: Message) -> Built | None:
    from sandboxes.guest.toolchain import Built, NotCompiled, absent_tool  # here: most programs are in Python

    language = str(request["language"])
    if (path := absent_tool(language)) is not None:
        channel.send({"missing": path})
        return None
    try:
        program = Built(language, str(request["source"]))
    except NotCompiled as error:
        channel.send({"compile_error": str(error)})
        return None
    gc.freeze()
    channel.send({"compile_error": None})
    return program


def _load(channel: Channel, request: Message, bounds: Bounds) -> Loadable | None:
    most = bounds.memory_bytes + OWN_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))  # for the compiler's sake
    source, preamble, entry = (str(request[name]) for name in ("source", "preamble", "entry"))
    without_limit = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (COMPILE_CPU_S, without_limit[1]))  # the kernel ends us, which is told
    try:
        program = Loadable(source, preamble, entry)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        channel.send({"compile_error": "".join(traceback.format_exception_only(type(error), error))})
        return None
    resource.setrlimit(resource.RLIMIT_CPU, without_limit)
    if entry:
        for name in WARM & program.names():
            importlib.import_module(name)
    gc.freeze()
    channel.send({"compile_error": None})
    return program


def _answer(program: Loadable | Built, request: Message, bounds: Bounds) -> Message:
    if request["do"] == "call":
        assert isinstance(program, Loadable)  # the host refuses to call what is no Python
        return report(_called(program, request, bounds))
    stdin = str(request["stdin"]).encode(errors="replace")
    return report(_run(program, stdin, bounds) if isinstance(program, Loadable) else program.run(stdin, bounds))


def _run(program: Loadable, stdin: bytes, bounds: Bounds) -> Ended:
    ended = execute(lambda: _become(program), stdin, bounds)
    # A program that starts itself again is told by its whole path, which is not the same in every sandbox.
    return ended._replace(stderr=ended.stderr.replace(f'"{SCRATCH}/'.encode(), b'"'))


def _called(program: Loadable, request: Message, bounds: Bounds) -> Ended:
    arguments, keywords = request["arguments"], request["keywords"]
    return execute(lambda: program.call(arguments, keywords), b"", bounds)


def _become(program: Loadable) -> None:
    """The program's files for tracebacks and for a program that reads itself; then the program."""
    os.close(RESULT)
    for name, content in program.files.items():
        with open(name, "wb") as file:
            file.write(content)
    raise Launch(program.codes, FILE)
