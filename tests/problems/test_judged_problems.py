"""Problem folders of the kinds that something else judges: what is read and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandboxes.types import Case, Comparison, File, Tier
from ttsd.errors import UserError
from ttsd.problems import load_problem
from ttsd.types import Problem

Files = dict[str, str | None]

VALIDATED: Files = {
    "problem.toml": 'name = "p"\nkind = "stdio"\n',
    "statement.md": "Split.\n",
    "tests/sample/1.in": "7\n",
    "tests/sample/1.out": "3 4\n",
    "validator/check.py": "import sys\nsys.exit(42)\n",
}
PYTEST: Files = {
    "problem.toml": 'name = "p"\nkind = "pytest"\n',
    "statement.md": "Add.\n",
    "tests/feedback/test_it.py": "from solution import f\n\ndef test_a():\n    assert f(1) == 2\n",
}
EVALUATOR: Files = {
    "problem.toml": 'name = "p"\nkind = "evaluator"\n[tests]\nfeedback = {combined_score = 0.9}\n',
    "statement.md": "Pack.\n",
    "evaluator/evaluator.py": "def evaluate(program_path):\n    return 1.0\n",
}
COMMAND: Files = {
    "problem.toml": 'name = "p"\nkind = "command"\n[command]\nrun = ["python3", "judge.py"]\n',
    "statement.md": "Prove.\n",
    "command/judge.py": "print()\n",
}
ANSWER: Files = {"problem.toml": 'name = "p"\nkind = "answer"\n[answer]\nvalue = 42\n', "statement.md": "What?\n"}


def write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")


def load(folder: Path, files: Files) -> Problem:
    write(folder, files)
    return load_problem(str(folder))


def refusal(folder: Path, files: Files) -> str:
    """The sentence, with the folder's path as F. None leaves a file out."""
    with pytest.raises(UserError) as raised:
        load(folder, files)
    sentence = str(raised.value)
    assert "\n" not in sentence
    return sentence.replace(str(folder), "F")


def with_lines(files: Files, lines: str) -> Files:
    """The files with more lines in problem.toml."""
    return {**files, "problem.toml": f"{files['problem.toml']}{lines}\n"}


def manifest(files: Files, text: str) -> Files:
    return {**files, "problem.toml": f'name = "p"\n{text}\n'}


def test_a_folder_called_validator_makes_many_outputs_right(tmp_path: Path) -> None:
    checks = load(tmp_path, VALIDATED).checks
    assert (checks.kind, checks.command) == ("validator", ("check.py",))
    assert checks.files == (File.of("check.py", b"import sys\nsys.exit(42)\n"),)
    assert checks.cases == (Case("sample/1", Tier.SAMPLE, "7\n", "3 4\n"),)


def test_of_several_files_of_a_validator_main_is_started(tmp_path: Path) -> None:
    checks = load(
        tmp_path, VALIDATED | {"validator/main.py": "import check\n", "validator/data/primes.txt": "2 3"}
    ).checks
    assert checks.command == ("main.py",)
    assert [file.path for file in checks.files] == ["check.py", "data/primes.txt", "main.py"]


def test_a_validator_may_be_a_program_in_cpp(tmp_path: Path) -> None:
    files: Files = {name: text for name, text in VALIDATED.items() if name != "validator/check.py"}
    more: Files = {"validator/check.cpp": "", "validator/util.cc": "", "validator/testlib.h": ""}
    checks = load(tmp_path, files | more).checks
    assert (checks.command, len(checks.files)) == (("check.cpp",), 3)


def test_hidden_files_and_caches_of_python_do_not_judge(tmp_path: Path) -> None:
    more: Files = {"validator/.git/config": "", "validator/__pycache__/check.pyc": "", "validator/.check.py.swp": ""}
    assert [file.path for file in load(tmp_path, VALIDATED | more).checks.files] == ["check.py"]


def test_whether_a_file_may_be_executed_is_kept(tmp_path: Path) -> None:
    write(tmp_path, COMMAND | {"command/judge.sh": "#!/bin/sh\n"})
    (tmp_path / "command" / "judge.sh").chmod(0o755)
    found = {file.path: file.executable for file in load_problem(str(tmp_path)).checks.files}
    assert found == {"judge.py": False, "judge.sh": True}


