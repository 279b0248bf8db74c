"""Inside a sandbox: programs of other languages than Python, compiled once and then run as processes of their own.

The compiler is a child under limits of its own, for a source may make it run for ever. As no file survives a child,
what it wrote is kept here, in memory, and laid out again before each case.
Not promised: the same memory limit for all. Programs of a virtual machine are measured every 50 ms.
"""

from __future__ import annotations

import os
import re
import signal
import struct
from typing import NoReturn

from sandboxes.guest.child import RESULT, STACK_BYTES, Bounds, Ended, execute
from sandboxes.guest.languages import BUILD_MEMORY_BYTES, BUILD_PROCESSES, BUILD_WALL_S, LANGUAGES, MIB

COMPILE = Bounds(
    cpu_s=30.0,
    wall_s=BUILD_WALL_S,
    memory_bytes=BUILD_MEMORY_BYTES,
    processes=BUILD_PROCESSES,
    stdout_bytes=MIB,
    stderr_bytes=64 << 10,
    file_bytes=256 * MIB,  # or what the sandbox has room for
)
_STACK_KB = (STACK_BYTES >> 10) - 4096  # the rest is for what a runtime itself has on it
_TEMPORARY = re.compile(rb"\bcc\w{6}\.(?:o|s|ltrans\d*\.o)\b")  # gcc's files between two of its steps
_KILLED = re.compile(r"internal compiler error: (.+) signal terminated program")  # how gcc tells of a part's end
_FRAMES_OF_NODE = re.compile(rb"\n    at [^\n]*\bnode:internal/[^\n]*")
_LOADED = 1  # PT_LOAD


class NotCompiled(Exception):
    """The compiler refused it or came to its limits: the message."""


def absent_tool(language: str) -> str | None:
    """The first file of the language's toolchain that is not there."""
    return next((path for path in LANGUAGES[language].needs if not os.path.exists(path)), None)


class Built:
    """A compiled program."""

    def __init__(self, language: str, source: str) -> None:
        """NotCompiled when that is the program's fault."""
        self._language = LANGUAGES[language]
        self._names = self._language.names(source)
        self._files: dict[str, tuple[int, bytes]] = {}
        text = source.removeprefix("\ufeff").encode(errors="replace")
        ended = execute(lambda: self._compile(text), b"", self._widened(COMPILE), before_cleaning=self._keep)
        if (ended.reason, ended.exit_code) != ("exit", 0):
            raise NotCompiled(_complaint(ended))

    def _compile(self, source: bytes) -> NoReturn:
        with open(self._names.file, "wb") as file:
            file.write(source)
        _become(self._command(self._language.build))

    def _keep(self) -> None:
        for folder, _, names in os.walk("."):
            for path in (os.path.join(folder, name) for name in names):
                with open(path, "rb") as file:
                    self._files[path] = (os.stat(path).st_mode, file.read())

    def run(self, stdin: bytes, bounds: Bounds) -> Ended:
        """One process, with `stdin` on its standard input."""
        if self._static_bytes() > bounds.memory_bytes:  # the kernel would kill it without a word
            return Ended("memory", None, None, b"", b"", b"", 0.0, 0.0, clean=True)
        self._lay_out()
        command = self._command(self._language.run, memory_mb=bounds.memory_bytes // MIB)
        ended = execute(lambda: _become(command), stdin, self._widened(bounds))
        ended = ended._replace(stderr=_shortened(ended.stderr))
        failed = ended.reason == "exit" and ended.exit_code != 0
        exhausted = self._language.exhausted.encode()
        return ended._replace(reason="memory") if failed and exhausted and exhausted in ended.stderr else ended

    def _static_bytes(self) -> int:
        """What the program's own data takes before it starts."""
        _, binary = self._files.get("./program", (0, b""))
        return _loaded_bytes(binary) if binary else 0

    def _lay_out(self) -> None:
        for path, (mode, content) in self._files.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), mode | 0o100)  # which a linker may not have been allowed to do by itself

    def _command(self, template: str, **limits: int) -> list[str]:
        return [word.format(**self._names._asdict(), stack_kb=_STACK_KB, **limits) for word in template.split()]

    def _widened(self, bounds: Bounds) -> Bounds:
        known = self._language
        return bounds._replace(
            memory_bytes=bounds.memory_bytes + known.own_memory,
            processes=bounds.processes + known.own_processes,
            address_space=not known.own_memory,
        )


def _become(command: list[str]) -> NoReturn:
    os.close(RESULT)
    for ignored in signal.valid_signals() & set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(ignored, signal.SIG_DFL)  # what Python or whoever started us ignores would stay so
    os.execvp(command[0], command)


def _complaint(ended: Ended) -> str:
    said = _shortened(_TEMPORARY.sub(b"program.o", ended.stderr + ended.stdout)).decode(errors="replace").strip()
    limits = {
        "cpu": f"compiling it used more than {COMPILE.cpu_s:g} s of CPU time",
        "wall": f"compiling it took more than {COMPILE.wall_s:g} s",
        "memory": f"compiling it needed more than {COMPILE.memory_bytes // MIB} MiB of memory",
    }
    if ended.reason in limits:
        return limits[ended.reason]
    if killed := _KILLED.search(said):
        return f"{killed[1]} while compiling it"
    ending = f"signal {ended.signal}" if ended.signal else f"exit code {ended.exit_code}"
    return said or f"the compiler ended with {ending}"


def _shortened(text: bytes) -> bytes:
    return _FRAMES_OF_NODE.sub(b"", text.replace(f"{os.getcwd()}/".encode(), b""))


def _loaded_bytes(binary: bytes) -> int:
    """The memory of all segments of a 64-bit ELF file."""
    (table,) = struct.unpack_from("<Q", binary, 32)
    size, count = struct.unpack_from("<HH", binary, 54)
    headers = (struct.unpack_from("<II5QQ", binary, table + size * index) for index in range(count))
    return sum(header[6] for header in headers if header[0] == _LOADED)
