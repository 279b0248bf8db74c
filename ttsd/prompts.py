"""From a problem to the student's prompt, and from a response to the program in it.

A problem without a program asks for an answer. It is, in this order: what the last \\boxed{...} holds; what follows the
last "Answer:" (also "Final answer:", "The answer is") up to the end of its line; the last line, when it is short.

The format instruction is one string: the student's prompt and the self-teacher's end with the same one, so that
a learning step pulls on the content of an answer and not on its form.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sandboxes.guest.languages import LANGUAGES
from sandboxes.lcb import program_text
from ttsd.types import Attempt, Chat, Message, Problem

_WANTED = {
    "stdio": "the complete program{in_language}: it reads standard input and writes standard output",
    "function": "the complete function `{entry}` with its imports and helpers",
    "assertions": "the complete function `{entry}` with its imports and helpers",
    "validator": "the complete program{in_language}: it reads standard input and writes standard output",
    "pytest": "the complete module `{module}`: every function that is asked for, with imports and helpers",
    "lcb-official": "the complete program, or the completed starter code",
    "evaluator": "the complete module: every function that is asked for, with imports and helpers",
}
_ANSWERS = {"text": "the answer alone", "number": "a number", "choice": "the letter of your choice"}
MAX_EARLIER = 3  # blocks; who writes more than these does not know which one is meant either
MAX_LAST_LINE = 200  # characters; a longer one is no answer but a sentence
_MARKED = re.compile(r"answer[ \t]*+(?:\*\*)?+[ \t]*+(?::|is\b:?+)[\s*]*+([^\n]+)", re.IGNORECASE)
# Nothing is tried twice (`*+`): a line of blanks that ends in a backtick would take hours.
_FENCE = re.compile(r"^([ \t]*+)```[ \t]*+([\w+#-]*+)[^\n`]*+$")
_TAGS = {
    "python": ("python", "python3", "py"),
    "cpp": ("cpp", "c++", "cc", "cxx"),
    "rust": ("rust", "rs"),
    "javascript": ("javascript", "js", "mjs"),
}
_WHOLE_PROGRAM = ("stdio", "validator")
_MAIN = {"cpp": r"\bmain\s*+\(", "c": r"\bmain\s*+\(", "java": r"\bmain\s*+\(", "rust": r"\bfn\s++main\b"}


class Extraction(NamedTuple):
    """The program found in a response, or the reason why there is none."""

    program: str | None
    reason: str = ""
    earlier: tuple[str, ...] = ()  # blocks that count in its place when it does not compile, the last one first


def format_instruction(problem: Problem) -> str:
    """What the answer must look like."""
    checks = problem.checks
    if checks.kind == "answer":
        form = str(checks.cases[0].input).partition(" ")[0]
        return f"End with one line that reads `Answer: ` and then {_ANSWERS[form]}."
    other = problem.language != "python" and checks.kind in _WHOLE_PROGRAM
    in_language = f" in {LANGUAGES[problem.language].label}" if other else ""
    wanted = _WANTED.get(checks.kind, "the complete answer").format(
        entry=checks.entry, module=checks.module, in_language=in_language
    )
    return f"Answer with one ```{problem.language} code block that holds {wanted}. Do not explain."


def ask(problem: Problem, *sections: str) -> Chat:
    """One user turn: the statement, further sections if any, the format. Without sections: the student's prompt."""
    return (Message("user", "\n\n".join([problem.statement.strip(), *sections, format_instruction(problem)])),)


def extract(attempt: Attempt, problem: Problem) -> Extraction:
    """The last finished code block that defines what is asked for, else the last in the language, else without a tag.

    Nothing is parsed here: a response is untrusted, and so is the time it takes to compile it. For `lcb-official` it is
    whatever LiveCodeBench takes for the program.
    """
    if problem.checks.kind == "answer":
        return _answer(attempt)
    if problem.checks.kind == "lcb-official":
        return Extraction(program_text(attempt.response) or None, "The response has fewer than two lines with ```.")
    blocks, open_block = _blocks(attempt.response)
    tags = _TAGS.get(problem.language, (problem.language,))
    tagged = [code for tag, code in blocks if tag.lower() in tags] or [code for tag, code in blocks if not tag]
    defining = [code for code in tagged if _defines(code, problem)]
    if found := (defining or tagged):
        return Extraction(found[-1], earlier=tuple(found[-2 : -2 - MAX_EARLIER : -1]))
    if attempt.finish_reason == "length":
        return Extraction(None, "The response was cut at the length limit before a code block ended. Be shorter.")
    if open_block:
        return Extraction(None, "The code block was never closed with ```.")
    return Extraction(None, f"The response holds no ```{problem.language} code block.")


def _answer(attempt: Attempt) -> Extraction:
    text = attempt.response.replace("\r\n", "\n")
    if (boxed := _last_boxed(text)) is not None:
        return Extraction(boxed)
    if marked := _MARKED.findall(text):
        return Extraction(marked[-1].strip(" \t*"))
    if attempt.finish_reason == "length":
        return Extraction(None, "The response was cut at the length limit before it gave an answer. Be shorter.")
    last = text.strip().rpartition("\n")[2].strip()
    if 0 < len(last) <= MAX_LAST_LINE:
        return Extraction(last)
    return Extraction(None, "The response gives no answer: end with one line that reads `Answer: ` and the answer.")


def _last_boxed(text: str) -> str | None:
    """What the last finished \\boxed{...} holds, with the braces inside of it."""
    for piece in reversed(text.split("\\boxed{")[1:]):
        depth = 1
        for match in re.finditer(r"\\[{}]|[{}]", piece):
            depth += {"{": 1, "}": -1}.get(match[0], 0)
            if depth == 0:
                return piece[: match.start()].strip()
    return None


def _defines(code: str, problem: Problem) -> bool:
    """Whether the code defines the entry, or main where programs start there. An example of its use does not."""
    if problem.checks.kind in _WHOLE_PROGRAM:
        return problem.language in _MAIN and re.search(_MAIN[problem.language], code) is not None
    entry = problem.checks.entry
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
