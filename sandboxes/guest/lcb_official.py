"""Goes INTO a sandbox: runs a program on all its inputs in one process, as LiveCodeBench's grader does. Judges nothing.

After the program come its inputs, one message each, then an empty message; the answer is one message. What the child
found stands in its `result`, one JSON object a line: `output` or `value` for each input, or `failed` for the one that
ended it. The expected outputs are not here, so a program that forges a line has only written another output.
Not promised: the time of a single input when the program takes the alarm away. All inputs together have a limit too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Number
from types import CodeType, FrameType, TracebackType
from typing import NamedTuple, NoReturn, TypeVar

from sandboxes.guest.channel import Channel
from sandboxes.guest.child import RESULT, Bounds, execute, report
from sandboxes.guest.lcb_world import WRAPPED, function_text, load, standard_streams, stdio_text, take_away
from sandboxes.guest.namespaces import set_dumpable
from sandboxes.wire import Json, Message, WireError, decode, encode

FILE = "program.py"
STACK_BYTES = 8 << 20  # what a process usually has: recursion that needs more ends there, and so here
MAX_MESSAGE = 1000
_PATIENCE_S = 1  # for a program that goes on after the alarm
T = TypeVar("T")


class TimeoutException(Exception):
    """An Exception, so that a program which catches those goes on; it has failed all the same."""


class Task(NamedTuple):
    source: str
    entry: str  # empty: it reads standard input
    inputs: list[Json]  # texts, or encoded lists of arguments
    timeout_s: int
    stdout_bytes: int


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    set_dumpable(False)
    channel.send({"ready": True})
    request = channel.receive()
    if request is None:
        return
    inputs: list[Json] = []
    while message := channel.receive():
        inputs.append(message["input"])
    bounds = Bounds(**request["limits"])  # type: ignore[arg-type]
    timeout_s = int(str(request["timeout_s"]))
    task = Task(str(request["source"]), str(request["entry"]), inputs, timeout_s, bounds.stdout_bytes)
    gc.freeze()
    channel.send(report(execute(lambda: _run(task), b"", bounds)))


def _run(task: Task) -> NoReturn:
    """In the child. Ends the process."""
    most = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, most))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is not captured is lost, however much it is
    if "numpy" in task.source:  # LiveCodeBench's grader has it loaded, and it cannot be loaded after `take_away`
        with contextlib.suppress(ImportError):
            importlib.import_module("numpy")
    take_away()
    attempt = _Attempt(task)
    function = attempt.within_time(attempt.load)
    for given in task.inputs:
        _write(attempt.within_time(partial(attempt.answer, function, given)))
    os._exit(0)


class _Attempt:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._text = task.source  # what runs, once it is known
        self._late = False
        signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self._late:
            _fail("time_limit")
        self._late = True
        signal.alarm(_PATIENCE_S)
        raise TimeoutException

    def within_time(self, action: Callable[[], T]) -> T:
        """What `action` returns. When it fails, that is written down and the process ends."""
        self._start_clock()
        try:
            result = action()
        except MemoryError:
            _fail("memory_limit")
        except BaseException as error:  # SystemExit too: leaving is no answer
            _fail("time_limit" if self._late else "runtime_error", _describe(error, self._text))
        finally:
            signal.alarm(0)
        if self._late:
            _fail("time_limit")
        return result

    def _start_clock(self) -> None:
        """Wall time; CPU time besides, for code that no alarm interrupts."""
        signal.alarm(self._task.timeout_s)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        cpu_s = int(used.ru_utime + used.ru_stime) + self._task.timeout_s + 1
        resource.setrlimit(resource.RLIMIT_CPU, (min(cpu_s, most), most))

    def load(self) -> Callable[..., object]:
        if self._task.entry:
            _compiled(self._task.source)  # for the line numbers in its message
            self._text = function_text(self._task.source)
        else:
            self._text = stdio_text(self._task.source)
        holder = load(_compiled(self._text), self._text)
        function: Callable[..., object] = getattr(holder, self._task.entry or WRAPPED)
        return function

    def answer(self, function: Callable[..., object], given: Json) -> Message:
        if self._task.entry:
            arguments = decode(given)
            return {"value": _encoded(function(*arguments))}  # type: ignore[misc]
        with standard_streams(str(given)) as printed, contextlib.suppress(SystemExit):
            function()
        output = printed.getvalue()
        if len(output) > self._task.stdout_bytes:
            _fail("output_limit")
        return {"output": output}


def _compiled(text: str) -> CodeType:
    try:
        return compile(text, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        _fail("compile_error", "".join(traceback.format_exception_only(type(error), error)))


def _encoded(value: object) -> Json:
    try:
        return encode(value)
    except WireError:  # not of built-in types throughout
        try:
            return encode(_plain(value))
        except WireError as error:
            _fail("wrong_answer", str(error))


def _plain(value: object) -> object:
    """Numbers of other types as the built-in number that they equal, inside lists, tuples and dicts too."""
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if type(value).__module__ == "numpy":
        return value.item()  # type: ignore[attr-defined]
    for kind in (int, float) if isinstance(value, Number) else ():
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            plain = kind(value)  # type: ignore[call-overload,arg-type]
            if plain == value:
                return plain
    return value


def _describe(error: BaseException, text: str) -> str:
    """The exception, and the line of the program where it happened."""
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:
        message = "(its message cannot be shown)"
    told = f"{type(error).__name__}: {message}" if message else type(error).__name__
    lines = text.splitlines()
    numbers = [number for file, number in _places(error.__traceback__) if file == FILE and 0 < number <= len(lines)]
    return f"{told}\n    {lines[numbers[-1] - 1].strip()}" if numbers else told


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _fail(status: str, error: str = "") -> NoReturn:
    _write({"failed": status, "error": error})
    os._exit(0)


def _write(record: Message) -> None:
    view = memoryview(json.dumps(record).encode("ascii") + b"\n")
    while view:
        view = view[os.write(RESULT, view) :]
