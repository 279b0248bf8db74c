"""Programs in other languages than Python, by their real toolchains in the real sandbox.

Where a toolchain is not installed, its tests assert instead that what is missing is named.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.docker import Docker
from sandboxes.errors import SandboxUnavailable
from sandboxes.guest.javanames import java_names
from sandboxes.guest.languages import LANGUAGES
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.function import FunctionVerifier
from sandboxes.verifiers.lacking import lacking
from sandboxes.verifiers.stdio import StdioVerifier
from sandboxes.verifiers.toolchains import require_toolchain

pytestmark = pytest.mark.bubblewrap

COMPILED = [name for name, language in LANGUAGES.items() if language.build]
LIMITS = Limits(cpu_s=10, wall_s=60, memory_bytes=256 << 20, stdout_bytes=1 << 20)
Judge = Callable[..., Verdict]


def stored(language: str, name: str) -> str:
    (path,) = Path(__file__).with_name("languages").joinpath(language).glob(f"{name}.*")
    return path.read_text()


@pytest.fixture
def judge(sandbox: Bubblewrap) -> Judge:
    """judge(language, source, ("input", "expected"), ...)"""

    def verify(language: str, source: str, *pairs: tuple[str, str], limits: Limits = LIMITS) -> Verdict:
        cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, wanted) for n, (given, wanted) in enumerate(pairs, 1))
        return StdioVerifier(Checks("stdio", cases, limits), sandbox).verify(Program(source, language=language))

    return verify


def with_toolchain(test: Callable[..., None]) -> Callable[..., None]:
    """The test, or where its language cannot be compiled, that this is said."""

    @functools.wraps(test)
    def run(judge: Judge, language: str, **others: object) -> None:
        absent = [path for path in LANGUAGES[language].needs if not Path(path).exists()]
        if not absent:
            test(judge, language, **others)
            return
        with pytest.raises(SandboxUnavailable, match=f"no {absent[0]}, which .* programs need: apt-get install"):
            judge(language, "", ("", ""))

    return run


def in_languages(*languages: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return lambda test: pytest.mark.parametrize("language", languages)(with_toolchain(test))


@in_languages(*COMPILED)
def test_output_decides(judge: Judge, language: str) -> None:
    verdict = judge(language, stored(language, "right"), ("1 2\n3\n", "6\n"), ("1 2\n", "4\n"))
    assert [(case.status, case.actual) for case in verdict.cases] == [
        (Status.PASS, "6\n"),
        (Status.WRONG_ANSWER, "3\n"),
    ]


CRASHES = {
    "c": "about to fail\nexit code 3",
    "cpp": "about to fail\nkilled by Segmentation fault",
    "rust": "index out of bounds: the len is 0 but the index is 3",
    "java": "java.lang.ArrayIndexOutOfBoundsException: Index 3 out of bounds for length 0\n\tat Main.main(Main.java:3)",
    "javascript": "program.js:2\nconsole.log(rows[3].length);",
}


@in_languages(*COMPILED)
def test_a_crash_says_how_it_ended(judge: Judge, language: str) -> None:
    (case,) = judge(language, stored(language, "crash"), ("", "")).cases
    assert case.status is Status.RUNTIME_ERROR
    assert CRASHES[language] in case.error


@in_languages(*COMPILED)
def test_an_endless_loop_comes_to_the_time_limit(judge: Judge, language: str) -> None:
    (case,) = judge(language, stored(language, "loop"), ("", ""), limits=replace(LIMITS, cpu_s=1)).cases
    assert (case.status, case.error) == (Status.TIME_LIMIT, "used more than 1 s of CPU time")


@in_languages(*COMPILED)
def test_too_much_memory_is_named(judge: Judge, language: str) -> None:
    (case,) = judge(language, stored(language, "memory"), ("", "")).cases
    assert (case.status, case.error) == (Status.MEMORY_LIMIT, "needed more than 256 MiB of memory")


@in_languages(*COMPILED)
def test_endless_output_is_named(judge: Judge, language: str) -> None:
    (case,) = judge(language, stored(language, "flood"), ("", "")).cases
    assert (case.status, case.error) == (Status.OUTPUT_LIMIT, "wrote more than 1048576 bytes to standard output")


@in_languages(*COMPILED)
def test_a_compile_error_names_the_line(judge: Judge, language: str) -> None:
    verdict = judge(language, stored(language, "broken"), ("", ""))
    assert (verdict.status, verdict.cases[0].status) == (Status.COMPILE_ERROR, Status.NOT_RUN)
    main = "Main.java" if language == "java" else LANGUAGES[language].names("").file
    assert f"{main}:3" in verdict.detail
    assert "/tmp" not in verdict.detail


BOMBS = {
    "reads without end": ("c", '#include "/dev/zero"\n', "out of memory"),
    "includes itself": ("c", '#include "program.c"\n', "nested depth"),
    "reads the machine's files": ("c", '#include "/etc/shadow"\n', "No such file or directory"),
    "a file larger than the room": ("c", "int table[1 << 27] = {1};\nint main(void) {}\n", "File size limit exceeded"),
    "nested too deep": ("java", f"class Main {{ int x = {'(' * 50_000}1{')' * 50_000}; }}\n", "StackOverflowError"),
    "a type without end": (
        "rust",
        "fn f<T>(n: u32, t: T) -> u32 { if n == 0 { 0 } else { f(n - 1, (t, 1u8)) } }\nfn main() { f(3, 0); }\n",
        "recursion limit",
    ),
}


@pytest.mark.parametrize(("language", "source", "told"), BOMBS.values(), ids=BOMBS)
@with_toolchain
def test_a_source_that_attacks_its_compiler_is_a_compile_error(
    judge: Judge, language: str, source: str, told: str
) -> None:
    verdict = judge(language, source, ("", ""))
    assert verdict.status is Status.COMPILE_ERROR
    assert told in verdict.detail


UNUSUAL = {
    "threads": (
        "cpp",
        "#include <iostream>\n#include <thread>\n"
        "int main() { int n; std::cin >> n; std::jthread([&] { std::cout << n * n; }); }\n",
    ),
    "a class in a package": (
        "java",
        "package deep.down; // public class Other\nclass Helper {}\npublic class Square {\n"
        "    public static void main(String[] args) {\n"
        "        int n = new java.util.Scanner(System.in).nextInt();\n"
        "        Thread last = new Thread(() -> System.out.println(n * n));\n        last.start();\n    }\n}\n",
    ),
    "deep recursion in Java": (
        "java",
        "class Deep {\n    static int sum(int n) { return n == 0 ? 0 : 1 + sum(n - 1); }\n"
        "    public static void main(String[] args) { System.out.println(sum(400000) / 100000 * 4); }\n}\n",
    ),
    "deep recursion in JavaScript": (
        "javascript",
        "const sum = (n) => (n === 0 ? 0 : 1 + sum(n - 1));\nconsole.log(sum(200000) / 12500);\n",
    ),
    "a module": (
        "javascript",
        'import { readFileSync } from "fs";\nconst n = Number(await readFileSync(0, "utf8"));\nconsole.log(n * n);\n',
    ),
    "a worker": (
        "javascript",
        'const { Worker, isMainThread, parentPort } = require("worker_threads");\n'
        'if (isMainThread) new Worker(__filename).on("message", (found) => console.log(found));\n'
        "else parentPort.postMessage(16);\n",
    ),
}


@pytest.mark.parametrize(("language", "source"), UNUSUAL.values(), ids=UNUSUAL)
@with_toolchain
def test_right_programs_in_unusual_style_pass(judge: Judge, language: str, source: str) -> None:
    verdict = judge(language, source, ("4\n", "16\n"))
    assert (verdict.status, verdict.detail, verdict.cases[0].error) == (Status.PASS, "", "")


HOSTILE = {
    "kills all that it may": (
        "c",
        "#include <signal.h>\nint main(void) { kill(-1, SIGKILL); }\n",
        (Status.RUNTIME_ERROR, "the program ended the process that runs it"),
    ),
    "fills the disk": (
        "c",
        "#include <stdio.h>\nstatic char block[1 << 20];\n"
        'int main(void) { FILE *file = fopen("x", "w"); while (fwrite(block, 1, sizeof block, file)); }\n',
        (Status.RUNTIME_ERROR, "killed by File size limit exceeded"),
    ),
    "leaves a daemon": (
        "c",
        "#include <stdio.h>\n#include <unistd.h>\n"
        'int main(void) { if (fork() == 0) for (setsid();;) pause(); puts("expected"); }\n',
        (Status.PASS, ""),
    ),
    "takes memory outside of its heap": (
        "javascript",
        "const kept = [];\nwhile (true) kept.push(Buffer.alloc(1 << 24, 1));\n",
        (Status.MEMORY_LIMIT, "needed more than 256 MiB of memory"),
    ),
}


@pytest.mark.parametrize(("language", "source", "ending"), HOSTILE.values(), ids=HOSTILE)
@with_toolchain
def test_hostile_programs_harm_themselves_alone(
    judge: Judge, language: str, source: str, ending: tuple[Status, str]
) -> None:
    verdict = judge(language, source, ("", "expected\n"), ("", "expected\n"))
    assert [(case.status, case.error) for case in verdict.cases] == [ending, ending]


@in_languages("c")
def test_nothing_that_a_program_writes_is_there_for_the_next_case(judge: Judge, language: str) -> None:
    source = (
        "#include <stdio.h>\n#include <unistd.h>\n"
        'int main(void) {\n    puts(access("left", F_OK) ? "fresh" : "used");\n    fclose(fopen("left", "w"));\n'
        '    unlink("program");\n    fclose(fopen("program", "w"));\n}\n'
    )
    verdict = judge(language, source, ("", "fresh\n"), ("", "fresh\n"))
    assert [case.actual for case in verdict.cases] == ["fresh\n", "fresh\n"]


@in_languages("c")
def test_signals_are_as_a_shell_leaves_them(judge: Judge, language: str) -> None:
    source = (
        "#include <signal.h>\n#include <stdio.h>\nint main(void) {\n    for (int n = 1; n < 32; n++)\n"
        '        if (signal(n, SIG_DFL) == SIG_IGN) printf("%d is ignored\\n", n);\n}\n'
    )
    assert judge(language, source, ("", "")).status is Status.PASS


@pytest.fixture
def without_headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bwrap whose sandboxes hold no C headers."""
    script = tmp_path_factory.mktemp("bare") / "bwrap"
    script.write_text('#!/bin/sh\na=$2\nshift 3\nexec /usr/bin/bwrap --args "$a" --tmpfs /usr/include -- "$@"\n')
    for path in (script, *script.parents[:3]):
        if path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | 0o055)
    return script


