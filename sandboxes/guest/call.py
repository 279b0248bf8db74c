"""Inside a sandbox, in a forked child: load the program, call one function of it, write down what came back.

The program runs in a module called `program`, so a main guard does not run. Everything written here may be forged by
the program; it is an output like any other.
"""

from __future__ import annotations

import builtins
import json
import linecache
import os
import re
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType, TracebackType

from sandboxes.guest.child import RESULT
from sandboxes.wire import Json, WireError, decode, encode

MODULE, FILE, PREAMBLE_FILE = "program", "program.py", "preamble.py"
MAX_FRAMES = 3
MAX_MESSAGE = 1000
# Where the text of a file may say how it is encoded: a comment in the first line, or in the second one after a comment.
_COOKIE = re.compile(
    r"\A((?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))??[ \t\f]*#[^\r\n]*?coding[:=][ \t]*)[-\w.]+", re.ASCII
)


class Loadable:
    """A compiled program and where its function is to be found."""

    def __init__(self, source: str, preamble: str, entry: str) -> None:
        """SyntaxError, ValueError, RecursionError or MemoryError when it does not compile."""
        source = source.removeprefix("\ufeff")  # the byte-order mark of an editor
        self.entry = entry
        self.source, self.preamble = source, preamble
        self._before = compile(preamble, PREAMBLE_FILE, "exec", dont_inherit=True)
        self._program = compile(source, FILE, "exec", dont_inherit=True)
        self.codes = (self._before, self._program) if preamble else (self._program,)
        texts = {FILE: source, PREAMBLE_FILE: preamble} if preamble else {FILE: source}
        self.files = {name: _COOKIE.sub(r"\1utf-8", text).encode(errors="replace") for name, text in texts.items()}
        for name, text in texts.items():
            linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)

    def names(self) -> set[str]:
        """Every name that its top level uses, imported modules among them."""
        return {*self._before.co_names, *self._program.co_names}

    def call(self, arguments: Json, keywords: Json) -> None:
        """Run in the child. Ends the process."""
        try:
            outcome = self._outcome(arguments, keywords)
        except MemoryError:
            outcome = {"memory": True}
        except BaseException as error:  # SystemExit too: leaving is no answer
            outcome = {"error": _describe(error, self.source)}
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # the program may have put anything there
                continue
        _write(json.dumps(outcome).encode("ascii"))
        os._exit(0)

    def _outcome(self, arguments: Json, keywords: Json) -> dict[str, Json]:
        function = self._load()
        positional, named = decode(arguments), decode(keywords)
        returned = function(*positional, **named)  # type: ignore[operator,misc,arg-type]
        try:
            return {"value": encode(returned)}
        except WireError as error:
            told = f"what the function returned cannot be judged: {error}"
            return {"error": {"type": "RuntimeError", "builtin": "RuntimeError", "message": told, "text": told}}

    def _load(self) -> object:
        module = ModuleType(MODULE)
        module.__file__ = FILE
        sys.modules[MODULE] = sys.modules["__main__"] = module
        sys.argv = [FILE]
        sys.path.remove("/box")
        space = module.__dict__
        _run(self._before, space)
        before = space.get(self.entry)
        _run(self._program, space)
        return _find(space, self.entry, before)


def _run(code: CodeType, space: dict[str, object]) -> None:
    exec(code, space)


def _find(space: dict[str, object], entry: str, before: object) -> object:
    """The program's function, or the method of its class Solution. What the preamble left there does not count."""
    found = space.get(entry)
    if found is not None and found is not before:
        return found
    solution = space.get("Solution")
    if isinstance(solution, type) and hasattr(solution, entry):
        return getattr(solution(), entry)
    raise NameError(f"the program defines no function {entry!r}")


def _describe(error: BaseException, source: str) -> dict[str, Json]:
    kind = type(error)
    parents = [parent.__name__ for parent in kind.__mro__]
    base = next(parent.__name__ for parent in kind.__mro__ if parent is getattr(builtins, parent.__name__, None))
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:
        message = "(its message cannot be shown)"
    lines = _frames(error.__traceback__, source.splitlines())
    last = f"{kind.__name__}: {message}" if message else kind.__name__
    head = ["Traceback (most recent call last):"] if lines else []
    text = "\n".join([*head, *lines, last])
    return {"type": kind.__name__, "parents": " ".join(parents), "builtin": base, "message": message, "text": text}


def _frames(trace: TracebackType | None, source: Sequence[str]) -> list[str]:
    """The last few frames of the program itself, as Python prints them."""
    found: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILE:
            line = source[trace.tb_lineno - 1].strip() if 0 < trace.tb_lineno <= len(source) else ""
            found.append(f'  File "{FILE}", line {trace.tb_lineno}, in {code.co_name}\n    {line}')
        trace = trace.tb_next
    return found[-MAX_FRAMES:]


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(RESULT, view) :]