def test_each_test_function_of_pytest_is_a_case_of_its_folders_tier(tmp_path: Path) -> None:
    more: Files = {
        "tests/confirm/more_test.py": "class TestMore:\n    def test_b(self): pass\n",
        "tests/conftest.py": "",
        "tests/confirm/helpers.py": "def test_nothing(): pass\n",
    }
    checks = load(tmp_path, PYTEST | more).checks
    assert (checks.kind, checks.module) == ("pytest", "solution")
    assert [(case.id, case.tier, case.input) for case in checks.cases] == [
        ("confirm/more_test.py::TestMore::test_b", Tier.CONFIRM, "def test_b(self):\n    pass"),
        ("feedback/test_it.py::test_a", Tier.FEEDBACK, "def test_a():\n    assert f(1) == 2"),
    ]
    assert len(checks.files) == 4


def test_secret_pytest_files_are_split_by_test(tmp_path: Path) -> None:
    tests = "import solution\n" + "".join(f"def test_{n}(): assert solution.f({n})\n" for n in range(8))
    kept: Files = {name: text for name, text in PYTEST.items() if "tests/" not in name}
    problem = load(tmp_path, kept | {"tests/secret/test_s.py": tests})
    assert [case.tier for case in problem.checks.cases].count(Tier.CONFIRM) == 4
    assert "4 feedback, 4 confirm" in problem.notes[0]


@pytest.mark.parametrize(
    "line", ["import pkg.calc", "from pkg import calc", "from pkg.calc import f", "import pkg.calc as c"]
)
def test_the_module_may_lie_in_a_package(tmp_path: Path, line: str) -> None:
    files = with_lines(PYTEST, 'module = "pkg.calc"') | {"tests/feedback/test_it.py": f"{line}\ndef test(): pass\n"}
    assert load(tmp_path, files).checks.module == "pkg.calc"


def test_each_metric_of_an_evaluator_is_a_case(tmp_path: Path) -> None:
    checks = load(tmp_path, with_lines(EVALUATOR, "confirm = {validity = 1}")).checks
    assert (checks.kind, checks.module) == ("evaluator", "evaluator.py")
    assert checks.cases == (
        Case("combined_score", Tier.FEEDBACK, "combined_score", 0.9),
        Case("validity", Tier.CONFIRM, "validity", 1),
    )


def test_a_command_has_one_case_or_those_that_it_names(tmp_path: Path) -> None:
    assert load(tmp_path, COMMAND).checks.cases == (Case("command", Tier.FEEDBACK, ""),)
    named = with_lines(COMMAND, '[tests]\nfeedback = ["a", "b"]\nconfirm = ["c"]')
    assert [(case.id, case.tier.value) for case in load(tmp_path, named).checks.cases] == [
        ("a", "feedback"),
        ("b", "feedback"),
        ("c", "confirm"),
    ]


def test_a_program_for_a_command_may_be_in_any_language(tmp_path: Path) -> None:
    text = 'kind = "command"\nlanguage = "lean"\n[command]\nrun = ["lean", "--json"]\nprogram = "Main.lean"'
    problem = load(tmp_path, manifest(COMMAND, text))
    assert (problem.language, problem.checks.module, problem.checks.command) == (
        "lean",
        "Main.lean",
        ("lean", "--json"),
    )


@pytest.mark.parametrize(
    ("lines", "form", "wanted"),
    [
        ("value = 42", "number", [42]),
        ("value = 0.5", "number", [0.5]),
        ('value = "Ada"', "text", ["Ada"]),
        ('value = ["Bombay", "Mumbai"]', "text", ["Bombay", "Mumbai"]),
        ('value = "3/4"\nform = "number"', "number", ["3/4"]),
        ('value = "C"\nchoices = "ABCD"', "choice ABCD", ["C"]),
    ],
)
def test_the_form_of_an_answer_follows_from_its_value(
    tmp_path: Path, lines: str, form: str, wanted: list[object]
) -> None:
    (case,) = load(tmp_path, manifest(ANSWER, f'kind = "answer"\n[answer]\n{lines}')).checks.cases
    assert (case.id, case.tier, case.input, case.expected) == ("answer", Tier.CONFIRM, form, wanted)


def test_upper_and_lower_case_of_an_answer_differ_only_when_asked_for(tmp_path: Path) -> None:
    assert load(tmp_path, ANSWER).checks.comparison == Comparison(case_sensitive=False)
    exact = with_lines(ANSWER, "[comparison]\ncase_sensitive = true\nfloat_absolute = 0.1")
    assert load(tmp_path, exact).checks.comparison == Comparison(case_sensitive=True, float_absolute=0.1)