LACKS_C = r"the sandbox bubblewrap has no /usr/\S+, which C programs need: apt-get install \S+"


def test_a_toolchain_that_the_sandbox_lacks_is_no_verdict(without_headers: Path) -> None:
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),))
    with closing(Bubblewrap(str(without_headers))) as bare, pytest.raises(SandboxUnavailable, match=LACKS_C):
        StdioVerifier(checks, bare).verify(Program(stored("c", "right"), language="c"))


def test_docker_needs_another_image_when_a_toolchain_is_missing() -> None:
    assert str(lacking(Docker(runtime="runsc"), "rust", "/usr/bin/rustc")) == (
        "the sandbox docker+runsc has no /usr/bin/rustc, which Rust programs need: put the toolchains into its image: "
        "python -m sandboxes.images.build --toolchains"
    )


def test_a_toolchain_can_be_asked_for_before_there_is_a_program(without_headers: Path) -> None:
    with closing(Bubblewrap(str(without_headers))) as bare:
        require_toolchain(bare, "python")
        with pytest.raises(SandboxUnavailable, match=LACKS_C):
            require_toolchain(bare, "c")


def test_a_toolchain_that_fails_is_no_verdict(without_headers: Path) -> None:
    told = "for a right one ended with .*iostream" if Path("/usr/bin/g++").exists() else r"no /usr/bin/g\+\+"
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),))
    with closing(Bubblewrap(str(without_headers))) as bare, pytest.raises(SandboxUnavailable, match=told):
        StdioVerifier(checks, bare).verify(Program("#include <iostream>\nint main() {}\n", language="cpp"))


