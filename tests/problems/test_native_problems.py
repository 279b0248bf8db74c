"""Our own problem folder: what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandboxes.types import Case, Comparison, Limits, Tier
from ttsd.problems import load_problem, manifest
from ttsd.types import Problem


def load(folder: Path, files: dict[str, str]) -> Problem:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return load_problem(str(folder))


STDIO = {
    "problem.toml": 'name = "p"\nkind = "stdio"\n',
    "statement.md": "Add.\n",
    "tests/sample/1.in": "1 2\n",
    "tests/sample/1.out": "3\n",
}
FUNCTION = {
    "problem.toml": 'name = "p"\nkind = "function"\nentry = "f"\n',
    "statement.md": "Add.\n",
    "tests/sample.jsonl": '{"args": [1, 2], "expected": 3}\n\n{"args": [], "expected": null}\n',
}
ASSERTIONS = {
    "problem.toml": 'name = "p"\nkind = "assertions"\nentry = "f"\n',
    "statement.md": "Add.\n",
    "tests/sample.py": "assert f(1) == 2\n",
}


def test_a_minimal_folder_has_every_default(tmp_path: Path) -> None:
    problem = load(tmp_path, STDIO)
    assert (problem.name, problem.statement, problem.language, problem.preamble) == ("p", "Add.", "python", "")
    assert problem.source == str(tmp_path)
    assert problem.notes == ()
    assert (problem.checks.kind, problem.checks.entry, problem.checks.test_source) == ("stdio", "", "")
    assert (problem.checks.limits, problem.checks.comparison) == (Limits(), Comparison())


@pytest.mark.parametrize("language", ["cpp", "c", "rust", "java", "javascript"])
def test_a_program_may_be_asked_for_in_another_language(tmp_path: Path, language: str) -> None:
    manifest = f'name = "p"\nkind = "stdio"\nlanguage = "{language}"\n'
    assert load(tmp_path, STDIO | {"problem.toml": manifest}).language == language


def test_stdio_tests_are_pairs_of_files(tmp_path: Path) -> None:
    assert load(tmp_path, STDIO).checks.cases == (Case("sample/1", Tier.SAMPLE, "1 2\n", "3\n"),)


def test_stdio_texts_are_kept_byte_for_byte(tmp_path: Path) -> None:
    problem = load(tmp_path, STDIO | {"tests/sample/1.in": " 1\r\n\r\n", "tests/sample/1.out": ""})
    assert problem.checks.cases[0].input == " 1\r\n\r\n"
    assert problem.checks.cases[0].expected == ""


def test_function_tests_are_lines_of_json(tmp_path: Path) -> None:
    assert load(tmp_path, FUNCTION).checks.cases == (
        Case("sample 1", Tier.SAMPLE, [1, 2], 3),
        Case("sample 3", Tier.SAMPLE, [], None),
    )


def test_a_line_separator_inside_json_text_ends_no_line(tmp_path: Path) -> None:
    problem = load(tmp_path, FUNCTION | {"tests/sample.jsonl": '{"args": ["a\u2028b"], "expected": 1}'})
    assert problem.checks.cases[0].input == ["a\u2028b"]


def test_every_assert_of_every_file_is_a_case_of_that_files_tier(tmp_path: Path) -> None:
    files = {
        "tests/feedback.py": "import math\n\nfor x in (1, 2):\n    assert f(x) == math.floor(x)\nassert f(0) == 0\n"
    }
    problem = load(tmp_path, ASSERTIONS | files)
    assert [(case.id, case.tier.value) for case in problem.checks.cases] == [
        ("assert 1", "sample"),
        ("assert 2", "feedback"),
        ("assert 3", "feedback"),
    ]


def test_a_name_shared_by_two_files_moves_no_assert_to_another_tier(tmp_path: Path) -> None:
    files = {
        "tests/sample.py": "x = 3\nassert x == 3\nassert f(1) == 2\n",
        "tests/confirm.py": "'''Two\nlines.'''\nx = f(5)\nassert x == 6\n",
    }
    cases = load(tmp_path, ASSERTIONS | files).checks.cases
    assert [(case.input, case.tier.value) for case in cases] == [
        ("assert x == 3", "sample"),
        ("assert f(1) == 2", "sample"),
        ("assert x == 6", "confirm"),
    ]


def run_check(problem: Problem, program: str) -> None:
    space: dict[str, object] = {}
    exec(program, space)
    exec(problem.checks.test_source + f"check({problem.checks.entry})", space)


def test_the_test_source_checks_a_candidate(tmp_path: Path) -> None:
    problem = load(
        tmp_path, ASSERTIONS | {"tests/confirm.py": "def twice(x):\n    return 2 * x\n\nassert f(3) == twice(2)\n"}
    )
    run_check(problem, "def f(x): return x + 1")
    with pytest.raises(AssertionError):
        run_check(problem, "def f(x): return 2 if x == 1 else 5")


def test_a_file_that_defines_check_is_run_as_humaneval_would(tmp_path: Path) -> None:
    problem = load(tmp_path, ASSERTIONS | {"tests/sample.py": "def check(candidate):\n    assert candidate(1) == 2\n"})
    assert len(problem.checks.cases) == 1
    with pytest.raises(AssertionError):
        run_check(problem, "def f(x): return x")


def test_a_variable_called_candidate_hides_nothing(tmp_path: Path) -> None:
    files = {"tests/sample.py": "for candidate in (1, 2):\n    assert f(candidate) == candidate + 1\n"}
    problem = load(tmp_path, ASSERTIONS | files)
    run_check(problem, "def f(x): return x + 1")
    with pytest.raises(AssertionError):
        run_check(problem, "def f(x): return x")


def test_a_link_within_the_problem_is_read(tmp_path: Path) -> None:
    load(tmp_path, STDIO)
    secret = tmp_path / "tests" / "secret"
    secret.mkdir()
    for name in ("1.in", "1.out"):
        (secret / name).symlink_to(Path("..", "sample", name))
    assert len(load_problem(str(tmp_path)).checks.cases) == 2


def test_secret_tests_are_split_and_the_rule_is_noted(tmp_path: Path) -> None:
    files = {f"tests/secret/{number}.{end}": "1\n" for number in range(4) for end in ("in", "out")}
    problem = load(tmp_path, STDIO | files)
    tiers = [case.tier for case in problem.checks.cases]
    assert tiers[0] is Tier.SAMPLE
    assert sorted(tiers[1:]) == [Tier.CONFIRM] * 2 + [Tier.FEEDBACK] * 2
    assert len(problem.notes) == 1
    assert "2 feedback, 2 confirm" in problem.notes[0]


def test_the_split_seed_changes_the_split(tmp_path: Path) -> None:
    lines = "".join(f'{{"args": [{number}], "expected": 0}}\n' for number in range(16))
    plain = load(tmp_path, FUNCTION | {"tests/secret.jsonl": lines})
    seeded = load(tmp_path, {"problem.toml": FUNCTION["problem.toml"] + "[tests]\nsplit_seed = 1\n"})
    assert [case.id for case in plain.checks.cases] == [case.id for case in seeded.checks.cases]
    assert plain.checks.cases != seeded.checks.cases
    assert "seed 1" in seeded.notes[0]


def test_limits_are_read_in_their_units(tmp_path: Path) -> None:
    limits = "[limits]\ncpu_s = 2.5\nwall_s = 9\nmemory_mb = 256\nstdout_mb = 1\nprocesses = 3\n"
    problem = load(tmp_path, STDIO | {"problem.toml": STDIO["problem.toml"] + limits})
    assert problem.checks.limits == Limits(2.5, 9.0, 256 << 20, 3, 1 << 20)


def test_a_long_cpu_limit_widens_the_wall_limit(tmp_path: Path) -> None:
    problem = load(tmp_path, STDIO | {"problem.toml": STDIO["problem.toml"] + "[limits]\ncpu_s = 60\n"})
    assert problem.checks.limits.wall_s == 180


@pytest.fixture(scope="module")
def guide() -> dict[str, str]:
    """The rows of the guide's table of keys."""
    text = (Path(__file__).parents[2] / "docs/guide.md").read_text(encoding="utf-8")
    table = text.partition("| key of `problem.toml` |")[2].partition("\n\n")[0]
    rows = [line.split("|", 2) for line in table.splitlines()[2:]]
    return {key.strip(" `"): rest for _, key, rest in rows}


