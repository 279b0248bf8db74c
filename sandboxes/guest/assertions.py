"""Goes into a SECOND sandbox and runs a problem's test code there; the program under test is not in it.

`candidate` is a stand-in that asks the host, which forwards the call to the program's own sandbox. So the program sees
neither the assertions nor the values they expect, and what comes back is of built-in types: it cannot forge equality.
Messages out: `call`, one `assertion` for each time that one ran, and finally `done` or, when the test code fails by
itself, `broken`.
Not promised: that the candidate sees changes to its arguments, or gets arguments that are no values, such as functions.
"""

from __future__ import annotations

import ast
import builtins
import random
import resource
from collections import deque
from types import TracebackType

from sandboxes.guest.channel import Channel
from sandboxes.guest.rewrite import CHECK, WRAPPER, names_nowhere_bound, wrapped
from sandboxes.wire import Json, Message, WireError, decode, encode

PREAMBLE_FILE, TESTS_FILE = "preamble.py", "tests.py"
MAX_TEXT = 2000
SHOWN_CALLS = 3
# Raised inside `all(map(candidate, inputs))` these would end the loop, and the assertion would hold.
_ENDS_ITERATION = (StopIteration, StopAsyncIteration)


class Stopped(BaseException):
    """The program hit a limit. Not an Exception, so that test code which expects one does not take it for that."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class StandIn:
    """Stands in for the function under test, which the statement calls `name`."""

    def __init__(self, channel: Channel, name: str, undefined: frozenset[str] = frozenset()) -> None:
        self._channel = channel
        self.name = name
        self.undefined = undefined - {name}  # names of the test code that no program can bring about
        self.asked = False  # the program may have run
        self.calls = 0
        self.recent: deque[tuple[tuple[object, ...], dict[str, object], object]] = deque(maxlen=SHOWN_CALLS)
        self.raised: Exception | None = None
        self.raised_text = ""

    def __call__(self, *arguments: object, **keywords: object) -> object:
        try:
            request: Message = {"call": encode(list(arguments)), "keywords": encode(keywords)}
        except WireError as error:
            raise TypeError(f"{self.name} cannot be called with what is no plain value: {error}") from None
        self._channel.send(request)
        self.asked = True
        answer = self._channel.receive()
        if answer is None:
            raise SystemExit
        if "limit" in answer:
            raise Stopped(str(answer["limit"]), str(answer["text"]))
        if "error" in answer:
            raise self._exception(answer)
        try:
            value = decode(answer["value"])
        except WireError as error:  # the host does not build sets, and a forged one may hold a list
            raise Stopped("runtime_error", f"the returned value cannot be read: {error}") from None
        self.calls += 1
        self.recent.append((arguments, keywords, value))
        return value

    def _exception(self, answer: Message) -> Exception:
        """The same built-in exception, or a subclass of its nearest built-in parent by the same name."""
        kind = getattr(builtins, str(answer["builtin"]), None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, _ENDS_ITERATION):
            kind = RuntimeError
        if kind.__name__ != answer["error"]:
            kind = type(str(answer["error"]), (kind,), {})
        try:
            self.raised = kind(str(answer["message"]))
        except TypeError:  # UnicodeDecodeError and its like take five arguments
            self.raised = RuntimeError(str(answer["message"]))
        self.raised_text = str(answer["text"])
        return self.raised

    def account(self, since: int) -> list[tuple[str, str]]:
        """The latest calls and what they returned, without the first `since` of all calls.

        Those belong to other assertions, perhaps to hidden ones.
        """
        told = list(self.recent)[-(self.calls - since) :] if self.calls > since else []
        return [(f"{self.name}({_written(arguments, keywords)})", _short(value)) for arguments, keywords, value in told]


class Assertion:
    """Context manager around one assertion: reports how it went, and lets the others run."""

    def __init__(self, candidate: StandIn, channel: Channel, index: int, line: str) -> None:
        self._candidate, self._channel = candidate, channel
        self._index, self._line = index, line.replace("candidate(", f"{candidate.name}(")

    def __enter__(self) -> None:
        self._since = self._candidate.calls

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._channel.send({"assertion": self._index, "status": "pass"})
            return True
        if not isinstance(error, (Exception, Stopped)) or _broken(self._candidate, error):
            return False
        report = _report(self._candidate, error)
        if report["status"] == "wrong_answer":
            report = self._explained(report)
        self._channel.send({"assertion": self._index, **report})
        return True

    def _explained(self, report: dict[str, Json]) -> dict[str, Json]:
        calls = self._candidate.account(self._since)
        told = [f"{asked} returned {value}" for asked, value in calls]
        parts = [self._line[:MAX_TEXT], *told, str(report["error"])]
        return {**report, "actual": calls[-1][1] if calls else "", "error": "\n".join(part for part in parts if part)}


def _broken(candidate: StandIn, error: BaseException) -> bool:
    """Whether the test code fails by itself, so that nothing is learnt about the program."""
    if not candidate.asked:
        return not isinstance(error, AssertionError)
    if error is candidate.raised:
        return False
    if isinstance(error, NameError):
        return _is_of_the_tests(error) and _name(error) in candidate.undefined
    # An exit with a status may be how the test says that a value is wrong.
    return isinstance(error, ImportError) or (isinstance(error, SystemExit) and not error.code)


def _is_of_the_tests(error: BaseException) -> bool:
    """Whether a line of the test code itself raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename in (PREAMBLE_FILE, TESTS_FILE)