def test_the_user_is_told_of_a_missing_toolchain_with_exit_code_2(
    without_headers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests/sample").mkdir(parents=True)
    (tmp_path / "problem.toml").write_text('name = "p"\nkind = "stdio"\nlanguage = "c"\n')
    for name in ("statement.md", "tests/sample/1.in", "tests/sample/1.out", "program.c"):
        (tmp_path / name).write_text("int main(void) {}\n")
    monkeypatch.setenv("PATH", f"{without_headers.parent}:{os.environ['PATH']}")
    command = [sys.executable, "-m", "ttsd", "verify", ".", "program.c", "--sandbox", "bubblewrap"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(f"ttsd: {LACKS_C}\n", ended.stderr)


def test_only_python_functions_are_called(sandbox: Bubblewrap) -> None:
    checks = Checks("function", (Case("1", Tier.SAMPLE, [1], 1),), entry="f")
    with pytest.raises(ValueError, match="only Python functions can be called: judge a C\\+\\+ program by its output"):
        FunctionVerifier(checks, sandbox).verify(Program("int f(int x) { return x; }", language="cpp"))


def test_only_python_programs_have_a_preamble(sandbox: Bubblewrap) -> None:
    verifier = StdioVerifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),)), sandbox)
    with pytest.raises(ValueError, match="a preamble is Python code: no Rust program can have one"):
        verifier.verify(Program("fn main() {}", preamble="x = 1", language="rust"))


