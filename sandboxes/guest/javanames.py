"""Which file a Java source must lie in, and which class of it is started. Reads names only: the compiler checks.

A public class must lie in a file of its name, and the class to start is the one that holds `main`: a program that calls
it Solution is as good as one that calls it Main.
Not promised: the right class when `main` is inherited or stands in a nested class. Then the outer class is started.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KINDS = ("class", "interface", "enum", "record")
_COMMENT_OR_TEXT = ("/", '"', "'")
_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?(?:\*/|\Z)
    | \"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\\?\Z) | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'?
    | [\w$.]+ | [{}();]""",
    re.VERBOSE | re.DOTALL,
)


def java_names(source: str) -> tuple[str, str]:
    """The name of the file, and the full name of the class to start."""
    depth, package, outer, public, main = 0, "", "", "", ""
    is_public, recent = False, ("", "")
    for token in _tokens(source):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0 and recent[1] == "package":
            package = f"{token}."
        if depth == 0 and recent[1] in _KINDS:
            outer = token
            public = public or (outer if is_public else "")
        if (*recent, token) == ("void", "main", "("):
            main = main or outer
        is_public = token == "public" or (is_public and token not in (";", "}"))
        recent = (recent[1], token)
    started = main or public or "Main"  # as javac calls a class that has no name
    return f"{public or started}.java", package + started


def _tokens(source: str) -> Iterator[str]:
    return (found[0] for found in _TOKEN.finditer(source) if not found[0].startswith(_COMMENT_OR_TEXT))
