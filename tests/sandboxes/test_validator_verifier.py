"""Programs judged by an output validator, which runs in a sandbox of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken, SandboxUnavailable
from sandboxes.types import Case, Checks, File, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.validator import ValidatorVerifier

pytestmark = pytest.mark.bubblewrap

Validated = Callable[..., Verdict]

# Any two numbers with the given sum. The answer file is not looked at.
SPLIT = """
import sys
from pathlib import Path
try:
    first, second = map(int, sys.stdin.read().split())
except ValueError:
    Path(sys.argv[3] + "teammessage.txt").write_text("print two integers")
    sys.exit(43)
total = int(open(sys.argv[1]).read())
if first + second == total:
    sys.exit(42)
Path(sys.argv[3] + "judgemessage.txt").write_text(f"{first} + {second} is not {total}")
sys.exit(43)
"""


@pytest.fixture
def validated(sandbox: Bubblewrap) -> Validated:
    """validated(program, validator, (input, answer), ...)"""

    def verify(
        source: str,
        validator: str,
        *pairs: tuple[str, str],
        flags: tuple[str, ...] = (),
        helper: str = "",
        limits: Limits | None = None,
    ) -> Verdict:
        cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, answer) for n, (given, answer) in enumerate(pairs, 1))
        files = (File.of("judge/validate.py", validator.encode()), File.of("judge/helper.py", helper.encode()))
        checks = Checks("validator", cases, limits or Limits(), files=files, command=("judge/validate.py", *flags))
        return ValidatorVerifier(checks, sandbox).verify(Program(source))

    return verify


@pytest.mark.parametrize("output", ["print(3, 4)", "print(0, 7)", "print(-1)\nprint(8)"])
def test_each_of_several_right_outputs_passes(validated: Validated, output: str) -> None:
    assert validated(output, SPLIT, ("7", "")).status is Status.PASS


def test_a_wrong_output_fails_with_the_validators_words(validated: Validated) -> None:
    verdict = validated("print(3, 5)", SPLIT, ("7", ""))
    assert verdict.status is Status.WRONG_ANSWER
    assert (verdict.cases[0].actual, verdict.cases[0].error) == ("3 5\n", "3 + 5 is not 7")


def test_the_words_for_the_team_are_told_too(validated: Validated) -> None:
    assert validated("print('x')", SPLIT, ("7", "")).cases[0].error == "print two integers"


def test_every_case_is_judged_by_itself(validated: Validated) -> None:
    verdict = validated("print(3, 4)", SPLIT, ("7", ""), ("8", ""), ("7", ""))
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.WRONG_ANSWER, Status.PASS]


def test_a_program_that_fails_is_not_shown_to_the_validator(validated: Validated) -> None:
    verdict = validated("print(3, 4); raise SystemExit(5)", SPLIT, ("7", ""))
    assert (verdict.status, verdict.cases[0].error) == (Status.RUNTIME_ERROR, "exit code 5")


def test_a_program_that_does_not_compile_is_a_compile_error(validated: Validated) -> None:
    assert validated("print(", SPLIT, ("7", "")).status is Status.COMPILE_ERROR


def test_the_validator_gets_what_kattis_gives(validated: Validated) -> None:
    validator = """
import os, sys, helper
given, answer, feedback, *flags = sys.argv[1:]
good = open(given, newline="").read() == "in\\r\\n" and open(answer).read() == "ans" and sys.stdin.read() == "out\\n"
good = good and feedback.endswith("/") and os.path.isdir(feedback) and os.listdir(feedback) == []
sys.exit(42 if good and flags == ["-x", "1"] and helper.OK else 43)
"""
    for _ in range(2):
        verdict = validated("print('out')", validator, ("in\r\n", "ans"), flags=("-x", "1"), helper="OK = True")
        assert verdict.status is Status.PASS


def test_a_validator_keeps_nothing_from_one_case_to_the_next(validated: Validated) -> None:
    validator = """
import os, sys
before = os.path.exists("/tmp/mark")
open("/tmp/mark", "w").close()
sys.exit(43 if before else 42)
"""
    verdict = validated("", validator, ("", ""), ("", ""))
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.PASS]


@pytest.mark.parametrize(
    ("validator", "told"),
    [
        ("import sys; sys.exit(0)", "exit code 0"),
        ("int('x')", "exit code 1, ValueError: invalid literal for int() with base 10: 'x'"),
        ("import os; os.kill(os.getpid(), 9)", "exit code -9"),
        ("def (", "exit code 1, SyntaxError: invalid syntax"),
        ("import os; os.kill(os.getppid(), 9)", "killed"),
    ],
    ids=["success", "exception", "killed", "not Python", "kills its runner"],
)
def test_a_validator_that_breaks_judges_nobody(validated: Validated, validator: str, told: str) -> None:
    with pytest.raises(ChecksBroken) as broken:
        validated("print(3, 4)", validator, ("7", ""))
    assert str(broken.value).startswith(f"the output validator failed on the test 'case 1' ({told}")
    assert str(broken.value).endswith("with 43 for any other, one that it cannot read among them")


CARELESS = """
import sys
output = sys.stdin.read()
if not output:
    sys.exit(43)