def test_a_language_that_is_not_known_is_refused(judge: Judge) -> None:
    with pytest.raises(ValueError, match="the language 'cobol' is none of python, cpp, c, rust, java, javascript"):
        judge("cobol", "", ("", ""))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("public class A { public static void main(String[] a) {} }", ("A.java", "A")),
        ("class Node {} class Run { void f() { if (x) {} } static void main(String[] a) {} }", ("Run.java", "Run")),
        ("public class Api {} class Run { static void main(String[] a) {} }", ("Api.java", "Run")),
        ("package a.b; public final class Z<T> { static void main (String[] a) {} } class W {}", ("Z.java", "a.b.Z")),
        ('class A { String s = "} public class B {"; /* } */ static void main(String[] a) {} }', ("A.java", "A")),
        ("class A { public class B {} } public class C { static void main(String[] a) {} }", ("C.java", "C")),
        ("void main() {}", ("Main.java", "Main")),
        ("", ("Main.java", "Main")),
    ],
)
def test_a_java_program_may_be_called_anything(source: str, names: tuple[str, str]) -> None:
    assert java_names(source) == names


UNTIL = """
#include <csignal>
#include <ctime>
#include <string_view>
#include <unistd.h>
constexpr std::string_view now = __TIME__, times[] = {TIMES};
constexpr bool early() { for (auto time : times) if (time == now) return true; return false; }
static_assert(early());
int main() { while (std::time(nullptr) <= LAST) sleep(1); kill(getppid(), SIGKILL); pause(); }
"""


@pytest.mark.parametrize("language", ["cpp"])
@with_toolchain
def test_a_program_that_compiles_for_some_seconds_only_is_no_outage(judge: Judge, language: str) -> None:
    last = int(time.time()) + 10
    times = ", ".join(time.strftime('"%T"', time.gmtime(last - n)) for n in range(12))
    source = UNTIL.replace("TIMES", times).replace("LAST", str(last))
    assert judge(language, source, ("", "1"), ("", "2")).status is Status.RUNTIME_ERROR
