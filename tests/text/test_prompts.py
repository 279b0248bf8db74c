"""The student's prompt, and the program found in a response."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from ttsd.prompts import Extraction, ask, extract, format_instruction

ADD = "def add(a, b):\n    return a + b\n"


def block(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code.rstrip()}\n```\n"


@pytest.fixture
def program(problem, attempt):
    """The program in a response, asserting that there is one."""

    def found(response: str, **fields) -> str:
        extraction = extract(attempt(1, response, **fields), problem)
        assert extraction.reason == ""
        assert extraction.program is not None
        return extraction.program

    return found


@pytest.fixture
def reason(problem, attempt):
    """Why a response holds no program, asserting that it holds none."""

    def found(response: str, **fields) -> str:
        extraction = extract(attempt(1, response, **fields), problem)
        assert extraction.program is None
        return extraction.reason

    return found


def test_the_one_block_is_the_program(program) -> None:
    assert program(f"Here it is:\n{block(ADD)}Done.") == ADD


def test_the_last_block_that_defines_the_entry_wins(program) -> None:
    better = ADD.replace("a + b", "b + a")
    assert program(block(ADD) + "Or rather:\n" + block(better)) == better


@pytest.mark.parametrize("after", ["print(add(1, 2))", "assert add(1, 2) == 3", "x = 1", "address = 1", "add == 2"])
def test_a_block_that_only_uses_the_entry_does_not_win(program, after: str) -> None:
    assert program(block(ADD) + "For example:\n" + block(after)) == ADD


@pytest.mark.parametrize(
    "code",
    [
        "class Solution:\n    def add(self, a, b):\n        return a + b\n",
        "async def add(a, b):\n    return a + b\n",
        "from operator import add as plus\nadd = plus\n",
        "class add:\n    pass\n",
    ],
    ids=["method", "async", "assignment", "class"],
)
def test_an_entry_may_be_defined_in_other_ways(program, code: str) -> None:
    assert program(block(code) + block("add(1, 2)")) == code


def test_without_a_definition_the_last_block_counts(program) -> None:
    assert program(block("first = 1") + block("second = 2")) == "second = 2\n"


def test_a_program_without_an_entry_is_the_last_block(problem, attempt) -> None:
    stdio = replace(problem, checks=replace(problem.checks, kind="stdio", entry=""))
    response = block("def main():\n    pass") + block("print(3)")
    assert extract(attempt(1, response), stdio).program == "print(3)\n"


def test_a_tagged_block_wins_over_an_untagged_one(program) -> None:
    assert program(block(ADD) + "It prints:\n" + block("def add: 3", tag="")) == ADD


def test_an_untagged_block_counts_when_none_is_tagged(program) -> None:
    assert program(block(ADD, tag="")) == ADD


@pytest.mark.parametrize("tag", ["py", "python3", "Python", " python", 'python title="add.py"'])
def test_other_spellings_of_the_tag_are_known(program, tag: str) -> None:
    assert program(block(ADD, tag)) == ADD


def test_a_block_in_another_language_is_no_program(reason) -> None:
    assert reason(block("int add(int a, int b);", "cpp")) == "The response holds no ```python code block."


def test_no_block_is_a_reason(reason) -> None:
    assert reason("I would add a and b.") == "The response holds no ```python code block."


def test_an_empty_response_is_a_reason(reason) -> None:
    assert reason("") == "The response holds no ```python code block."


def test_an_unclosed_block_is_a_reason(reason) -> None:
    assert reason(f"```python\n{ADD}") == "The code block was never closed with ```."


def test_a_response_cut_at_the_length_limit_says_so(reason) -> None:
    assert reason(f"```python\n{ADD}", finish_reason="length").startswith("The response was cut at the length limit")


def test_a_block_that_was_closed_before_the_length_limit_counts(program) -> None:
    assert program(block(ADD) + "```python\ndef ad", finish_reason="length") == ADD


def test_a_fence_with_a_tag_ends_the_open_block(program) -> None:
    assert program(f"```python\nx =\n{block(ADD)}") == ADD


def test_an_indented_fence_inside_a_block_is_code(program) -> None:
    code = 'def add(a, b):\n    """Adds.\n\n    ```\n    add(1, 2)\n    ```\n    """\n    return a + b\n'
    assert program(block(code)) == code


def test_a_tilde_fence_is_not_a_fence(program) -> None:
    code = f'{ADD}TEXT = """\n~~~\n"""\n'
    assert program(block(code)) == code


def test_a_block_inside_a_list_loses_its_indentation(program) -> None:
    indented = "".join(f"   {line}\n" for line in block(ADD).splitlines())
    assert program(f"1. Add them:\n{indented}") == ADD


def test_a_fence_within_a_line_is_not_a_fence(reason) -> None:
    assert reason("Write ```python x = 1``` and be done.") == "The response holds no ```python code block."


@pytest.mark.parametrize(
    "line",
    [
        "x = f'{{{1}}}'",
        "x = '%s %d %%' % (1, 2)",
        "x = '`'",
        "x = '{}'.format(1)",
        "x = r'\\1 $1'",
        "x = '\u2028\x0c\x85'",
    ],
)
def test_every_character_of_a_program_survives(program, line: str) -> None:
    assert program(block(f"{line}\n{ADD}")) == f"{line}\n{ADD}"


def test_windows_line_ends_become_line_ends(program) -> None:
    assert program(block(ADD).replace("\n", "\r\n")) == ADD


def test_the_prompt_is_the_statement_and_the_format(problem) -> None:
    (message,) = ask(problem)
    assert message.role == "user"
    assert message.content == f"{problem.statement}\n\n{format_instruction(problem)}"


def test_every_prompt_ends_with_the_same_format_instruction(problem) -> None:
    assert ask(problem, "one", "two")[0].content.endswith(f"one\n\ntwo\n\n{format_instruction(problem)}")


def test_the_format_instruction_names_the_entry(problem) -> None:
    assert "`add`" in format_instruction(problem)


def test_braces_and_percent_signs_in_a_statement_survive(problem) -> None:
    odd = replace(problem, statement="Print {n} as %s and `{{x}}`.")
    assert ask(odd)[0].content.startswith("Print {n} as %s and `{{x}}`.")


def test_a_line_that_is_nearly_a_fence_takes_no_time(program) -> None:
    started = time.monotonic()
    assert program(f"```{' ' * 200_000}`\n{block(ADD)}") == ADD
    assert time.monotonic() - started < 5  # tried in every way it takes minutes


@pytest.mark.parametrize(("language", "label"), [("cpp", "C++"), ("javascript", "JavaScript"), ("rust", "Rust")])
def test_the_format_instruction_names_another_language(problem, language: str, label: str) -> None:
    other = replace(problem, language=language, checks=replace(problem.checks, kind="stdio", entry=""))
    assert format_instruction(other).startswith(
        f"Answer with one ```{language} code block that holds the complete program in {label}: it reads standard input"
    )


@pytest.mark.parametrize(
    ("language", "tag", "code", "other"),
    [
        ("cpp", "c++", "int main() { return 0; }\n", "int f(int x);\n"),
        ("c", "c", "int main (void) { return 0; }\n", "int f(int x);\n"),
        ("rust", "rs", "fn main() {}\n", "fn helper() {}\n"),
        ("java", "java", "class A { static void main(String[] a) {} }\n", "class B {}\n"),
    ],
)
def test_the_last_block_with_a_main_is_the_program(
    problem, attempt, language: str, tag: str, code: str, other: str
) -> None:
    stdio = replace(problem, language=language, checks=replace(problem.checks, kind="stdio", entry=""))
    response = f"{block(other, tag)}{block(code, tag)}Its helper:\n{block(other, tag)}{block('print(3)')}"
    assert extract(attempt(1, response), stdio).program == code


def test_without_a_main_the_last_block_in_the_language_counts(problem, attempt) -> None:
    stdio = replace(problem, language="javascript", checks=replace(problem.checks, kind="stdio", entry=""))
    response = block("first()", "js") + block("second()", "javascript") + block("third()")
    assert extract(attempt(1, response), stdio) == Extraction("second()\n", earlier=("first()\n",))