ANSWER_REMEDY = ": add value = 42 (or a text, or a list of texts of which each is right)"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param(
            VALIDATED | {"validator/check.py": None, "validator/check.rs": ""},
            "F/validator holds no validator in Python, C++ or C: put one there (other languages cannot be used)",
            id="validator in another language",
        ),
        pytest.param(
            VALIDATED | {"validator/check.cpp": ""},
            "F/validator holds check.py and check.cpp: keep the validator in one language",
            id="validator in two languages",
        ),
        pytest.param(
            VALIDATED | {"validator/other.py": ""},
            "F/validator holds check.py, other.py: name the one that is to be started main.py",
            id="two validators",
        ),
        pytest.param(
            with_lines(VALIDATED, '[comparison]\nwhitespace = "exact"'),
            "F/problem.toml: [comparison] has no meaning beside F/validator: remove one of them",
            id="comparison beside a validator",
        ),
        pytest.param(
            with_lines(PYTEST, 'entry = "f"'),
            "F/problem.toml: entry = 'f' has no meaning with kind = 'pytest': remove it",
            id="entry of pytest",
        ),
        pytest.param(
            PYTEST | {"tests/test_it.py": ""},
            "F/tests/test_it.py belongs to no tier: move it into one of the folders sample, feedback, confirm "
            "or secret",
            id="test without a tier",
        ),
        pytest.param(
            PYTEST | {"tests/confirmed/x.py": ""},
            "F/tests/confirmed has no meaning here (did you mean 'confirm'?): F/tests may hold the folders sample, "
            "feedback, confirm, secret",
            id="unknown tier",
        ),
        pytest.param(
            PYTEST | {"tests/secret/test_s.py": ""},
            "F/tests holds secret beside feedback or confirm: keep secret, which is split for you, or the other two",
            id="secret beside feedback",
        ),
        pytest.param(
            PYTEST | {"tests/confirm/test_it.py": ""},
            "F/tests/feedback/test_it.py has the name of F/tests/confirm/test_it.py: rename one of them",
            id="two files of one name",
        ),
        pytest.param(
            with_lines(PYTEST, 'module = "sollution"'),
            "F/tests: no test imports sollution, so the program would not be tested: import it, or set module in "
            "problem.toml to what they import",
            id="module that nobody imports",
        ),
        pytest.param(
            PYTEST | {"tests/feedback/test_it.py": "def test(:\n"},
            "F/tests/feedback/test_it.py, line 1: not valid Python (invalid syntax); mend that line",
            id="test that is no Python",
        ),
        pytest.param(
            PYTEST | {"tests/feedback/test_it.py": "import solution\n"},
            "F/tests/feedback/test_it.py holds no test: write a function whose name begins with test, or rename a file "
            "of helpers",
            id="no test function",
        ),
        pytest.param(
            PYTEST | {"tests/feedback/test_it.py": None},
            "F/tests holds no test at all: write one to F/tests/sample/test_it.py",
            id="no tests",
        ),
        pytest.param(
            EVALUATOR | {"evaluator/evaluator.py": None},
            "F/evaluator/evaluator.py is missing: write evaluate(program_path) there",
            id="no evaluator",
        ),
        pytest.param(
            EVALUATOR | {"evaluator/evaluator.py": "def score(path): pass\n"},
            "F/evaluator/evaluator.py defines no function evaluate(program_path): write one",
            id="evaluator without evaluate",
        ),
        pytest.param(
            manifest(EVALUATOR, 'kind = "evaluator"'),
            "F/problem.toml: no metric is asked for: add a line such as feedback = {combined_score = 0.99} to [tests]",
            id="no metric",
        ),
        pytest.param(
            manifest(EVALUATOR, 'kind = "evaluator"\n[tests]\nfeedback = {combined_score = "0.9"}'),
            "F/problem.toml: combined_score = '0.9' in [tests] must be the least value that passes, and stand "
            "there once",
            id="least value in quotes",
        ),
        pytest.param(
            with_lines(EVALUATOR, "confirm = {combined_score = 0.95}"),
            "F/problem.toml: combined_score = 0.95 in [tests] must be the least value that passes, and stand "
            "there once",
            id="metric in two tiers",
        ),
        pytest.param(
            manifest(EVALUATOR, 'kind = "evaluator"\n[tests]\nfeedback = ["combined_score"]'),
            "F/problem.toml: feedback = ['combined_score'] in [tests] with kind = 'evaluator' must be a table",
            id="metrics as a list",
        ),
        pytest.param(
            manifest(COMMAND, 'kind = "command"'),
            'F/problem.toml: run = [] in [command] must be what to start, as in run = ["python3", "judge.py"]',
            id="nothing to run",
        ),
        pytest.param(
            manifest(COMMAND, 'kind = "command"\n[command]\nrun = "python3 judge.py"'),
            "F/problem.toml: run = 'python3 judge.py' in [command] must be a list",
            id="command line as a text",
        ),
        pytest.param(
            manifest(COMMAND, 'kind = "command"\n[command]\nrun = ["./judge.sh"]'),
            "F/problem.toml: run in [command] starts ./judge.sh, which is none of judge.py: put it there",
            id="executable that is not there",
        ),
        pytest.param(
            manifest(COMMAND, 'kind = "command"\n[command]\nrun = ["./judge.py"]'),
            "F/problem.toml: run in [command] starts ./judge.py, which is not executable: run chmod +x on it",
            id="file that may not be executed",
        ),
        pytest.param(
            with_lines(COMMAND, 'program = "../x"'),
            "F/problem.toml: program = '../x' in [command] must be the name of a file, such as query.sql",
            id="program elsewhere",
        ),
        pytest.param(
            with_lines(COMMAND, '[tests]\nfeedback = ["a"]\nconfirm = ["a"]'),
            "F/problem.toml: confirm in [tests] holds 'a': each must be a text, and there only once",
            id="case in two tiers",
        ),
        pytest.param(
            manifest(COMMAND, 'kind = "command"\nlanguage = "my lang"\n[command]\nrun = ["x"]'),
            "F/problem.toml: language = 'my lang' must be one word, such as sql, as it stands behind ```",
            id="language of two words",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"'),
            f"F/problem.toml: value is missing in [answer]{ANSWER_REMEDY}",
            id="none",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = []'),
            f"F/problem.toml: value = [] in [answer] holds no answer{ANSWER_REMEDY}",
            id="empty list of answers",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = "E"\nchoices = "ABCD"'),
            f"F/problem.toml: value in [answer]: 'E' is none of the letters ABCD{ANSWER_REMEDY}",
            id="letter that is no choice",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = true'),
            f"F/problem.toml: value in [answer]: True is no number{ANSWER_REMEDY}",
            id="truth as an answer",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = 3\nform = "number"\nchoices = "AB"'),
            "F/problem.toml: choices in [answer] has no meaning with form = 'number': remove one of them",
            id="choices of a number",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = 3\nform = "float"'),
            "F/problem.toml: form = 'float' in [answer] must be text, number or choice",
            id="unknown form",
        ),
        pytest.param(
            manifest(ANSWER, 'kind = "answer"\n[answer]\nvalue = "A"\nform = "choice"'),
            'F/problem.toml: choices is missing in [answer]: add the letters, choices = "ABCD"',
            id="choice without choices",
        ),
        pytest.param(
            with_lines(ANSWER, "[limits]\ncpu_s = 3"),
            "F/problem.toml: unknown key 'cpu_s' in [limits]: none is allowed",
            id="limits of an answer",
        ),
        pytest.param(
            with_lines(VALIDATED, 'module = "solution"'),
            "F/problem.toml: unknown key 'module': allowed are name, kind, language, entry, limits, comparison, tests",
            id="key of another kind",
        ),
    ],
)
def test_a_broken_folder_is_refused(tmp_path: Path, files: Files, sentence: str) -> None:
    assert refusal(tmp_path, files) == sentence


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (COMMAND, "command is missing: make that folder, and put the files that the command needs there"),
        (
            EVALUATOR,
            "evaluator is missing: make that folder, and put evaluator.py, which defines evaluate(program_path) there",
        ),
    ],
)
def test_a_folder_without_its_judge_is_refused(tmp_path: Path, files: Files, what: str) -> None:
    kept: Files = {name: text for name, text in files.items() if "/" not in name}
    assert refusal(tmp_path, kept) == f"F/{what}"


def test_more_than_a_sandbox_takes_is_refused(tmp_path: Path) -> None:
    write(tmp_path, COMMAND)
    for number in range(3):
        with (tmp_path / "command" / f"{number}.bin").open("wb") as file:
            file.truncate(12 << 20)
    assert refusal(tmp_path, {}) == "F/command holds more than 32 MiB: leave out what judging does not need"


@pytest.mark.parametrize("place", ["validator/more.py", "evaluator/x", "command/x"])
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, place: str) -> None:
    write(tmp_path, VALIDATED)
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).symlink_to("/etc/hostname")
    assert refusal(tmp_path, {}).startswith(f"F/{place} is a link to /etc/hostname, ")


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, COMMAND)
    os.mkfifo(tmp_path / "command" / "pipe")
    assert refusal(tmp_path, {}) == (
        "F/command/pipe is not a regular file; put a readable file in its place, or remove it."
    )
