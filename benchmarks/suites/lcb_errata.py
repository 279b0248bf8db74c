"""LiveCodeBench's own list of problems that its tests cannot judge fairly (ERRATA.md of its repository).

AtCoder problems are known by their id, LeetCode ones by their title. Not promised: that the list is complete.
"""

from __future__ import annotations

from typing import Literal

Flag = Literal["many-answers", "interactive", "broken-tests"]

_MANY_ANSWERS = (
    *("abc311_c", "abc326_d", "abc327_b", "abc333_e", "abc343_a", "abc343_e", "abc362_c", "arc185_c"),
    *("find-words-containing-character", "find-the-peaks", "generate-binary-strings-without-adjacent-zeros"),
)
_INTERACTIVE = ("abc337_e", "abc355_e")
_BROKEN_TESTS = ("abc350_c", "apply-operations-to-make-string-empty", "most-frequent-ids", "arc189_a")

_FLAGS: dict[str, Flag] = {
    **dict.fromkeys(_MANY_ANSWERS, "many-answers"),
    **dict.fromkeys(_INTERACTIVE, "interactive"),
    **dict.fromkeys(_BROKEN_TESTS, "broken-tests"),
}


def flag(problem_id: str, title: str) -> Flag | None:
    """What is wrong with a problem.

    many-answers: a right program may fail, for only one of the right outputs is accepted; interactive: no program can
    pass; broken-tests: at least one test contradicts the statement.
    """
    return _FLAGS.get(problem_id) or _FLAGS.get(title)
