"""The languages of programs: what each one needs, how it is compiled and how it is run. Stdlib only: it goes inside.

A further language is one more line of LANGUAGES. Python has neither needs nor commands: its programs are compiled and
run by forks of the interpreter that is there anyway.
Not promised: that a toolchain whose files are there is sound: `proof` tries that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sandboxes.guest.javanames import java_names

MIB = 1 << 20
BUILD_WALL_S = 120.0  # 30 s of CPU time are what decides: on a busy machine a compiler is slow without any fault
BUILD_MEMORY_BYTES = 2048 * MIB
BUILD_PROCESSES = 256  # threads count
JAVA = "-XX:+UseSerialGC -XX:-UsePerfData"  # fewer threads, and no file for other processes to read
NODE = "node --openssl-config=/dev/null"  # it ends where the usual one cannot be read
JAVAC = "-J-Xmx1g -J-XX:+UseSerialGC -J-XX:-UsePerfData -J-XX:TieredStopAtLevel=1"
_MODULE = re.compile(r"^[ \t]*(?:import\s+[\w*{\"']|import[*{\"']|export\s)", re.MULTILINE)  # not import("x")


class Names(NamedTuple):
    """What a program is called: its source file, and what is to be started."""

    file: str
    main: str = ""


class Language(NamedTuple):
    """`build` and `run` are commands in the folder of the source, with {file}, {main}, {stack_kb} and {memory_mb}."""

    label: str  # as people write it
    names: Callable[[str], Names]  # by the source
    needs: Mapping[str, str] = MappingProxyType({})  # file of the toolchain -> Debian's package of it
    build: str = ""
    run: str = ""
    proof: str = ""  # a right program, which prints ok
    exhausted: str = ""  # what standard error says when memory ran out
    # Of a runtime, on top of what a program may use. Where there is one, RLIMIT_AS is not set, for it reserves far
    # more than it uses, and what is used is watched.
    own_memory: int = 0
    own_processes: int = 0


def _named(file: str) -> Callable[[str], Names]:
    return lambda source: Names(file)


def _javascript_names(source: str) -> Names:
    return Names("program.mjs" if _MODULE.search(source) else "program.js")


def _java(source: str) -> Names:
    return Names(*java_names(source))


_C_LIBRARY = {"/usr/include/stdio.h": "libc6-dev"}  # gcc and rustc can be installed without it

LANGUAGES: Mapping[str, Language] = {
    "python": Language("Python", _named("program.py")),
    "cpp": Language(
        "C++",
        _named("program.cpp"),
        needs={"/usr/bin/g++": "g++"},
        build="g++ -std=gnu++20 -O2 -pipe -w -fmax-errors=5 -o program {file}",
        run="./program",
        proof='#include <iostream>\nint main() { std::cout << "ok"; }\n',
        exhausted="std::bad_alloc",
    ),
    "c": Language(
        "C",
        _named("program.c"),
        needs={"/usr/bin/gcc": "gcc", **_C_LIBRARY},
        build="gcc -std=gnu17 -O2 -pipe -w -fmax-errors=5 -o program {file} -lm",
        run="./program",
        proof='#include <stdio.h>\nint main(void) { puts("ok"); }\n',
    ),
    "rust": Language(
        "Rust",
        _named("program.rs"),
        needs={"/usr/bin/rustc": "rustc", "/usr/bin/cc": "gcc", **_C_LIBRARY},
        build="rustc --edition 2021 -O -C strip=symbols --cap-lints allow -o program {file}",
        run="./program",
        proof='fn main() { println!("ok"); }\n',
        exhausted="memory allocation of ",
    ),
    "java": Language(
        "Java",
        _java,
        needs={"/usr/bin/javac": "default-jdk-headless", "/usr/bin/java": "default-jre-headless"},
        build=f"javac {JAVAC} -encoding UTF-8 -proc:none -nowarn -Xmaxerrs 5 -d . {{file}}",
        run=f"java {JAVA} -Xss{{stack_kb}}k -Xmx{{memory_mb}}m -cp . {{main}}",
        proof='class Main { public static void main(String[] words) { System.out.println("ok"); } }\n',
        exhausted="java.lang.OutOfMemoryError",
        own_memory=192 * MIB,
        own_processes=64,
    ),
    "javascript": Language(
        "JavaScript",
        _javascript_names,
        needs={"/usr/bin/node": "nodejs"},
        build=f"{NODE} --check {{file}}",
        run=f"{NODE} --stack-size={{stack_kb}} --max-old-space-size={{memory_mb}} {{file}}",
        proof='console.log("ok");\n',
        exhausted="JavaScript heap out of memory",
        own_memory=192 * MIB,
        own_processes=64,
    ),
}


def refusal(language: str, entry: str, preamble: str = "") -> str:
    """Why no such program can be run; empty when it can. With `entry`, a function of it is to be called."""
    if language not in LANGUAGES:
        return f"the language {language!r} is none of {', '.join(LANGUAGES)}"
    label = LANGUAGES[language].label
    if entry and language != "python":
        return f"only Python functions can be called: judge a {label} program by its output, with kind = 'stdio'"
    if preamble and language != "python":
        return f"a preamble is Python code: no {label} program can have one"
    return ""


def room(language: str, memory_bytes: int, processes: int) -> tuple[int, int]:
    """The memory and processes that a sandbox needs room for when a program may use so much: to compile takes more."""
    known = LANGUAGES[language]
    if not known.build:
        return memory_bytes, processes
    most = max(memory_bytes, BUILD_MEMORY_BYTES), max(processes, BUILD_PROCESSES)
    return most[0] + known.own_memory, most[1] + known.own_processes