sys.exit(42 if int(output) == 7 else 43)
"""


@pytest.mark.parametrize("output", ["'seven'", "'1' * 10_000", "'7\\0'"], ids=["word", "huge number", "null byte"])
def test_an_output_that_a_working_validator_cannot_read_is_wrong(validated: Validated, output: str) -> None:
    assert validated("print(7)", CARELESS, ("", "")).status is Status.PASS
    verdict = validated(f"print({output})", CARELESS, ("", ""))
    assert (verdict.status, verdict.reward) == (Status.WRONG_ANSWER, 0)
    assert verdict.cases[0].error.startswith("the output validator cannot read this output (exit code 1, ValueError:")


def test_a_validator_that_has_judged_a_test_need_not_read_an_empty_output(sandbox: Bubblewrap) -> None:
    files = (File.of("v.py", b"import sys; sys.exit(42 if int(input()) == 7 else 43)"),)
    checks = Checks("validator", (Case("1", Tier.SAMPLE, "", ""),), files=files, command=("v.py",))
    with pytest.raises(ChecksBroken, match=r"on the test '1' \(exit code 1, .*\), and on an empty output too; mend it"):
        ValidatorVerifier(checks, sandbox).verify(Program("print('x')"))
    verifier = ValidatorVerifier(checks, sandbox)
    assert verifier.verify(Program("print(8)")).status is Status.WRONG_ANSWER
    assert verifier.verify(Program("print('x')")).status is Status.WRONG_ANSWER


def test_the_program_finds_neither_validator_nor_answer(validated: Validated) -> None:
    spy = """
import os
found = []
for folder in ("/tmp", "/box", "/dev/shm"):
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                if "SECRET" in open(os.path.join(path, name), errors="replace").read():
                    found.append(name)
            except OSError:
                pass
print(found)
"""
    validator = "import sys; sys.exit(42 if sys.stdin.read() == \"['program.py']\\n\" else 43)  # SECRET"
    assert validated(spy, validator, ("", "SECRET")).cases[0].actual == "['program.py']\n"


@pytest.mark.parametrize("code", [42, 43])
def test_a_program_that_exits_as_a_validator_does_gains_nothing(validated: Validated, code: int) -> None:
    assert validated(f"raise SystemExit({code})", SPLIT, ("7", "")).status is Status.RUNTIME_ERROR


def test_eight_megabytes_of_output_reach_the_validator(validated: Validated) -> None:
    validator = "import sys; sys.exit(42 if len(sys.stdin.read()) == 8 << 20 else 43)"
    verdict = validated("print('\\1' * ((8 << 20) - 1))", validator, ("\1" * (1 << 20), "\1" * (1 << 20)))
    assert verdict.status is Status.PASS


CPP = """
#include <fstream>
#include <iostream>
#include "codes.h"
int judge(std::istream &given);
int main(int count, char **words) {
    std::ifstream given(words[1]);
    if (count < 5 || std::string(words[4]) != "-x") return 1;
    int code = judge(given);
    if (code == REJECT) std::ofstream(std::string(words[3]) + "judgemessage.txt") << "not the sum";
    return code;
}
"""
CPP_FILES = {
    "check.cpp": CPP,
    "judge.cc": '#include <iostream>\n#include "codes.h"\nint judge(std::istream &given) {\n'
    "int total, a, b; given >> total; std::cin >> a >> b; return a + b == total ? ACCEPT : REJECT; }\n",
    "codes.h": "const int ACCEPT = 42, REJECT = 43;\n",
}


@pytest.fixture
def compiled(sandbox: Bubblewrap) -> ValidatorVerifier:
    """A validator of two sources and a header, which wants the flag -x."""
    with closing(Candidate(sandbox, Program("int main() {}", language="cpp"), Limits())) as candidate:
        try:
            candidate.compile_error()
        except SandboxUnavailable as error:
            pytest.skip(str(error))
    files = tuple(File.of(name, text.encode()) for name, text in CPP_FILES.items())
    cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, "") for n, given in enumerate(("7", "9"), 1))
    return ValidatorVerifier(Checks("validator", cases, files=files, command=("check.cpp", "-x")), sandbox)


def test_a_validator_in_cpp_is_compiled_once_and_judges(compiled: ValidatorVerifier) -> None:
    assert compiled.verify(Program("print(3, int(input()) - 3)")).status is Status.PASS
    executable = compiled._executable
    verdict = compiled.verify(Program("print(3, 4)"))
    assert [case.status for case in verdict.cases] == [Status.PASS, Status.WRONG_ANSWER]
    assert verdict.cases[1].error == "not the sum"
    assert compiled._executable is executable


def test_a_validator_that_does_not_compile_judges_nobody(compiled: ValidatorVerifier, sandbox: Bubblewrap) -> None:
    checks = replace(compiled._checks, files=compiled._checks.files[:2])
    with pytest.raises(
        ChecksBroken, match=r"^the output validator check\.cpp does not compile \(check\.cpp.*codes\.h.*\); mend it$"
    ):
        ValidatorVerifier(checks, sandbox).verify(Program("print(3, 4)"))


def test_checks_without_the_validators_file_are_refused(sandbox: Bubblewrap) -> None:
    case = Case("1", Tier.SAMPLE, "", "")
    with pytest.raises(ValueError, match=r"^the checks have no file 'v\.py': add it to `files`$"):
        ValidatorVerifier(Checks("validator", (case,), command=("v.py",)), sandbox)
