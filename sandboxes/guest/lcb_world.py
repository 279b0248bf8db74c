"""Inside a sandbox, in a forked child: the surroundings that LiveCodeBench's grader gives a program.

Right programs that fail there must fail here, so its oddities are kept: a program that reads standard input becomes the
body of one function which every test calls again, names of some modules are missing, standard input is an object that
knows four methods, and what is not printed through `sys.stdout` is lost.
Not promised: that a mock of `open` behaves as the original beyond reading the input.
"""

from __future__ import annotations

import ast
import builtins
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, ModuleType

WRAPPED = "wrapped_function"
_BY_NAME = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics"),
    *("itertools", "functools", "operator", "io", "sys", "json"),
)
# Modules last: `bisect`, `copy` and `datetime` name modules, not what their star imports brought.
PREAMBLE = "\n".join(
    (
        *(f"from {name} import *" for name in (*_BY_NAME, "builtins", "typing")),
        *(f"import {name}" for name in _BY_NAME),
        "sys.setrecursionlimit(50000)\n",
    )
)
_NO_OS = (
    *("chdir", "chmod", "chown", "chroot", "fchdir", "fchmod", "fchown", "fork", "forkpty", "getcwd", "kill", "killpg"),
    *("lchflags", "lchmod", "lchown", "putenv", "remove", "removedirs", "rename", "renames", "replace", "rmdir"),
    *("setuid", "system", "truncate", "unlink"),
)
_NO_MODULES = ("ipdb", "joblib", "psutil", "resource", "tkinter")
_NOTHING: dict[ModuleType, tuple[str, ...]] = {
    builtins: ("quit", "help"),
    os: _NO_OS,
    shutil: ("rmtree", "move", "chown"),
    subprocess: ("Popen",),
}


def take_away() -> None:
    """Set to None what LiveCodeBench's grader does. No protection: the sandbox is."""
    os.environ["OMP_NUM_THREADS"] = "1"  # first, for it needs os.putenv
    for module, names in _NOTHING.items():
        for name in names:
            vars(module)[name] = None
    for name in _NO_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    if sys.version_info >= (3, 11):  # noqa: UP036 - the guest's Python may be 3.9
        sys.set_int_max_str_digits(50_000)


def stdio_text(source: str) -> str:
    """What is executed for a program that reads standard input: its imports, the rest as one function.

    The source itself when it cannot be taken apart.
    """
    try:
        body = _without_guard(ast.parse(source).body)
        imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        (function,) = ast.parse(f"def {WRAPPED}(): pass").body
        vars(function)["body"] = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        return "\n".join((PREAMBLE, *map(ast.unparse, imports), ast.unparse(function)))
    except Exception:
        return source


def function_text(source: str) -> str:
    return f"{PREAMBLE}\n\n{source}"


def _without_guard(body: list[ast.stmt]) -> list[ast.stmt]:
    """A main guard that is the last statement gives way to what it guards; an else of it is lost."""
    last = body[-1]
    if isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'":
        return [*body[:-1], *last.body]
    return body


def load(code: CodeType, text: str) -> object:
    """Execute it; the object that holds the function. The module is in no list of modules."""
    module = ModuleType("tmp_sol")
    exec(code, module.__dict__)
    return module.__dict__["Solution"]() if "class Solution" in text else module


@contextmanager
def standard_streams(text: str) -> Iterator[io.StringIO]:
    """Standard input and `open` give `text`; what is printed is in the result.

    Whoever has imported `stdin` by name keeps the original, three of whose methods are replaced meanwhile.
    """
    before = original, _, _ = sys.stdin, sys.stdout, builtins.open
    given, printed = StandardInput(text), io.StringIO()
    printed.close = _unclosable  # type: ignore[method-assign,assignment]
    lines = iter(text.split("\n"))
    vars(original).update(read=given.read, readline=lambda *_: next(lines), readlines=given.readlines)
    vars(sys).update(stdin=given, stdout=printed)
    vars(builtins)["open"] = lambda *_args, **_keywords: io.StringIO(text)
    try:
        yield printed
    finally:
        sys.stdin, sys.stdout, builtins.open = before
        for name in ("read", "readline", "readlines"):
            vars(original).pop(name, None)


def _unclosable(_argument: object) -> None:
    """Called without an argument, as a program would: a TypeError."""


class StandardInput:
    """`sys.stdin`, as far as it goes: `read` and `readlines` always give everything, and it cannot be iterated over."""

    def __init__(self, text: str) -> None:
        self._text, self._file = text, io.StringIO(text)
        self.buffer = _Bytes(text.encode())

    def read(self, *_size: object) -> str:
        return self._text

    def readlines(self, *_size: object) -> list[str]:
        return self._text.split("\n")

    def __getattr__(self, name: str) -> Callable[..., object]:
        attribute: Callable[..., object] = getattr(self._file, name)
        return attribute


class _Bytes:
    """`sys.stdin.buffer`: `readline` always gives the first line."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, *_size: object) -> bytes:
        return self._data

    def readline(self, *_size: object) -> bytes:
        return self._data.partition(b"\n")[0] + b"\n"
