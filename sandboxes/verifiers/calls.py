"""One call of the program's function, as the verifiers see it: a value, an exception or a limit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandboxes.types import Limits, Status
from sandboxes.verifiers.base import clip
from sandboxes.verifiers.candidate import Candidate, Ended, out_of_memory
from sandboxes.wire import Json, WireError, decode, unframe


@dataclass(frozen=True, slots=True)
class Called:
    """What one call came to. PASS means only that it returned `value`."""

    status: Status
    value: object = None
    error: str = ""  # as Python prints it, the program's own frames only
    kind: str = ""  # of the exception
    builtin: str = ""  # its nearest built-in class
    message: str = ""
    parents: str = ""  # the names of all its classes, itself the first
    cpu_s: float = 0.0
    wall_s: float = 0.0


def call(candidate: Candidate, limits: Limits, arguments: Json, keywords: Json) -> Called:
    """Call the program's function with encoded arguments."""
    ended = candidate.call(arguments, keywords)
    failure = ended.failure(limits)
    called = _read(ended, limits) if failure is None else Called(failure[0], error=failure[1])
    return replace(called, cpu_s=ended.cpu_s, wall_s=ended.wall_s)


def _read(ended: Ended, limits: Limits) -> Called:
    """The program can write anything as its result: everything is checked, nothing is believed."""
    if not ended.result:
        return Called(Status.RUNTIME_ERROR, error="the program ended before its function returned")
    try:
        outcome = unframe(ended.result.encode(errors="replace"))
        if "value" in outcome:
            return Called(Status.PASS, decode(outcome["value"], build=False))
    except WireError as error:
        return Called(Status.RUNTIME_ERROR, error=f"the returned value cannot be read: {error}")
    if "memory" in outcome:
        return Called(Status.MEMORY_LIMIT, error=out_of_memory(limits))
    return _raised(outcome.get("error"))


def _raised(error: Json) -> Called:
    if not (isinstance(error, dict) and all(isinstance(part, str) for part in error.values())):
        return Called(Status.RUNTIME_ERROR, error="the program forged its result")
    names = ("text", "type", "builtin", "message", "parents")
    text, kind, builtin, message, parents = (clip(str(error.get(name, ""))) for name in names)
    return Called(Status.RUNTIME_ERROR, None, text, kind, builtin, message, parents)
