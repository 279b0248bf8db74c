"""Any executable as the judge: one JSON verdict, or none, which is its own fault or the program's."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import ChecksBroken
from sandboxes.types import Case, Checks, File, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.command import FAILED, CommandVerifier

pytestmark = pytest.mark.bubblewrap

Commanded = Callable[..., Verdict]
PYTHON = ("python3", "judge.py")


@pytest.fixture
def commanded(sandbox: Bubblewrap) -> Commanded:
    """commanded(program, judge): judge.py and data.txt lie in the command's folder."""

    def verify(
        source: str,
        judge: str = "",
        *,
        command: tuple[str, ...] = PYTHON,
        cases: tuple[str, ...] = ("command",),
        limits: Limits | None = None,
    ) -> Verdict:
        files = (
            File.of("judge.py", judge.encode()),
            File.of("data/wanted.txt", b"42\n"),
            File.of("judge.sh", f"#!/bin/sh\n{judge}".encode(), executable=True),
        )
        found = tuple(Case(id, Tier.FEEDBACK, f"the test {id}") for id in cases)
        checks = Checks("command", found, limits or Limits(), files=files, command=command, module="answer.txt")
        return CommandVerifier(checks, sandbox).verify(Program(source))

    return verify


def says(text: str) -> str:
    return f"print({text!r})"


def test_a_judge_reads_the_program_and_its_own_files(commanded: Commanded) -> None:
    judge = """
import json, os, sys
right = open(sys.argv[1]).read() == open("data/wanted.txt").read() and os.path.basename(sys.argv[1]) == "answer.txt"
print(json.dumps({"status": "pass"} if right else {"status": "wrong_answer", "detail": "not 42"}))
"""
    assert commanded("42\n", judge).status is Status.PASS
    verdict = commanded("43\n", judge)
    assert (verdict.status, verdict.cases[0].error) == (Status.WRONG_ANSWER, "not 42")


def test_any_executable_may_be_the_judge(commanded: Commanded) -> None:
    judge = """grep -q 42 "$1" && echo '{"status": "pass"}' || echo '{"status": "compile_error", "detail": "no 42"}'"""
    assert commanded("42", judge, command=("./judge.sh",)).status is Status.PASS
    assert commanded("41", judge, command=("./judge.sh",)).status is Status.COMPILE_ERROR


def test_arguments_stand_before_the_path_of_the_program(commanded: Commanded) -> None:
    judge = 'import sys; print(\'{"status": "pass"}\' if sys.argv[1:-1] == ["--fast", "a b"] else "")'
    assert commanded("", judge, command=(*PYTHON, "--fast", "a b")).status is Status.PASS


CASES = {"status": "wrong_answer", "cases": [{"id": "b", "status": "pass"}, {"id": "a", "status": "time_limit"}]}


def test_named_cases_are_each_judged(commanded: Commanded) -> None:
    verdict = commanded("", says(json.dumps(CASES)), cases=("a", "b"))
    assert verdict.status is Status.TIME_LIMIT
    assert [(case.id, case.status) for case in verdict.cases] == [("a", Status.TIME_LIMIT), ("b", Status.PASS)]


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param("", id="nothing"),
        pytest.param("print('ok')", id="no JSON"),
        pytest.param(says('{"status": "pass"}') + "; raise SystemExit(1)", id="exit code 1 after a pass"),
        pytest.param(says('{"status": "pass"}') + "; import os; os.kill(os.getpid(), 9)", id="killed after a pass"),
        pytest.param(says('{"status": "pass"}\n{"status": "pass"}'), id="two verdicts"),
        pytest.param(says('log\n{"status": "pass"}'), id="words before the verdict"),
        pytest.param(says('["pass"]'), id="list"),
        pytest.param(says('"pass"'), id="text"),
        pytest.param(says('{"status": "ok"}'), id="unknown status"),
        pytest.param(says('{"status": "PASS"}'), id="status in capitals"),
        pytest.param(says('{"status": "unavailable"}'), id="status that is ours"),
        pytest.param(says('{"status": true}'), id="status that is no text"),
        pytest.param(says('{"status": ["pass"]}'), id="list of statuses"),
        pytest.param(says('{"status": "wrong_answer", "status": "pass"}'), id="key twice"),
        pytest.param(says('{"status": "pass", "score": 1}'), id="unknown key"),
        pytest.param(says('{"status": "pass", "detail": 3}'), id="detail that is no text"),
        pytest.param(says('{"status": "pass", "cases": []}'), id="cases that the problem does not name"),
        pytest.param("print('[' * 100000)", id="nested too deep"),
    ],
)
def test_a_command_that_never_gives_a_verdict_is_the_problems_fault(commanded: Commanded, judge: str) -> None:
    with pytest.raises(ChecksBroken) as broken:
        commanded("42", judge)
    assert str(broken.value).startswith("the command 'python3' gives no verdict, on an empty program neither (")
    assert str(broken.value).endswith("); mend it: it must print one JSON object, nothing else, and exit with 0")