def test_the_guide_names_every_key_and_no_other(guide: dict[str, str]) -> None:
    sections = {
        "limits": manifest._LIMITS,
        "comparison": manifest._COMPARISON["stdio"],
        "tests": {**manifest._SPLIT, "TIER": list},
        "command": manifest._COMMAND,
        "answer": manifest._ANSWER,
    }
    inner = {f"{section}.{key}" for section, keys in sections.items() for key in keys}
    top = {*manifest._TOP, *(key for keys in manifest._MORE.values() for key in keys)}
    assert guide.keys() == (top - sections.keys()) | inner


@pytest.mark.parametrize("key", manifest._LIMITS)
def test_the_guide_tells_the_range_and_the_default_of_a_limit(guide: dict[str, str], key: str) -> None:
    low, high = manifest._RANGES[key]
    default = Limits()
    mb = {"memory_mb": default.memory_bytes, "stdout_mb": default.stdout_bytes}
    left_out = mb[key] >> 20 if key in mb else int(getattr(default, key))
    assert re.search(rf"\b{low} to {high}\b.*\| {left_out}\b", guide[f"limits.{key}"])


def test_the_comparison_is_read(tmp_path: Path) -> None:
    text = '[comparison]\nwhitespace = "tokens"\ncase_sensitive = false\nfloat_absolute = 1e-6\nfloat_relative = 0\n'
    problem = load(tmp_path, STDIO | {"problem.toml": STDIO["problem.toml"] + text})
    assert problem.checks.comparison == Comparison("tokens", False, 1e-6, 0.0)


def test_byte_order_marks_are_no_part_of_a_problem(tmp_path: Path) -> None:
    plain = load(tmp_path, STDIO).checks
    assert load(tmp_path, {name: f"\ufeff{text}" for name, text in STDIO.items()}).checks == plain


def test_a_preamble_is_kept_as_written(tmp_path: Path) -> None:
    assert load(tmp_path, STDIO | {"preamble.py": "import math\n"}).preamble == "import math\n"


def test_other_files_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    load(tmp_path, STDIO | {"solution.py": "not python(", "tests/.DS_Store": "", "tests/sample/.1.in.swp": ""})


@pytest.mark.parametrize("name", ["night-shift", "run-lengths", "seat-map"])
def test_an_example_has_tests_in_every_tier(name: str) -> None:
    problem = load_problem(str(Path(__file__).parents[2] / "examples" / name))
    assert {case.tier for case in problem.checks.cases} == set(Tier)
    assert problem.name == name
