"""Problems without a program: the answer itself is compared with the one that is wanted, on the host.

    text       the same words with any blanks between them; `comparison.case_sensitive` says whether case counts
    number     the same number: 0.5, 1/2, \\frac{1}{2}, 50% and 5e-1 are one; 1,000 and $1000 too. Exact, unless a
               tolerance is set
    choice     one of the letters that stand in the form: C, (c), **C**, "C) Paris"

Not promised: algebra. `2\\sqrt{2}` is a text, and `x+1` is not `1+x`.
"""

from __future__ import annotations

import re
import time
from fractions import Fraction

from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Comparison, Program, Status, Verdict
from sandboxes.verifiers.base import clip, require_cases
from sandboxes.wire import Json

FORMS = ("text", "number", "choice")
PLACE = "the host"  # where it is compared, as a verdict names it
MAX_ANSWER = 1000  # characters; an integer of so many digits is still quick to read
_MAX_EXPONENT = 400  # beyond it a tolerance could not be kept, and 1e999999999 fills the memory

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_NUMBER = re.compile(rf"([+-]?)({_DIGITS}?(?:\.\d*)?)(?:[eE]([+-]?\d{{1,4}}))?", re.ASCII)
_FRACTION = re.compile(r"([+-]?)\\[dt]?frac\{(.+)\}\{(.+)\}|(.+?)/(.+)")
_CHOICE = re.compile(r"(?:\(([A-Za-z])\)|([A-Za-z])[).:]?$|([A-Za-z])[).:])(?:\s.*)?", re.DOTALL)
_DECORATION = re.compile(r"\\[(),!;\s\]\[]|\\(?:text|mathrm|mathbf|textbf)(?=\{)|[*$`]")


class AnswerVerifier:
    """See `sandboxes.verifiers.base.Verifier`. A case's input is the form, `expected` what is right, or a list of it.

    `Program.source` holds the answer. The sandbox is not used.
    """

    def __init__(self, checks: Checks, sandbox: Sandbox | None = None) -> None:
        require_cases(checks)
        for case in checks.cases:
            for wanted in _wanted(case):
                if refused := refusal(case.input, wanted):
                    raise ValueError(f"case {case.id!r}: {refused}")
        self._checks = checks

    def verify(self, program: Program) -> Verdict:
        started = time.perf_counter()
        found = [self._case(case, program.source) for case in self._checks.cases]
        return Verdict.of(found, sandbox=PLACE, seconds=time.perf_counter() - started)

    def _case(self, case: Case, answer: str) -> CaseResult:
        right = any(matches(answer, str(case.input), wanted, self._checks.comparison) for wanted in _wanted(case))
        status = Status.PASS if right else Status.WRONG_ANSWER
        return CaseResult(case.id, case.tier, status, clip(answer.strip()))


def _wanted(case: Case) -> list[Json]:
    return case.expected if isinstance(case.expected, list) else [case.expected]


def refusal(form: Json, wanted: Json) -> str:
    """Why no answer could be compared with `wanted`; empty when one can."""
    name, *letters = str(form).split()
    if name not in FORMS or bool(letters) != (name == "choice"):
        return f"the form {form!r} is none of text, number and choice with its letters, as in 'choice ABCD'"
    if name == "number" and (isinstance(wanted, bool) or number(str(wanted)) is None):
        return f"{wanted!r} is no number"
    if name == "choice" and not (isinstance(wanted, str) and len(wanted) == 1 and wanted in letters[0]):
        return f"{wanted!r} is none of the letters {letters[0]}"
    if name == "text" and not (isinstance(wanted, str) and plain(wanted)):
        return f"{wanted!r} is no text"
    return ""


def matches(answer: str, form: str, wanted: Json, comparison: Comparison) -> bool:
    """Whether the answer is the wanted one."""
    if len(answer) > MAX_ANSWER:
        return False
    if form == "number":
        return _numbers_match(number(answer), number(str(wanted)), comparison)
    if form == "text":
        ours, theirs = plain(answer), plain(str(wanted))
        return ours == theirs if comparison.case_sensitive else ours.casefold() == theirs.casefold()
    letter = _CHOICE.fullmatch(plain(answer))
    return letter is not None and letter[letter.lastindex or 0].upper() == str(wanted).upper()


def plain(answer: str) -> str:
    """The words of an answer, without the signs that only set them: $, *, LaTeX's blanks and fonts, a full stop."""
    words = " ".join(_DECORATION.sub(" ", answer).split())
    if re.fullmatch(r"\{[^{}]*\}", words):  # what \text{...} leaves
        words = words[1:-1].strip()
    return words.removesuffix(".").rstrip()


def number(answer: str) -> Fraction | None:
    """The number that the answer is, exactly; None when it is none."""
    text = plain(answer).replace(" ", "")
    percent = text.endswith(("%", "\\%"))
    text = text.removesuffix("%").removesuffix("\\")
    parts = _FRACTION.fullmatch(text)
    if parts is None:
        value = _decimal(text)
    else:
        above, below = _decimal(parts[2] or parts[4]), _decimal(parts[3] or parts[5])
        value = above / below if above is not None and below else None
        value = -value if value is not None and parts[1] == "-" else value
    return value / 100 if percent and value is not None else value


def _decimal(text: str) -> Fraction | None:
    found = _NUMBER.fullmatch(text)
    if found is None or not re.search(r"\d", found[2]):
        return None
    exponent = int(found[3] or 0)
    if abs(exponent) > _MAX_EXPONENT:
        return None
    value = Fraction(found[2].replace(",", "").rstrip(".") or "0") * Fraction(10) ** exponent
    return -value if found[1] == "-" else value


def _numbers_match(actual: Fraction | None, wanted: Fraction | None, comparison: Comparison) -> bool:
    if actual is None or wanted is None:
        return False
    distance = abs(actual - wanted)
    allowed = [Fraction(comparison.float_absolute or 0), Fraction(comparison.float_relative or 0) * abs(wanted)]
    return distance <= max(allowed)