def test_a_missing_judge_is_told_with_what_it_says_itself(commanded: Commanded) -> None:
    with pytest.raises(ChecksBroken, match=r"\(exit code 2, .*jugde\.py.* No such file or directory\); mend it"):
        commanded("42", command=("python3", "jugde.py"))


CARELESS = """
import sys
program = open(sys.argv[1]).read()
if program:
    {failure}
print('{{"status": "wrong_answer"}}')
"""


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        pytest.param("int(program)", Status.RUNTIME_ERROR, "(ValueError: invalid literal", id="crash"),
        pytest.param("sys.exit(3)", Status.RUNTIME_ERROR, "(exit code 3).", id="exit code"),
        pytest.param("import os; os.kill(0, 9)", Status.RUNTIME_ERROR, "(killed: by itself, or", id="killed"),
        pytest.param("print('?')", Status.RUNTIME_ERROR, "(Expecting value: line 1", id="no verdict"),
        pytest.param("print('x' * (9 << 20))", Status.OUTPUT_LIMIT, "wrote more than 8388608 bytes", id="flood"),
        pytest.param("while True: pass", Status.TIME_LIMIT, "used more than 1 s", id="endless"),
        pytest.param("'x' * (2 << 30)", Status.MEMORY_LIMIT, "needed more than 1024 MiB", id="memory"),
    ],
)
def test_what_a_program_does_to_a_command_that_works_is_its_failure(
    commanded: Commanded, failure: str, status: Status, told: str
) -> None:
    verdict = commanded("no number", CARELESS.format(failure=failure), limits=Limits(cpu_s=1))
    assert (verdict.status, verdict.reward) == (status, 0)
    assert told in verdict.cases[0].error


def test_a_command_that_has_judged_need_not_judge_an_empty_program(sandbox: Bubblewrap) -> None:
    judge = b"import sys; print('{\"status\": \"wrong_answer\"}' if int(open(sys.argv[1]).read()) != 42 else '')"
    files = (File.of("judge.py", judge),)
    checks = Checks("command", (Case("command", Tier.FEEDBACK, ""),), files=files, command=PYTHON, module="a.txt")
    with pytest.raises(ChecksBroken):
        CommandVerifier(checks, sandbox).verify(Program("x"))
    verifier = CommandVerifier(checks, sandbox)
    assert verifier.verify(Program("41")).status is Status.WRONG_ANSWER
    assert verifier.verify(Program("x")).status is Status.RUNTIME_ERROR


def test_what_a_failed_command_complains_of_is_not_shown_beside_a_hidden_case(sandbox: Bubblewrap) -> None:
    cases = (Case("a", Tier.FEEDBACK, ""), Case("b", Tier.CONFIRM, ""))
    told = (
        b'{"status": "wrong_answer", "cases": [{"id": "a", "status": "pass"}, {"id": "b", "status": "wrong_answer"}]}'
    )
    judge = b"import sys; assert open(sys.argv[1]).read() == '', 'SECRET'; print('" + told + b"')"
    checks = Checks("command", cases, files=(File.of("judge.py", judge),), command=PYTHON, module="a.txt")
    verdict = CommandVerifier(checks, sandbox).verify(Program("x"))
    assert verdict.status is Status.RUNTIME_ERROR
    assert [case.error for case in verdict.cases] == [f"{FAILED}."] * 2
    assert "SECRET" in verdict.detail


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"status": "pass"}, id="no cases"),
        pytest.param({"status": "pass", "cases": [{"id": "a", "status": "pass"}]}, id="one is missing"),
        pytest.param({"status": "pass", "cases": [{"id": "a", "status": "pass"}] * 2}, id="one is there twice"),
        pytest.param({**CASES, "cases": [*CASES["cases"], {"id": "c", "status": "pass"}]}, id="one is unknown"),
        pytest.param({**CASES, "status": "pass"}, id="pass although a case fails"),
        pytest.param(
            {"status": "wrong_answer", "cases": [{"id": i, "status": "pass"} for i in "ab"]}, id="no case fails"
        ),
        pytest.param({"status": "pass", "cases": {"a": "pass", "b": "pass"}}, id="cases as an object"),
        pytest.param({"status": "pass", "cases": [["a", "pass"], ["b", "pass"]]}, id="cases as lists"),
    ],
)
def test_cases_that_are_not_those_of_the_problem_are_no_verdict(commanded: Commanded, told: dict[str, object]) -> None:
    with pytest.raises(ChecksBroken, match="gives no verdict"):
        commanded("", says(json.dumps(told)), cases=("a", "b"))


