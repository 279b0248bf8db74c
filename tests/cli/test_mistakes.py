"""A user's mistake is one sentence on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture
def refused(ttsd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is said about a wrong command: one line."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> str:
        code, out, err = ttsd(*arguments)
        assert code == 2
        assert out == ""
        assert err.count("\n") == 1, err
        return err

    return run


def test_an_unknown_problem(refused) -> None:
    assert "no problem 'nosuch'" in refused("solve", "nosuch")


def test_an_unknown_suite(refused) -> None:
    assert "no suite is called 'nosuite'" in refused("solve", "nosuite:1")


def test_an_unknown_method(refused, examples) -> None:
    err = refused("solve", examples / "run-lengths", "--method", "ppo")
    assert err == (
        "ttsd: unknown method 'ppo'; it must be one of: best-of-k, grpo, multi-turn, opsd, "
        "reprompt, rlsd, sdpo, sdpo-lr0, sdpo-shuffled, sdpo-teacher-first.\n"
    )


def test_a_setting_that_only_another_method_reads(refused, examples) -> None:
    err = refused("solve", examples / "run-lengths", "--method", "best-of-k", "--history", "attempts")
    assert err == "ttsd: history has no effect with the method best-of-k, only with multi-turn; leave it out.\n"


def test_a_teacher_of_hints_without_a_hint(refused, examples) -> None:
    err = refused("solve", examples / "run-lengths", "--method", "opsd")
    assert (
        err == "ttsd: the self-teacher reads a hint here, and there is none; give --hint a text or a file with one.\n"
    )


def test_a_folder_of_templates_that_is_none(refused, examples) -> None:
    err = refused("solve", examples / "run-lengths", "--template-dir", "nosuch")
    assert err.startswith("ttsd: template_dir is 'nosuch', which is no folder; name a folder that holds hint.md, ")


def test_an_unknown_model(refused, examples) -> None:
    err = refused("solve", examples / "run-lengths", "--model", "qwen2.5-coder-0.6b")
    assert "did you mean 'qwen2.5-coder-0.5b'?" in err


def test_an_unknown_sandbox(refused, examples) -> None:
    err = refused("verify", examples / "run-lengths", examples / "run-lengths/solution.py", "--sandbox", "jail")
    assert "unknown sandbox 'jail'; use auto or one of: " in err


def test_a_value_out_of_its_bounds(refused, examples) -> None:
    assert "budget is 0; it must be from 1 to 1,000,000,000" in refused(
        "solve", examples / "run-lengths", "--budget", "0"
    )


def test_an_unknown_setting_in_the_file(refused, examples, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("bugdet = 3\n")
    assert "did you mean 'budget'" in refused("solve", examples / "run-lengths", "--config", file)


@pytest.mark.parametrize("command", ["resume", "report"])
def test_a_folder_that_is_no_run(refused, tmp_path: Path, command: str) -> None:
    assert "is not a run folder" in refused(command, tmp_path)


def test_a_run_folder_that_is_not_empty(refused, examples, model_folder: Path) -> None:
    err = refused("solve", examples / "run-lengths", "--model", model_folder, "--output-dir", model_folder)
    assert f"{model_folder} is not empty; name another folder, or continue the run in it: ttsd resume" in err


def test_a_run_folder_that_is_a_file(refused, examples, model_folder: Path) -> None:
    file = model_folder / "config.json"
    err = refused("solve", examples / "run-lengths", "--model", model_folder, "--output-dir", file)
    assert err == f"ttsd: {file} cannot hold a run (File exists); name another folder.\n"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "cannot be read (No such file or directory)"),
        ("folder", "is not a regular file"),
        ("named pipe", "is not a regular file"),
        ("large", "is larger than 1,024 KiB"),
        ("no text", "is not UTF-8 text (byte 1)"),
        ("long name", "cannot be read (File name too long)"),
    ],
)
def test_what_is_no_program(refused, examples, tmp_path: Path, kind: str, said: str) -> None:
    file = tmp_path / ("n" * 300 if kind == "long name" else "program.py")
    if kind == "folder":
        file.mkdir()
    elif kind == "named pipe":
        os.mkfifo(file)
    elif kind in ("large", "no text"):
        file.write_bytes(b"#" * 2**21 if kind == "large" else b"#\xff")
    err = refused("verify", examples / "run-lengths", file)
    assert err == f"ttsd: {file} {said}; name a file with a program in it, or - for standard input.\n"


def test_a_standard_input_that_is_closed(refused, examples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("verify", examples / "run-lengths", "-").startswith("ttsd: standard input is closed; name a file")


def test_a_folder_for_a_new_problem_that_is_not_empty(refused, examples) -> None:
    assert "is not empty" in refused("new", examples)


def test_a_current_folder_that_is_gone(ttsd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert ttsd("new", "mine") == (2, "", "ttsd: the current folder is gone; change to one that exists.\n")


def test_a_new_problem_without_a_name(refused) -> None:
    assert refused("new", "") == "ttsd: the name of the folder is empty: give the name of a new folder\n"


def test_a_new_problem_in_the_place_of_a_file(refused, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be made (File exists)" in refused("new", tmp_path / "file")


def test_a_new_problem_where_nothing_can_be_written(refused) -> None:
    assert "/proc/mine cannot be made" in refused("new", "/proc/mine")


def test_a_new_problem_with_a_name_that_is_no_text(refused) -> None:
    assert refused("new", "a\udcff") == (
        r"ttsd: a\udcff/problem.toml: name = 'a\udcff' must be one line of at most 200 printable characters" + "\n"
    )


def test_a_mistake_cannot_drive_the_terminal(refused, tmp_path: Path) -> None:
    (tmp_path / "\x1b]0;title\x07").mkdir()
    assert refused("report", "\x1b]0;title\x07").startswith(r"ttsd: \x1b]0;title\x07 is not a run folder")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("usable_sandbox")
def test_tests_that_fail_whatever_the_program_does(refused, ttsd, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    ttsd("new", folder, "--kind", "assertions")
    (folder / "tests" / "sample.py").write_text("import no_such_module\n\nassert spread([1]) == 0\n")
    assert refused("verify", folder, folder / "solution.py") == (
        "ttsd: the problem's own test code fails, whatever the program does (ModuleNotFoundError: No module named "
        "'no_such_module'); mend its tests or its preamble\n"
    )


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("usable_sandbox")
@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("""print('{"status": "pass"}'); print('{"status": "pass"}')""", "Extra data"),
        ("print('it is right')", "Expecting value"),
        (None, "can't open file '/tmp/judge/judge.py'"),
    ],
    ids=["two verdicts", "no JSON", "missing"],
)
def test_a_command_that_gives_no_verdict(refused, ttsd, tmp_path: Path, judge: str | None, told: str) -> None:
    folder = tmp_path / "mine"
    ttsd("new", folder, "--kind", "command")
    (folder / "command" / "judge.py").rename(folder / "command" / "other.py")
    if judge is not None:
        (folder / "command" / "judge.py").write_text(judge)
    said = refused("verify", folder, folder / "solution.txt")
    assert said.startswith("ttsd: the command 'python3' gives no verdict, on an empty program neither (")
    assert told in said
    assert said.endswith("; mend it: it must print one JSON object, nothing else, and exit with 0\n")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("usable_sandbox")
def test_a_missing_extra(
    refused, examples, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "ttsd.policy", raising=False)
    err = refused("solve", examples / "run-lengths", "--model", model_folder, "--output-dir", tmp_path / "run")
    assert err == "ttsd: running a model needs the package torch: pip install 'ttsd[local]'\n"
    assert not (tmp_path / "run").exists(), "the corrected command would be refused"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sovle"], "no such command 'sovle'; see ttsd --help"),
        (["sandbox", "chekc"], "no such command 'chekc'"),
        (["solve"], "missing argument 'PROBLEM'; see ttsd solve --help"),
        (
            ["solve", "x", "--budget", "ten"],
            "invalid value for '--budget': 'ten' is not a valid integer; see ttsd solve",
        ),
        (["solve", "x", "--history", "all"], "'all' is not one of 'feedback', 'attempts'; see ttsd solve --help"),
        (["solve", "x", "--bugdet", "3"], "no such option '--bugdet' (Did you mean one of: '--budget'"),
        (["verify", "x", "y", "--sandbox"], "option '--sandbox' requires an argument; see ttsd --help"),
        (["solve", "x", "--config", "nosuch"], "nosuch cannot be read (No such file or directory); name a TOML file"),
        (["report", "nosuch"], "nosuch is not a run folder (run.json: No such file or directory); name one that"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(refused, arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


def test_an_unknown_problem_is_told_before_an_unknown_program(refused) -> None:
    assert refused("verify", "nosuch", "nosuch.py").startswith(
        "ttsd: no problem 'nosuch': there is no such folder; give"
    )


def test_what_the_machine_refuses_is_one_sentence_and_ends_with_1(ttsd, scripted_run: Path) -> None:
    (scripted_run / "steps.jsonl").unlink()
    (scripted_run / "steps.jsonl").mkdir()
    code, out, err = ttsd("report", scripted_run)
    assert (code, out) == (1, "")
    assert err == f"ttsd: {scripted_run / 'steps.jsonl'}: Is a directory\n"


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """Looks like a model to everything that does not load it."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder
