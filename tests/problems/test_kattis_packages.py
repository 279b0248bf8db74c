"""Kattis / ICPC packages: what is read and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandboxes.types import Case, Comparison, File, Limits, Tier
from ttsd.errors import UserError
from ttsd.problems import load_problem
from ttsd.problems.kattis_flags import comparison_from_flags
from ttsd.types import Problem

PACKAGE = Path(__file__).parent / "packages" / "even-sums"
UNSUPPORTED = (
    ", which is not supported yet: only pass-fail problems judged by an output validator are; choose another problem"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGE, tmp_path / "even-sums"))


def load(package: Path, files: dict[str, str]) -> Problem:
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_problem(str(package))


def refusal(package: Path, files: dict[str, str]) -> str:
    with pytest.raises(UserError) as raised:
        load(package, files)
    sentence = str(raised.value)
    assert "\n" not in sentence
    return sentence.replace(str(package), "P")


STATEMENT = r"""Anna has $n$ numbers $a_1, \dots, a_n$ and likes only the *even* ones.
What is their **average**?  She pays 50% of it — not more.

## Input

- One line with an integer $n$ ($1 \le n \le 10^5$).
- One line with `n` integers.

## Output

Print the average, or "none" if there is no even number:

```
none % here
```

## Sample Input 1

```
3
1 2 4
```

## Sample Output 1

