"""The sections of a reprompt: files that a user can replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandboxes.types import Status
from ttsd.errors import UserError
from ttsd.methods.base import configure, method_spec
from ttsd.prompts import ask
from ttsd.reprompt import Reprompter
from ttsd.templates import SECTIONS, Templates
from ttsd.types import Feedback, Rollout


@pytest.fixture
def folder(tmp_path: Path):
    """A folder with these files."""

    def write(**texts: str) -> str:
        for name, text in texts.items():
            (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


@pytest.fixture
def failed(attempt, judged) -> Rollout:
    return Rollout(attempt(1), judged(*[Status.WRONG_ANSWER] * 3), Feedback("It fails."))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_built_in_section_says_what_it_holds(name: str) -> None:
    heading, _, content = Templates().fill(name, "the content").partition("\n\n")
    assert heading.endswith(":")
    assert content == "the content"


def test_a_file_replaces_its_section_and_no_other(folder) -> None:
    own = Templates(folder(feedback="Judge: {feedback}\n"))
    assert own.fill("feedback", "no") == "Judge: no"
    assert [own.fill(name, "x") for name in SECTIONS[:3]] == [Templates().fill(name, "x") for name in SECTIONS[:3]]


def test_a_section_may_go_on_behind_its_content(folder) -> None:
    assert Templates(folder(hint="\n[{hint}] Use it.\n\n")).fill("hint", "\nsort\n") == "[sort] Use it."


def test_the_placeholders_of_other_sections_are_text(folder) -> None:
    assert Templates(folder(hint="{hint} {feedback} {0} %s")).fill("hint", "{attempt}") == "{attempt} {feedback} {0} %s"


def test_a_teacher_reads_the_replaced_section(folder, problem, failed: Rollout) -> None:
    made = Reprompter("feedback", templates=Templates(folder(feedback="Judge: {feedback}")))(problem, [failed])
    assert made[1].chat == ask(problem, "Judge: It fails.")


def test_multi_turn_reads_the_replaced_section(folder, problem, failed: Rollout) -> None:
    config = configure(method="multi-turn", template_dir=folder(feedback="Judge: {feedback}"))
    prompts = method_spec("multi-turn").prompts(config, lambda _: True)
    assert prompts(problem, [failed], 1) == [ask(problem, "Judge: It fails.")]


@pytest.mark.parametrize(("text", "times"), [("Judge:", 0), ("", 0), ("{feedback} or {feedback}", 2), ("{hint}", 0)])
def test_a_file_without_its_placeholder_or_with_two_is_refused(folder, text: str, times: int) -> None:
    with pytest.raises(UserError, match=rf"feedback\.md holds {{feedback}} {times} times; write it once"):
        configure(template_dir=folder(feedback=text))


WANTED = r"name a folder that holds hint\.md, demonstration\.md, attempt\.md or feedback\.md\."


@pytest.mark.parametrize("place", ["nosuch", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=rf"template_dir is '.*{place}', which is no folder; {WANTED}"):
        configure(template_dir=str(tmp_path / place))


def test_a_folder_without_a_section_is_refused(folder) -> None:
    with pytest.raises(UserError, match=f"which holds none; {WANTED}"):
        configure(template_dir=folder(feedbak="{feedback}"))


def test_a_section_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hint.md").mkdir()
    with pytest.raises(UserError, match=r"hint\.md is not a regular file; write the text of the section there"):
        Templates(str(tmp_path))
