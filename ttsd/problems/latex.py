"""The LaTeX of a problem statement as readable Markdown.

Handles what statements of the Kattis format use: sections, lists, emphasis, code, quotes, tables (as rows with bars),
links. Mathematics stays as it is: models read it. Pictures are left out and named in the notes. A command that is not
known here stays in the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_ARGUMENT = r"\{((?:[^{}]|\{[^{}]*\})*)\}"  # braces may be nested once
_OPTION = r"(?:\[[^\]]*\])?"
_PICTURE = re.compile(rf"\\(?:includegraphics{_OPTION}{_ARGUMENT}|illustration{_ARGUMENT}{_ARGUMENT}{_ARGUMENT})")
_CODE = re.compile(
    r"\\begin\{(?P<env>verbatim|lstlisting)\}(?:\[[^\]]*\])?\n?(?P<block>.*?)\\end\{(?P=env)\}"
    r"|\\verb(?P<bar>[^\sa-zA-Z])(?P<inline>.*?)(?P=bar)",
    re.DOTALL,
)
_MATH = re.compile(
    r"(?<!\\)\$\$.+?(?<!\\)\$\$|(?<!\\)\$.+?(?<!\\)\$|\\\[.+?\\\]|\\\(.+?\\\)"
    r"|\\begin\{(?P<env>equation\*?|align\*?)\}.*?\\end\{(?P=env)\}",
    re.DOTALL,
)

# In this order; each with what takes its place.
_RULES: tuple[tuple[str, str], ...] = (
    (rf"\\problemname{_ARGUMENT}", ""),
    (r"\\(?:nextsample|remainingsamples)\b", ""),
    (r"\\(?:section|begin)\*?\{(Input|Output|Interaction)\}", r"\n\n## \1\n\n"),
    (rf"\\section\*?{_ARGUMENT}", r"\n\n## \1\n\n"),
    (rf"\\(?:sub)+section\*?{_ARGUMENT}", r"\n\n### \1\n\n"),
    (rf"\\(?:begin|end)\{{tabular\}}{_OPTION}(?:{_ARGUMENT})?", "\n"),
    (rf"\\(?:begin|end)\{{(?:center|figure|wrapfigure|Input|Output|Interaction|quote|document)\}}{_OPTION}", ""),
    (r"\\(?:hline|centering|noindent|medskip|smallskip|bigskip|newpage|clearpage|par)\b[ \t]*", ""),
    (rf"\\(?:label|vspace|hspace)\*?{_ARGUMENT}", ""),
    (rf"\\caption{_ARGUMENT}", r"\1"),
    (rf"\\href{_ARGUMENT}{_ARGUMENT}", r"[\2](\1)"),
    (rf"\\url{_ARGUMENT}", r"\1"),
    (rf"\\(?:textbf|bf){_ARGUMENT}", r"**\1**"),
    (rf"\\(?:emph|textit|textsl|underline){_ARGUMENT}", r"*\1*"),
    (rf"\\texttt{_ARGUMENT}", r"`\1`"),
    (rf"\\(?:textrm|textsc|mbox|text){_ARGUMENT}", r"\1"),
    (r"\\\\(?:\[[^\]]*\])?[ \t]*\n?", "\n"),
    (r"(?<!\\)&", "|"),
    (r"``|''", '"'),
    (r"(?<!\\)`([^`'\n]*)'(?!\w)", r"'\1'"),
    (r"(?<!-)---(?!-)", "\u2014"),
    (r"(?<!-)--(?!-)", "\u2013"),
    (r"\\(?:l?dots|textellipsis)\b(?:\{\})?", "..."),
    (r"\\textbackslash\b(?:\{\})?", r"\\"),
    (r"(?<!\\)~|\\ |\\,", " "),
    (r"\\([%&#_{}$])", r"\1"),
    (r"[ \t]+\n", "\n"),
    (r"\n{3,}", "\n\n"),
)


class Converted(NamedTuple):
    """The text, and a sentence for each thing that is not in it."""

    text: str
    notes: tuple[str, ...]


def latex_to_markdown(source: str) -> Converted:
    kept: list[str] = []

    def keep(text: str) -> str:
        """A mark that no rule touches, in the place of code and mathematics."""
        kept.append(text)
        return f"\x00{len(kept) - 1}\x00"

    text = _CODE.sub(lambda match: keep(_code(match)), source.replace("\x00", ""))
    text = _MATH.sub(lambda match: keep(match[0]), _without_comments(text))
    pictures = [match[1] or match[3] for match in _PICTURE.finditer(text)]
    text = _lists(_PICTURE.sub("", text))
    for pattern, replacement in _RULES:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], text)
    return Converted(text.strip(), tuple(f"the statement's picture {name} is left out" for name in pictures))


def _code(match: re.Match[str]) -> str:
    return f"`{match['inline']}`" if match["inline"] is not None else f"\n```\n{match['block'].rstrip()}\n```\n"


def _without_comments(text: str) -> str:
    """Comments may hold a lone dollar, so they go before mathematics is looked for."""
    return re.sub(r"(?m)^[ \t]*%.*\n?|(?<!\\)%.*", "", text)


def _lists(text: str) -> str:
    """Items as lines that start with `- ` or `1. `, indented by their depth."""
    depth: list[Callable[[], str]] = []

    def replace(match: re.Match[str]) -> str:
        word = match[0].lstrip()
        if word.startswith(r"\begin"):
            depth.append(_marker("enumerate" in word))
            return "\n" if len(depth) == 1 else ""
        if word.startswith(r"\end"):
            if depth:
                depth.pop()
            return "" if depth else "\n\n"
        return f"\n{'  ' * (len(depth) - 1)}{depth[-1]() if depth else '- '}"

    return re.sub(r"\s*\\(?:(?:begin|end)\{(?:itemize|enumerate)\}(?:\[[^\]]*\])?|item\b)[ \t]*", replace, text)


def _marker(numbered: bool) -> Callable[[], str]:
    count = 0

    def following() -> str:
        nonlocal count
        count += 1
        return f"{count}. " if numbered else "- "

    return following