```
3.0
```"""


def test_the_statement_is_readable_and_ends_with_the_samples(package: Path) -> None:
    assert load_problem(str(package)).statement == STATEMENT


def test_samples_and_secret_groups_become_cases(package: Path) -> None:
    cases = load_problem(str(package)).checks.cases
    assert cases[0] == Case("sample/1", Tier.SAMPLE, "3\n1 2 4\n", "3.0\n")
    assert [case.id for case in cases[1:]] == ["secret/1", "secret/big/1", "secret/big/2"]
    assert sorted(case.tier for case in cases[1:]) == [Tier.CONFIRM, Tier.FEEDBACK, Tier.FEEDBACK]


def test_what_was_decided_is_noted(package: Path) -> None:
    picture, split = load_problem(str(package)).notes
    assert picture == "the statement's picture sums.png is left out"
    assert split.startswith("tests without tiers were split: 2 feedback, 1 confirm, by the SHA-256 of seed 0")


def test_limits_are_read_in_their_units(package: Path) -> None:
    assert load_problem(str(package)).checks.limits == Limits(2.5, 20.0, 512 << 20, stdout_bytes=4 << 20)


def test_the_rest_of_the_problem_is_stdio_in_python(package: Path) -> None:
    problem = load_problem(str(package))
    assert (problem.checks.kind, problem.checks.entry, problem.language) == ("stdio", "", "python")
    assert problem.source == str(package)


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        ("name: Sums\n", "Sums"),
        ("name: 1984\n", "1984"),
        ("name: {sv: Summor, en: Sums}\n", "Sums"),
        ("name: {sv: Summor}\n", "Summor"),
        ("", "even-sums"),
    ],
)
def test_the_name_is_english_where_there_is_a_choice(package: Path, manifest: str, name: str) -> None:
    assert load(package, {"problem.yaml": manifest}).name == name


def test_no_time_limit_means_ours_and_a_note(package: Path) -> None:
    problem = load(package, {"problem.yaml": "name: Sums\n"})
    assert problem.checks.limits == Limits()
    assert "the package names no time limit: 6 s of CPU time" in problem.notes


def test_a_timelimit_file_is_read(package: Path) -> None:
    assert load(package, {"problem.yaml": "name: Sums\n", ".timelimit": "11\n"}).checks.limits == Limits(11.0, 33.0)


def test_the_newer_statement_folder_and_markdown_come_first(package: Path) -> None:
    files = {"statement/problem.en.md": "Hello\n\n{{nextsample}}\n", "statement/problem.en.tex": "LaTeX"}
    assert load(package, files).statement.startswith("Hello\n\n## Sample Input 1")


def test_a_statement_in_another_language_is_better_than_none(package: Path) -> None:
    (package / "problem_statement" / "problem.en.tex").unlink()
    assert load_problem(str(package)).statement.startswith("Skriv ut")


def test_backticks_in_a_sample_do_not_end_its_fence(package: Path) -> None:
    assert "````\n```\n````" in load(package, {"data/sample/1.in": "```\n"}).statement


@pytest.mark.parametrize(
    ("flags", "comparison"),
    [
        ("", Comparison("tokens", False)),
        ("case_sensitive", Comparison("tokens", True)),
        ("space_change_sensitive", Comparison("exact", False)),
        ("case_sensitive space_change_sensitive", Comparison("exact", True)),
        ("float_absolute_tolerance 1e-6", Comparison("tokens", False, 1e-6, None)),
        ("float_relative_tolerance 0.5", Comparison("tokens", False, None, 0.5)),
        ("float_tolerance 1e-9", Comparison("tokens", False, 1e-9, 1e-9)),
        ("float_absolute_tolerance 1 float_relative_tolerance 2", Comparison("tokens", False, 1.0, 2.0)),
        ("float_tolerance 1e-4 case_sensitive", Comparison("tokens", True, 1e-4, 1e-4)),
    ],
)
def test_flags_of_the_default_validator(flags: str, comparison: Comparison) -> None:
    assert comparison_from_flags(flags.split(), Path("problem.yaml")) == comparison


@pytest.mark.parametrize(
    ("files", "case_sensitive"),
    [
        pytest.param({"problem.yaml": "validator_flags: case_sensitive\n"}, True, id="problem.yaml"),
        pytest.param({"data/testdata.yaml": "output_validator_flags: case_sensitive\n"}, True, id="legacy test data"),
        pytest.param({"data/secret/test_group.yaml": "output_validator_args: [case_sensitive]\n"}, True, id="2023-07"),
        pytest.param({"data/secret/big/testdata.yaml": "grading: custom\n"}, False, id="group without flags"),
    ],
)
def test_flags_are_found_in_both_formats(package: Path, files: dict[str, str], case_sensitive: bool) -> None:
    problem = load(package, {"problem.yaml": "name: Sums\n", **files})
    assert problem.checks.comparison == Comparison("tokens", case_sensitive)


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        ("validation: custom score\n", "validation: custom score"),
        ("validation: custom interactive\n", "validation: custom interactive"),
        ("type: interactive\n", "type: interactive"),
        ("type: scoring\n", "type: scoring"),
        ("type: [pass-fail, multi-pass]\n", "type: multi-pass"),
    ],
)
def test_a_problem_that_needs_another_judge_is_refused(package: Path, manifest: str, what: str) -> None:
    assert refusal(package, {"problem.yaml": manifest}) == f"P/problem.yaml asks for {what}{UNSUPPORTED}"


LEGACY = {"problem.yaml": "validation: custom\nvalidator_flags: near 3\n"}


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"output_validator/check.py": "A"}, ("check.py", "float_absolute_tolerance", "1e-3")),
        (
            {"output_validator/main.py": "A", "output_validator/lib.py": "B"},
            ("main.py", "float_absolute_tolerance", "1e-3"),
        ),
        (LEGACY | {"output_validators/check.py": "A"}, ("check.py", "near", "3")),
        (
            LEGACY | {"output_validators/near/__main__.py": "A", "output_validators/near/x.py": ""},
            ("__main__.py", "near", "3"),
        ),
    ],
    ids=["2023-07", "several files", "legacy", "legacy folder"],
)
def test_a_custom_validator_in_python_judges(package: Path, files: dict[str, str], command: tuple[str, ...]) -> None:
    checks = load(package, files).checks
    assert (checks.kind, checks.command, checks.comparison) == ("validator", command, Comparison())
    assert File.of(command[0], b"A") in checks.files


def test_validators_that_the_package_does_not_ask_for_are_left_alone(package: Path) -> None:
    assert load(package, {"output_validators/check.py": "A"}).checks.kind == "stdio"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param(
            {"output_validator/check.rs": ""},
            "P/output_validator holds no validator in Python, C++ or C: put one there (other languages cannot be used)",
            id="other language",
        ),
        pytest.param(
            {"output_validator/a.py": "", "output_validator/b.py": ""},
            "P/output_validator holds a.py, b.py: name the one that is to be started main.py",
            id="two programs",
        ),
        pytest.param(
            {"output_validator/a.py": "def"},
            "P/output_validator/a.py, line 1: not valid Python (invalid syntax); mend that line",
            id="not Python",
        ),
        pytest.param(
            {"problem.yaml": "validation: custom\n"},
            "P/problem.yaml says validation: custom, but P/output_validators holds no validator: put it there",
            id="none",
        ),
        pytest.param(
            {"problem.yaml": "validation: custom\n", "output_validators/a/a.py": "", "output_validators/b/b.py": ""},
            "P/output_validators holds several validators, a, b, of which one is supported: remove the rest",
            id="several",
        ),
    ],
)
def test_a_validator_that_cannot_be_used_is_refused(package: Path, files: dict[str, str], sentence: str) -> None:
    assert refusal(package, files) == sentence


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param(
            {"problem.yaml": "name: [a\n"},
            "P/problem.yaml is not valid YAML (while parsing a flow sequence",
            id="not YAML",
        ),
        pytest.param(
            {"problem.yaml": "- a\n"},
            "P/problem.yaml holds a list instead of keys and values: see the package format",
            id="list",
        ),
        pytest.param(
            {"problem.yaml": "limits: 3\n"},
            "P/problem.yaml: limits = 3 must be keys and values, such as time_limit: 2",
            id="limits that are no table",
        ),
        pytest.param(
            {"problem.yaml": "limits: {time_limit: soon}\n"},
            "P/problem.yaml: limits.time_limit is 'soon', which must be from 0.01 to 3600",
            id="time limit that is no number",
        ),
        pytest.param(
            {"problem.yaml": "limits: {memory: 0}\n"},
            "P/problem.yaml: limits.memory is 0, which must be from 16 to 1048576",
            id="no memory",
        ),
        pytest.param(
            {"problem.yaml": "", ".timelimit": "x"},
            "P/.timelimit is 'x', which must be from 0.01 to 3600",
            id="bad .timelimit",
        ),
        pytest.param(
            {"problem.yaml": "validator_flags: case_sensitiv\n"},
            "P/problem.yaml: unknown validator flag 'case_sensitiv' (did you mean 'case_sensitive'?): use "
            "case_sensitive, space_change_sensitive, float_absolute_tolerance, float_relative_tolerance "
            "or float_tolerance",
            id="unknown flag",
        ),
        pytest.param(
            {"problem.yaml": "validator_flags: float_tolerance\n"},
            "P/problem.yaml: float_tolerance is '', which must be from 0 to 1e+300",
            id="tolerance without a number",
        ),
        pytest.param(
            {"data/secret/big/testdata.yaml": "output_validator_flags: case_sensitive\n"},
            "P/data/secret/big sets the output validator flags case_sensitive, the package "
            "float_absolute_tolerance 1e-3: flags that differ between groups are not supported yet; "
            "choose another problem",
            id="flags that differ between groups",
        ),
        pytest.param(
            {"data/secret/3.in": "1\n"},
            "P/data/secret/3.in has no 3.ans beside it: write P/data/secret/3.ans, or remove 3.in",
            id="no answer",
        ),
        pytest.param(
            {"data/secret/1.args": "--fast"},
            "P/data/secret/1.args: command-line arguments and files for a test are not supported yet; remove it",
            id="command-line arguments",
        ),
        pytest.param(
            {"problem.yaml": "limits: {time_limit: .inf}\n"},
            "P/problem.yaml: limits.time_limit is inf, which must be from 0.01 to 3600",
            id="no time limit",
        ),
        pytest.param(
            {"problem.yaml": "limits: {output: 64}\n"},
            "P/problem.yaml: limits.output is 64, which must be from 0.001 to 16",
            id="more output than fits into a message",
        ),
        pytest.param(
            {"problem.yaml": "name: 2020-13-45\n"},
            "P/problem.yaml is not valid YAML (month must be in 1..12): mend that place",
            id="impossible date",
        ),
        pytest.param(
            {"problem.yaml": "name: " + "9" * 5000},
            "P/problem.yaml is not valid YAML (Exceeds the limit",
            id="integer of thousands of digits",
        ),
        pytest.param(
            {"problem.yaml": "name: " + "[" * 5000},
            "P/problem.yaml is not valid YAML (",
            id="nested too deep",
        ),
        pytest.param(
            {"problem.yaml": "a: &a [x]\nlimits: *a\n"},
            "P/problem.yaml repeats a value by its anchor, which is not supported: write it out",
            id="anchor, by which a short file can say much",
        ),
        pytest.param(
            {"problem_statement/problem.en.tex": "\\problemname{Sums}\n% nothing else\n"},
            "P/problem_statement/problem.en.tex is empty: write the problem there, in Markdown",
            id="empty statement",
        ),
        pytest.param(
            {"problem_statement/problem.en.tex": "\t" * (64 << 10) + "\\["},
            "P/problem_statement/problem.en.tex is larger than 64 KiB; put a readable UTF-8 text in its place",
            id="statement that takes long to convert",
        ),
    ],
)
def test_a_broken_package_is_refused(package: Path, files: dict[str, str], sentence: str) -> None:
    assert refusal(package, files).startswith(sentence)


def test_a_package_without_a_readable_statement_is_refused(package: Path) -> None:
    shutil.rmtree(package / "problem_statement")
    assert refusal(package, {"problem_statement/problem.en.pdf": ""}) == (
        "P has no statement in Markdown or LaTeX: write one to P/problem_statement/problem.en.md (a PDF cannot be read)"
    )


def test_a_package_without_tests_is_refused(package: Path) -> None:
    shutil.rmtree(package / "data")
    assert refusal(package, {}) == "P/data holds no test at all: put NAME.in and NAME.ans into data/secret"


@pytest.mark.parametrize("target", ["/etc", "..", "/dev/zero"])
def test_a_link_out_of_the_package_is_refused(package: Path, target: str) -> None:
    (package / "data" / "secret" / "more.in").symlink_to(target)
    assert refusal(package, {}).startswith(f"P/data/secret/more.in is a link to {target}, ")
