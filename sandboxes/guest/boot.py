"""Inside a sandbox: the bottom of the stack, on which a program runs as if the interpreter had been started for it.

A case of a Python program is a fork of a process that is already warm, which takes much less than a new interpreter.
The forked child raises `Launch`, which leaves everything of ours behind, and the program becomes the main module of a
real process with standard streams of its own. It ends as the interpreter ends: threads joined, exit functions called,
the main module emptied, so that a file which nobody closed is written, and buffers flushed.
Not promised: that `sys.modules` is as empty as in a new interpreter, or that what other modules hold is destroyed at
the end; that would cost several times as much.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import io
import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import TextIO

_THREAD_STACK_BYTES = 8 << 20  # as usual
_ATTRIBUTES_BYTES = 64  # the largest pthread_attr_t
_M_ARENA_MAX = -8


class Launch(BaseException):
    """Raised in a child that shall become the program. Whoever catches it must raise it again."""

    def __init__(self, codes: tuple[CodeType, ...], file: str) -> None:
        self.codes, self.file = codes, file  # run one after the other in the main module


def boot(serve: Callable[[int], None], descriptor: int) -> None:
    """Run `serve(descriptor)`; in a process where that raises Launch, become the program."""
    _keep_threads_small()
    try:
        serve(descriptor)
        return
    except Launch as launch:
        codes, file = launch.codes, launch.file
    _become_main(codes, file)


def _keep_threads_small() -> None:
    """What a program's threads take of its address space: no heap for each, and no stack as large as its first one."""
    libc, attributes = ctypes.CDLL(None), ctypes.create_string_buffer(_ATTRIBUTES_BYTES)
    libc.pthread_attr_init(attributes)
    libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_THREAD_STACK_BYTES))
    libc.pthread_setattr_default_np(attributes)
    libc.mallopt(_M_ARENA_MAX, 1)


def _become_main(codes: tuple[CodeType, ...], file: str) -> None:
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        vars(sys)[name] = vars(sys)[f"__{name}__"] = _stream(descriptor, name, vars(sys)[name].errors)
    sys.argv = [file]
    sys.path.remove("/box")
    main = ModuleType("__main__")
    main.__file__ = os.path.abspath(file)
    main.__builtins__ = sys.modules["builtins"]  # type: ignore[attr-defined]
    sys.modules["__main__"] = main
    os._exit(_end(main, _exit_code(main, codes)))


def _exit_code(main: ModuleType, codes: tuple[CodeType, ...]) -> int:
    try:
        for code in codes:
            exec(code, main.__dict__)
    except SystemExit as leaving:
        return _code_of(leaving)
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this file's frame
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _code_of(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return (leaving.code or 0) & 0xFF
    print(leaving.code, file=sys.stderr)
    return 1


def _end(main: ModuleType, code: int) -> int:
    """What the interpreter does at its end, as far as a program's output may depend on it."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    flushed = _flush()
    for private in (True, False):  # the interpreter's order: names with an underscore first
        for name in [name for name in main.__dict__ if name.startswith("_") is private and name != "__builtins__"]:
            main.__dict__[name] = None
    gc.collect()
    return code if _flush() and flushed else 120


def _flush() -> bool:
    """False when standard output could not be written. It may be anything that the program has put there."""
    flushed = sys.stdout is None or _is_closed(sys.stdout)
    if not flushed:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            flushed = True
    for stream in (sys.stderr, sys.__stdout__, sys.__stderr__):  # the first ones are flushed when they are freed
        with contextlib.suppress(Exception):
            stream.flush()  # type: ignore[union-attr]
    return flushed


def _is_closed(stream: TextIO) -> bool:
    try:
        return stream.closed
    except Exception:  # a class of the program's own
        return False


def _stream(descriptor: int, name: str, errors: str) -> io.TextIOWrapper:
    """A standard stream as the interpreter makes them at its start."""
    raw = io.FileIO(descriptor, "r" if name == "stdin" else "w", closefd=False)
    raw.name = f"<{name}>"
    buffer = io.BufferedReader(raw) if name == "stdin" else io.BufferedWriter(raw)
    text = io.TextIOWrapper(buffer, "utf-8", errors, newline="\n", line_buffering=name == "stderr")
    vars(text)["mode"] = raw.mode[0]
    return text
