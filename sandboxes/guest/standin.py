"""Inside a sandbox that runs tests: what stands in for the program, which is in another one.

Every call goes to the host, which forwards it. So the program sees neither the tests nor the values that they expect,
and what comes back is of built-in types: it cannot forge equality.
What a call does to its arguments stays in the program's sandbox: by emptying a list that the tests go on to use it
could choose what it is compared with.
Not promised: arguments that are no values, such as functions; classes and constants of the program, attributes of its
exceptions; calls from a process that the tests have started.
"""

from __future__ import annotations

import resource
import threading
from collections import deque
from collections.abc import Callable
from types import ModuleType

from sandboxes.guest.channel import Channel
from sandboxes.guest.raised import is_the_programs, printed, rebuilt
from sandboxes.wire import Json, Message, WireError, decode, encode

MAX_TEXT = 2000
SHOWN_CALLS = 3
_EXCEPTIONS = ("Error", "Exception", "Warning")  # how the name of an exception ends


class Stopped(BaseException):
    """The program hit a limit. Not an Exception, so that test code which expects one does not take it for that."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Refused(TypeError):
    """The tests call the program with what cannot be sent: no program can change that."""


class Link:
    """The way to the program, and what has been going over it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()  # tests may have threads
        self.asked = False  # the program may have run
        self.refused = ""  # the text of the latest Refused
        self.calls = 0
        self.recent: deque[tuple[str, tuple[object, ...], dict[str, object], object]] = deque(maxlen=SHOWN_CALLS)
        self.kinds: dict[str, type[Exception]] = {}  # the program's own exceptions, as far as tests name them

    def tell(self, message: Message) -> None:
        """Send something else, after the answer to a call that a thread may still be waiting for."""
        with self._lock:
            self._channel.send(message)

    def call(self, name: str, arguments: tuple[object, ...], keywords: dict[str, object]) -> object:
        """What the program's function returns or raises. Stopped: it hit a limit."""
        try:
            request: Message = {"call": encode(list(arguments)), "keywords": encode(keywords), "name": name}
        except WireError as error:
            told = f"{name} cannot be called with what is no plain value: {error}"
            if "of type" not in str(error):  # but too large, which what the program returned may be
                raise TypeError(told) from None
            self.refused = told
            raise Refused(told) from None
        with self._lock:
            self._channel.send(request)
            self.asked = True
            answer = self._channel.receive()
        if answer is None:
            raise SystemExit
        if "limit" in answer:
            raise Stopped(str(answer["limit"]), str(answer["text"]))
        if "error" in answer:
            raise rebuilt(answer, self.kinds)
        try:
            value = decode(answer["value"])
        except WireError as error:  # the host does not build sets, and a forged one may hold a list
            raise Stopped("runtime_error", f"the returned value cannot be read: {error}") from None
        self.calls += 1
        self.recent.append((name, arguments, keywords, value))
        return value

    def account(self, since: int) -> list[tuple[str, str]]:
        """The latest calls and what they returned, without the first `since` of all calls.

        Those belong to other tests, perhaps to hidden ones.
        """
        told = list(self.recent)[-(self.calls - since) :] if self.calls > since else []
        return [(f"{name}({_written(given, keywords)})", short(value)) for name, given, keywords, value in told]

    def report(self, error: BaseException) -> dict[str, Json]:
        """Status and error of a test that ended with `error`."""
        if isinstance(error, Stopped):
            return {"status": error.status, "error": str(error)}
        if is_the_programs(error):
            return {"status": "runtime_error", "error": printed(error)}
        told = "" if type(error) is AssertionError else words(error)
        return {"status": "wrong_answer", "error": told[:MAX_TEXT]}


def words(error: BaseException) -> str:
    """Its type and message, which may be a value of the program's that cannot be written."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}: (its message cannot be shown)"


class StandIn:
    """Stands in for one function of the program."""

    def __init__(self, link: Link, name: str) -> None:
        self._link = link
        self.__name__ = self.__qualname__ = name

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __call__(self, *arguments: object, **keywords: object) -> object:
        return self._link.call(self.__name__, arguments, keywords)


class StandInModule(ModuleType):
    """Stands in for the program as a module: whatever is asked of it is a function, or an exception by its name."""

    def __init__(self, link: Link, name: str) -> None:
        super().__init__(name)
        self.__file__ = f"{name}.py"
        self.__link = link

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__exception(name) if name.endswith(_EXCEPTIONS) else StandIn(self.__link, name)
        setattr(self, name, found)
        return found

    def __exception(self, name: str) -> type[Exception]:
        return self.__link.kinds.setdefault(name, type(name, (Exception,), {}))


def _written(arguments: tuple[object, ...], keywords: dict[str, object]) -> str:
    return ", ".join([*map(short, arguments), *(f"{name}={short(value)}" for name, value in keywords.items())])


def short(value: object) -> str:
    """A value as Python writes it, its middle left out when it is long."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        text = f"<{type(value).__name__} that is too long to print>"
    half = MAX_TEXT // 2
    return text if len(text) <= MAX_TEXT else f"{text[:half]} ... {text[-half:]}"


def serve(descriptor: int, run: Callable[[Link, Message], Message]) -> None:
    """What is common to the guests that run tests: one task comes in, `run` says how it ended."""
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    if task is not None:
        limit = int(str(task["memory_bytes"]))
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        link = Link(channel)
        link.tell(run(link, task))
