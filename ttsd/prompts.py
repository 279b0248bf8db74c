"""From a problem to the student's prompt, and from a response to the program in it.

The format instruction is one string: the student's prompt and the self-teacher's end with the same one, so that
a learning step pulls on the content of an answer and not on its form.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ttsd.types import Attempt, Chat, Message, Problem

_WANTED = {
    "stdio": "the complete program: it reads standard input and writes standard output",
    "function": "the complete function `{entry}` with its imports and helpers",
    "assertions": "the complete function `{entry}` with its imports and helpers",
}
# Nothing is tried twice (`*+`): a line of blanks that ends in a backtick would take hours.
_FENCE = re.compile(r"^([ \t]*+)```[ \t]*+([\w+#-]*+)[^\n`]*+$")
_TAGS = {"python": ("python", "python3", "py")}


class Extraction(NamedTuple):
    """The program found in a response, or the reason why there is none."""

    program: str | None
    reason: str = ""


def format_instruction(problem: Problem) -> str:
    """What the answer must look like."""
    wanted = _WANTED.get(problem.checks.kind, "the complete answer").format(entry=problem.checks.entry)
    return f"Answer with one ```{problem.language} code block that holds {wanted}. Do not explain."


def ask(problem: Problem, *sections: str) -> Chat:
    """One user turn: the statement, further sections if any, the format. Without sections: the student's prompt."""
    return (Message("user", "\n\n".join([problem.statement.strip(), *sections, format_instruction(problem)])),)


def extract(attempt: Attempt, problem: Problem) -> Extraction:
    """The last finished code block that defines what is asked for, else the last in the language, else without a tag.

    Nothing is parsed here: a response is untrusted, and so is the time it takes to compile it.
    """
    blocks, open_block = _blocks(attempt.response)
    tags = _TAGS.get(problem.language, (problem.language,))
    tagged = [code for tag, code in blocks if tag.lower() in tags] or [code for tag, code in blocks if not tag]
    defining = [code for code in tagged if _defines(code, problem.checks.entry)]
    if found := (defining or tagged):
        return Extraction(found[-1])
    if attempt.finish_reason == "length":
        return Extraction(None, "The response was cut at the length limit before a code block ended. Be shorter.")
    if open_block:
        return Extraction(None, "The code block was never closed with ```.")
    return Extraction(None, f"The response holds no ```{problem.language} code block.")


def _defines(code: str, entry: str) -> bool:
    """Whether the code defines the entry. One that only calls it, an example of its use say, does not."""
    name = re.escape(entry)
    return bool(entry and re.search(rf"\b(?:def|class)\s+{name}\b|^{name}\s*[:=](?!=)", code, re.MULTILINE))


def _blocks(text: str) -> tuple[list[tuple[str, str]], bool]:
    """All closed fenced blocks as (tag, code), and whether one is still open at the end.

    A fence that is indented further than the one that opened the block is code, for example in a docstring. One
    with a tag ends the open block and begins the next.
    """
    blocks: list[tuple[str, str]] = []
    opening: re.Match[str] | None = None
    lines: list[str] = []
    # Not splitlines(): a program may hold a form feed or U+2028 in a string, which that would take for a line's end.
    for line in text.replace("\r\n", "\n").split("\n"):
        fence = _FENCE.match(line)
        if fence and (opening is None or len(fence[1]) <= len(opening[1])):
            if opening:
                blocks.append((opening[2], "\n".join(lines) + "\n"))
            opening = fence if fence[2] or opening is None else None
            lines = []
        elif opening:
            lines.append(line.removeprefix(opening[1]))
    return blocks, opening is not None