def _name(error: NameError) -> str:
    """The name it is about. The exception's own `name` came with Python 3.10."""
    return str(error).split("'")[1] if "'" in str(error) else ""


def _report(candidate: StandIn, error: BaseException) -> dict[str, Json]:
    """Status and error of something that ended with `error`."""
    if isinstance(error, Stopped):
        return {"status": error.status, "error": str(error)}
    if error is candidate.raised:
        return {"status": "runtime_error", "error": candidate.raised_text}
    told = "" if type(error) is AssertionError else f"{type(error).__name__}: {error}"
    return {"status": "wrong_answer", "error": told[:MAX_TEXT]}


def _written(arguments: tuple[object, ...], keywords: dict[str, object]) -> str:
    return ", ".join([*map(_short, arguments), *(f"{name}={_short(value)}" for name, value in keywords.items())])


def _short(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        text = f"<{type(value).__name__} that is too long to print>"
    half = MAX_TEXT // 2
    return text if len(text) <= MAX_TEXT else f"{text[:half]} ... {text[-half:]}"


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    if task is not None:
        channel.send(_run(channel, task))


def _run(channel: Channel, task: Message) -> Message:
    limit = int(str(task["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    space: dict[str, object] = {"__name__": "__main__"}  # a main guard may be what calls the tests
    try:
        before, tests = ast.parse(str(task["preamble"])), ast.parse(str(task["test_source"]))
        candidate = StandIn(channel, str(task["entry"]), names_nowhere_bound([before, tests]))
        exec(compile(before, PREAMBLE_FILE, "exec"), space)
        space[candidate.name] = candidate  # some tests name the function itself
        space[WRAPPER] = lambda index, line: Assertion(candidate, channel, index, line)
        exec(compile(wrapped(tests), TESTS_FILE, "exec"), space)
        check = space[CHECK]
    except (Exception, SystemExit) as error:
        return _told_broken(error)
    random.seed(0)  # a verdict should not depend on the day
    try:
        check(candidate)  # type: ignore[operator]
    except BaseException as error:
        return _told_broken(error) if _broken(candidate, error) else {"done": _report(candidate, error)}
    return {"done": None}


def _told_broken(error: BaseException) -> Message:
    told = str(error) if not isinstance(error, SystemExit) else "it ends the process that runs it"
    return {"broken": f"{type(error).__name__}: {told}"[:MAX_TEXT]}
