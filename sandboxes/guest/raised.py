"""Inside a sandbox that runs tests: an exception of the program, which is in another one, made again from its account.

Not promised: attributes of its own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from sandboxes.wire import Message

# Raised inside `all(map(candidate, inputs))` these would end the loop, and the assertion would hold.
_ENDS_ITERATION = (StopIteration, StopAsyncIteration)
# For a class that wants several arguments, as UnicodeDecodeError does.
_ONE_MESSAGE: dict[str, Any] = {"__init__": Exception.__init__, "__str__": Exception.__str__}
_TOLD = "told by the program"  # where such an exception keeps how Python prints it


def rebuilt(answer: Message, kinds: Mapping[str, type[Exception]]) -> Exception:
    """The same built-in exception, or one by its name: of those of `kinds` that it has, then a built-in one."""
    kind = getattr(builtins, str(answer["builtin"]), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, _ENDS_ITERATION):
        kind = RuntimeError
    known = [kinds[name] for name in str(answer["parents"]).split() if name in kinds]
    error = _made(kind, known, str(answer["error"]), str(answer["message"]))
    vars(error)[_TOLD] = str(answer["text"])
    return error


def is_the_programs(error: BaseException) -> bool:
    """Whether the program raised it, and not the tests."""
    return _TOLD in vars(error)


def printed(error: BaseException) -> str:
    """How Python prints one of the program's, where that raised it."""
    return str(vars(error)[_TOLD])


def _made(kind: type[Exception], known: list[type[Exception]], name: str, message: str) -> Exception:
    """An exception with this message: of `kind`, or of its nearest base class that can be made from a message."""
    own = not known and name == kind.__name__
    for parent in kind.__mro__:
        for members, argument in (({}, _argument(kind, message)), (_ONE_MESSAGE, message)):
            made = kind if own and parent is kind and not members else type(name, (*known, parent), members)
            with suppress(TypeError):  # ExceptionGroup takes two arguments whatever its members are
                if str(error := made(argument)) == message:
                    return cast("Exception", error)
    return RuntimeError(message)


def _argument(kind: type[Exception], message: str) -> object:
    """What an exception with this message was given. The message of a KeyError is how Python writes that."""
    if not issubclass(kind, KeyError):
        return message
    try:
        return ast.literal_eval(message)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return message
