"""A broken problem folder is refused with the file, the place in it and the remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ttsd.errors import UserError
from ttsd.problems import load_problem

STDIO = {
    "problem.toml": 'name = "p"\nkind = "stdio"\n',
    "statement.md": "Add.\n",
    "tests/sample/1.in": "1 2\n",
    "tests/sample/1.out": "3\n",
}
FUNCTION = {
    "problem.toml": 'name = "p"\nkind = "function"\nentry = "f"\n',
    "statement.md": "Add.\n",
    "tests/sample.jsonl": '{"args": [1, 2], "expected": 3}\n',
}
ASSERTIONS = {
    "problem.toml": 'name = "p"\nkind = "assertions"\nentry = "f"\n',
    "statement.md": "Add.\n",
    "tests/sample.py": "assert f(1) == 2\n",
}
LINE = 'each line must be like {"args": [1, 2], "expected": 3}'


def refusal(folder: Path, files: dict[str, str | bytes | None]) -> str:
    """The sentence, with the folder's path as F. None leaves a file out."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError) as raised:
        load_problem(str(folder))
    sentence = str(raised.value)
    assert "\n" not in sentence
    return sentence.replace(str(folder), "F")


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"notes.txt": "x"}) == (
        "the folder F holds neither problem.toml (ours) nor problem.yaml (a Kattis package): "
        "name the folder that does, or start one with `ttsd new DIR`"
    )


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        pytest.param(
            'name = "p"\nkind = stdio\n',
            "F/problem.toml is not valid TOML (Invalid value (at line 2, column 8)); mend it: its lines must be like "
            'kind = "stdio".',
            id="not TOML",
        ),
        pytest.param(
            'nme = "p"\nkind = "stdio"\n',
            "F/problem.toml: unknown key 'nme' (did you mean 'name'?): "
            "allowed are name, kind, language, entry, limits, comparison, tests",
            id="unknown key",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\ncpu = 3\n',
            "F/problem.toml: unknown key 'cpu' in [limits] (did you mean 'cpu_s'?): "
            "allowed are cpu_s, wall_s, memory_mb, stdout_mb, processes",
            id="unknown limit",
        ),
        pytest.param(
            'name = 3\nkind = "stdio"\n', "F/problem.toml: name = 3 must be text in quotes", id="wrong type: text"
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\nlimits = 3\n',
            "F/problem.toml: limits = 3 must be a table",
            id="wrong type: table",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\ncpu_s = "6"\n',
            "F/problem.toml: cpu_s = '6' in [limits] must be a number",
            id="wrong type: number",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\nprocesses = 1.5\n',
            "F/problem.toml: processes = 1.5 in [limits] must be a whole number",
            id="wrong type: whole number",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[tests]\nsplit_seed = true\n',
            "F/problem.toml: split_seed = True in [tests] must be a whole number",
            id="wrong type: true is no number",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[comparison]\ncase_sensitive = 1\n',
            "F/problem.toml: case_sensitive = 1 in [comparison] with kind = 'stdio' must be true or false",
            id="wrong type: switch",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\ncpu_s = 0\n',
            "F/problem.toml: cpu_s = 0 in [limits] must be from 0.01 to 3600",
            id="limit of nothing",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\nwall_s = inf\n',
            "F/problem.toml: wall_s = inf in [limits] must be from 0.01 to 10800",
            id="no limit",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\ncpu_s = 1e300\n',
            "F/problem.toml: cpu_s = 1e+300 in [limits] must be from 0.01 to 3600",
            id="limit of ages",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\nmemory_mb = nan\n',
            "F/problem.toml: memory_mb = nan in [limits] must be from 16 to 1048576",
            id="limit that is no number",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\ncpu_s = 9\nwall_s = 3\n',
            "F/problem.toml: wall_s = 3 in [limits] must be no less than cpu_s = 9: the clock would end every program "
            "first",
            id="less time by the clock than of the processor",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[limits]\nstdout_mb = 17\n',
            "F/problem.toml: stdout_mb = 17 in [limits] must be from 0.001 to 16",
            id="more output than fits into a message",
        ),
        pytest.param(
            f'name = "p"\nkind = "stdio"\n[limits]\nprocesses = 0x{"f" * 5000}\n',
            "F/problem.toml: processes = a number of thousands of digits in [limits] must be from 1 to 32768",
            id="more processes than Python can print",
        ),
        pytest.param(
            f'name = "{"p" * 201}"\nkind = "stdio"\n',
            f"F/problem.toml: name = '{'p' * 199}... must be one line of at most 200 printable characters",
            id="name that no folder can have",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[comparison]\nfloat_absolute = -1\n',
            "F/problem.toml: float_absolute = -1 in [comparison] with kind = 'stdio' must be from 0 to 1e+300",
            id="tolerance below zero",
        ),
        pytest.param(
            'name = "p"\nkind = "function"\nentry = "f"\n[comparison]\nfloat_relative = inf\n',
            "F/problem.toml: float_relative = inf in [comparison] with kind = 'function' must be from 0 to 1e+300",
            id="tolerance without end",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\n[comparison]\nwhitespace = "token"\n',
            "F/problem.toml: whitespace = 'token' (did you mean 'tokens'?) must be lines, tokens or exact",
            id="unknown comparison",
        ),
        pytest.param(
            'name = "p"\nkind = "function"\nentry = "f"\n[comparison]\nwhitespace = "exact"\n',
            "F/problem.toml: unknown key 'whitespace' in [comparison] with kind = 'function': "
            "allowed are float_absolute, float_relative",
            id="comparison that has no meaning for a function",
        ),
        pytest.param(
            'name = "p"\nkind = "assertions"\nentry = "f"\n[comparison]\nfloat_absolute = 1e-6\n',
            "F/problem.toml: unknown key 'float_absolute' in [comparison] with kind = 'assertions': none is allowed",
            id="comparison that has no meaning for assertions",
        ),
        pytest.param(
            'kind = "stdio"\n', 'F/problem.toml: name is missing: add one, such as name = "broken"', id="no name"
        ),
        pytest.param(
            'name = "p"\n',
            "F/problem.toml: kind is missing: add kind = 'stdio', 'function', 'assertions', 'pytest', 'evaluator', "
            "'command' or 'answer'",
            id="no kind",
        ),
        pytest.param(
            'name = "p"\nkind = "functions"\n',
            "F/problem.toml: kind = 'functions' (did you mean 'function'?) must be stdio, function, assertions, "
            "pytest, evaluator, command or answer",
            id="unknown kind",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\nlanguage = "jav"\n',
            "F/problem.toml: language = 'jav' (did you mean 'java'?) must be python, cpp, c, rust, java or javascript",
            id="unknown language",
        ),
        pytest.param(
            'name = "p"\nkind = "function"\nentry = "f"\nlanguage = "rust"\n',
            "F/problem.toml: language = 'rust' must be python with kind = 'function': programs in other languages are "
            "judged by their output, with kind = 'stdio'",
            id="function in another language",
        ),
        pytest.param(
            'name = "p"\nkind = "function"\n',
            "F/problem.toml: entry is missing: kind = 'function' needs the name of the function that is called",
            id="no entry",
        ),
        pytest.param(
            'name = "p"\nkind = "function"\nentry = "f(x)"\n',
            "F/problem.toml: entry = 'f(x)' must be the bare name of a Python function, such as two_sum",
            id="entry that is no name",
        ),
        pytest.param(
            'name = "p"\nkind = "stdio"\nentry = "f"\n',
            "F/problem.toml: entry = 'f' has no meaning with kind = 'stdio': remove it",
            id="entry without a function",
        ),
    ],
)
def test_a_manifest(tmp_path: Path, manifest: str, sentence: str) -> None:
    assert refusal(tmp_path / "broken", {**STDIO, "problem.toml": manifest}) == sentence


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param(
            {"statement.md": None},
            "F/statement.md is missing: write the problem there, in Markdown, as the model shall read it",
            id="no statement",
        ),
        pytest.param(
            {"statement.md": " \n"},
            "F/statement.md is empty: write the problem there, in Markdown, as the model shall read it",
            id="empty statement",
        ),
        pytest.param(
            {"statement.md": b"caf\xe9"},
            "F/statement.md is not UTF-8 text (byte 3); put a readable UTF-8 text in its place, or remove it.",
            id="statement in Latin-1",
        ),
        pytest.param(
            {"problem.toml": 'name = "p"\nkind = "stdio"\nlanguage = "c"\n', "preamble.py": "import math\n"},
            "F/preamble.py has no meaning with language = 'c': remove it",
            id="preamble of a C program",
        ),
        pytest.param(
            {"preamble.py": "import math\nreturn 3\n"},
            "F/preamble.py, line 2: not valid Python ('return' outside function); mend that line",
            id="preamble that is no program",
        ),
        pytest.param(
            {"tests/sample/1.in": None, "tests/sample/1.out": None},
            "F/tests holds no test at all: write one to F/tests/sample/1.in and sample/1.out",
            id="no tests",
        ),
        pytest.param(
            {"tests/sample/1.out": None},
            "F/tests/sample/1.in has no 1.out beside it: write F/tests/sample/1.out, or remove 1.in",
            id="no answer",
        ),
        pytest.param(
            {"tests/sample/2.out": "3"},
            "F/tests/sample/2.out has no 2.in beside it: write F/tests/sample/2.in, or remove 2.out",
            id="no input",
        ),
        pytest.param(
            {"tests/sample/1.ans": "3"},
            "F/tests/sample/1.ans is neither a .in nor a .out file: rename it, or move it out of F/tests/sample",
            id="file that is no test",
        ),
        pytest.param(
            {"tests/samples/1.in": "3"},
            "F/tests/samples has no meaning here (did you mean 'sample'?): "
            "F/tests may hold the folders sample, feedback, confirm, secret",
            id="unknown tier",
        ),
        pytest.param(
            {"tests/feedback": "3"},
            "F/tests/feedback has no meaning here: F/tests may hold the folders sample, feedback, confirm, secret",
            id="file in place of a folder",
        ),
        pytest.param(
            {"tests/secret/1.in": "", "tests/secret/1.out": "", "tests/confirm/1.in": "", "tests/confirm/1.out": ""},
            "F/tests holds secret beside feedback or confirm: keep secret, which is split for you, or the other two",
            id="secret beside the tiers that it replaces",
        ),
        pytest.param(
            {"tests/sample/1.in": b"1" * ((16 << 20) + 1)},
            "F/tests/sample/1.in is larger than 16,384 KiB; put a readable UTF-8 text in its place, or remove it.",
            id="test that does not fit into a message",
        ),
    ],
)
def test_files_of_any_kind(tmp_path: Path, files: dict[str, str | bytes | None], sentence: str) -> None:
    assert refusal(tmp_path, {**STDIO, **files}) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            '{"args": [1], "expected": 1}\n{"args": [1, "expected": 1}\n',
            "F/tests/sample.jsonl, line 2: not valid JSON (Expecting ',' delimiter at column 24); " + LINE,
            id="not JSON",
        ),
        pytest.param(
            '{"args": [1], "result": 1}\n',
            "F/tests/sample.jsonl, line 1: the keys args, result instead of args and expected; " + LINE,
            id="wrong keys",
        ),
        pytest.param(
            "[1, 2]\n", "F/tests/sample.jsonl, line 1: a list instead of args and expected; " + LINE, id="list"
        ),
        pytest.param(
            '{"args": 1, "expected": 1}\n',
            "F/tests/sample.jsonl, line 1: args is 1, not the list of the arguments; " + LINE,
            id="arguments that are no list",
        ),
        pytest.param(
            f'{{"args": ["{"x" * (9 << 20)}"], "expected": 1}}\n',
            "F/tests/sample.jsonl, line 1: args is too big (the value is larger than the allowed 8388608 characters); "
            "write a smaller test",
            id="argument that does not fit into a message",
        ),
        pytest.param(
            f'{{"args": [], "expected": {"[" * 102}{"]" * 102}}}\n',
            "F/tests/sample.jsonl, line 1: expected is too big (the value is nested more than 100 levels deep); "
            "write a smaller test",
            id="value that no program could return",
        ),
        pytest.param(
            "\n", "F/tests holds no test at all: write one to F/tests/sample.jsonl", id="nothing but blank lines"
        ),
    ],
)
def test_tests_of_a_function(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, {**FUNCTION, "tests/sample.jsonl": text}) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "assert f(1) == 2\nassert f(2 ==\n",
            "F/tests/sample.py, line 2: not valid Python ('(' was never closed); mend that line",
            id="not Python",
        ),
        pytest.param(
            "from math import *\nassert f(1) == 2\n",
            "F/tests/sample.py: import * only allowed at module level; "
            "write it in a way that is allowed inside a function",
            id="Python that no function may hold",
        ),
        pytest.param(
            "x = f(1)\n",
            "F/tests/sample.py holds no assert that calls f: write some, such as assert f(2) == 4",
            id="no assert",
        ),
        pytest.param(
            "assert f(1) == 2\ndef test_more():\n    assert f(2) == 3\n",
            "F/tests/sample.py: nothing calls test_more, so its assertions would never run: "
            "call it at the end of the file, as in test_more()",
            id="function that only pytest would call",
        ),
        pytest.param(
            "def f(x):\n    return x + 1\nassert f(1) == 2\n",
            "F/tests/sample.py defines f, so the program's own would not be tested: rename what is yours",
            id="a function of the same name",
        ),
        pytest.param(
            f"assert f(1) == {' + '.join('1' * 2000)}\n",
            "F/tests/sample.py holds an expression that is too long: write it as several statements",
            id="endless expression",
        ),
        pytest.param(
            f"assert f(1) == 0x{'f' * 5000}\n",
            "F/tests/sample.py holds an expression that is too long: write it as several statements",
            id="number that Python does not print",
        ),
    ],
)
def test_tests_by_assertions(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, {**ASSERTIONS, "tests/sample.py": text}) == sentence


def test_a_manifest_that_is_nested_too_deep(tmp_path: Path) -> None:
    text = "name = " + "[" * 5000 + "]" * 5000
    assert refusal(tmp_path, {**STDIO, "problem.toml": text}).startswith("F/problem.toml is not valid TOML (")


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "statement.md")
    assert refusal(tmp_path, {**STDIO, "statement.md": None}) == (
        "F/statement.md is not a regular file; put a readable UTF-8 text in its place, or remove it."
    )


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/hostname", "/etc", "../sample"])
def test_a_link_to_another_place_or_to_a_folder_is_refused(tmp_path: Path, target: str) -> None:
    link = tmp_path / "tests" / "sample" / "2.in"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert refusal(tmp_path, STDIO) == (
        f"F/tests/sample/2.in is a link to {target}, a folder or a place outside of F: put a copy of it in its place"
    )


def test_a_file_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tests" / "sample").mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/tests/sample/\xff.in")).touch()
    assert refusal(tmp_path, STDIO) == r"F/tests/sample holds a file with the odd name '\udcff.in': rename it"