def test_a_command_needs_no_files_of_its_own(sandbox: Bubblewrap) -> None:
    command = ("sh", "-c", """grep -q 42 "$0" && echo '{"status": "pass"}'""")
    checks = Checks("command", (Case("command", Tier.FEEDBACK, ""),), command=command, module="answer.txt")
    assert CommandVerifier(checks, sandbox).verify(Program("42")).status is Status.PASS


RUNS_THE_PROGRAM = """
import json, subprocess, sys
ended = subprocess.run([sys.executable, sys.argv[1]], capture_output=True, text=True)
print(json.dumps({"status": "pass" if ended.stdout == "42\\n" else "wrong_answer"}))
"""


def test_a_command_may_run_the_program(commanded: Commanded) -> None:
    assert commanded("print(42)", RUNS_THE_PROGRAM).status is Status.PASS
    assert commanded("print(41)", RUNS_THE_PROGRAM).status is Status.WRONG_ANSWER


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        ("os.kill(os.getppid(), 9)", Status.RUNTIME_ERROR),
        ("os.kill(-1, 9)", Status.RUNTIME_ERROR),
        ("say()", Status.RUNTIME_ERROR),
        ("say(); os.kill(os.getppid(), 9)", Status.RUNTIME_ERROR),
        ("say(); os.kill(os.getppid(), 19); time.sleep(60)", Status.TIME_LIMIT),
    ],
    ids=["kills", "kills all", "speaks", "speaks and kills", "speaks and stops"],
)
def test_a_program_that_reaches_for_the_command_does_not_pass(
    commanded: Commanded, attack: str, status: Status
) -> None:
    program = f"""
import os, time
def say():
    with open(f"/proc/{{os.getppid()}}/fd/1", "w") as stdout:
        stdout.write('{{"status": "pass"}}')
{attack}
"""
    assert commanded(program, RUNS_THE_PROGRAM, limits=Limits(wall_s=2)).status is status


def test_an_endless_command_is_a_time_limit(commanded: Commanded) -> None:
    verdict = commanded("", "while True: pass", limits=Limits(cpu_s=1))
    assert (verdict.status, verdict.cases[0].error) == (Status.TIME_LIMIT, "used more than 1 s of CPU time")


def test_a_command_that_runs_out_of_memory_is_a_memory_limit(commanded: Commanded) -> None:
    verdict = commanded("", "x = 'x' * (1 << 30)", limits=Limits(memory_bytes=256 << 20))
    assert verdict.status is Status.MEMORY_LIMIT


def test_a_command_that_cannot_be_started_is_the_problems_fault(commanded: Commanded) -> None:
    with pytest.raises(ChecksBroken) as broken:
        commanded("", command=("no-such-compiler", "-O2"))
    assert str(broken.value) == (
        "the command 'no-such-compiler' cannot be started in the sandbox (No such file or directory); install it where "
        "the sandbox finds it, begin a script with its #! line, or mend `run` in [command]"
    )


def test_the_commands_files_are_read_only(commanded: Commanded) -> None:
    judge = """
try:
    open("data/wanted.txt", "w")
except PermissionError:
    print('{"status": "pass"}')
"""
    assert commanded("", judge).status is Status.PASS


def test_a_command_sees_no_network_and_no_file_of_the_host(commanded: Commanded) -> None:
    judge = """
import os, socket
seen = os.path.exists("/root") or os.path.exists("/etc/passwd")
try:
    socket.create_connection(("1.1.1.1", 53), 1)
except OSError:
    print('{"status": "wrong_answer"}' if seen else '{"status": "pass"}')
"""
    assert commanded("", judge).status is Status.PASS


@pytest.mark.parametrize(
    ("command", "module", "sentence"),
    [
        ((), "a.txt", "the checks do not say what to run: set `command`"),
        (PYTHON, "../a", "'../a' cannot be the name of the program's file: set `module`"),
        (PYTHON, "", "'' cannot be the name of the program's file: set `module`"),
    ],
)
def test_incomplete_checks_are_refused(
    sandbox: Bubblewrap, command: tuple[str, ...], module: str, sentence: str
) -> None:
    checks = Checks("command", (Case("command", Tier.FEEDBACK, ""),), command=command, module=module)
    with pytest.raises(ValueError, match=r"the checks|cannot be") as refused:
        CommandVerifier(checks, sandbox)
    assert str(refused.value) == sentence
