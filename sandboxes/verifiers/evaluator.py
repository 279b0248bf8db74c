"""Programs scored by an evaluator in OpenEvolve's form: a Python file with `evaluate(program_path)`.

It returns a dict of metrics, an object with `.metrics`, or a number (which is called combined_score). A metric passes
when it is at least the value that is wanted; the comparison is made on the host. The evaluator runs in a sandbox of its
own, and what it imports from `program_path` stands in for the program: each call goes to the program's sandbox. So the
program can neither see the evaluator nor change a score, but by what its functions return.
An evaluator that fails before it has called the program, that never loads it, or that lets it pass without a call,
raises ChecksBroken.
Not promised: constants and classes of the program; an evaluator that runs the program in another process, or that
measures its time (a call takes some milliseconds on its way); an evaluator that executes what a function returned.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import clip, judged, require_cases, uncompiled
from sandboxes.verifiers.judges import require_files
from sandboxes.verifiers.records import ending_of
from sandboxes.verifiers.relay import Relay, Uncompiled
from sandboxes.wire import Json, Message

# Functions at the left margin. Read with a pattern: parsing a program that nobody trusts may take the host's memory.
_FUNCTION = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*lambda\b", re.MULTILINE)
MAX_FUNCTIONS = 1000


class EvaluatorVerifier:
    """See `sandboxes.verifiers.base.Verifier`. A case's input is a metric, `expected` its least value.

    `module` is the evaluator's file, one of `files`.
    """

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        for case in checks.cases:
            if isinstance(case.expected, bool) or not isinstance(case.expected, int | float):
                raise ValueError(f"case {case.id!r}: the least value must be a number")
        require_files(checks, checks.module)
        self._checks, self._sandbox = checks, sandbox

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        checks, names = self._checks, functions_of(program.source)
        task: Message = {
            "files": [asdict(file) for file in checks.files],
            "module": checks.module,
            "functions": list(names),
        }
        with Relay(self._sandbox, program, checks.limits, "evaluator", task) as relay:
            try:
                relay.candidate(names[0] if names else "")
                message = relay.next()
            except Uncompiled as error:
                return uncompiled(checks, str(error))
            if (ending := ending_of(message.get("done"), checks)) is not None:
                return [ending.result(case) for case in checks.cases]
            found = self._scored(message, relay.take_costs())
        _require_fairness(message, relay.asked, found)
        return found

    def _scored(self, message: Message, costs: tuple[float, float]) -> list[CaseResult]:
        metrics, texts = message["metrics"], message["texts"]
        assert isinstance(metrics, dict)
        hidden = any(case.tier is Tier.CONFIRM for case in self._checks.cases)
        notes = [str(text) for text in texts] if isinstance(texts, list) and not hidden else []
        return [_score(case, metrics, notes, costs) for case in self._checks.cases]


def functions_of(source: str) -> tuple[str, ...]:
    """The names of the functions that a program defines at its top level, as far as its text tells."""
    found = (match[1] or match[2] for match in _FUNCTION.finditer(source))
    return tuple(dict.fromkeys(name for name in found if name.isidentifier()))[:MAX_FUNCTIONS]


def _score(case: Case, metrics: dict[str, Json], notes: list[str], costs: tuple[float, float]) -> CaseResult:
    name, least = str(case.input), case.expected
    if (score := metrics.get(name)) is None:
        told = f"the evaluator returned no {name}, only {', '.join(metrics) or 'nothing'}"
    else:
        assert isinstance(score, int | float)
        assert isinstance(least, int | float)
        if score >= least:
            return CaseResult(case.id, case.tier, Status.PASS, f"{score:g}", "", *costs)
        told = f"{name} is {score:g}, at least {least:g} is wanted"
    shown = "" if score is None else f"{score:g}"
    return CaseResult(case.id, case.tier, Status.WRONG_ANSWER, shown, clip("\n".join([told, *notes])), *costs)


def _require_fairness(message: Message, asked: bool, found: list[CaseResult]) -> None:
    if not message["loaded"]:
        raise ChecksBroken(
            "the evaluator never loaded the program: evaluate(program_path) must import the file at program_path in "
            "its own process"
        )
    if not asked and any(case.status is Status.PASS for case in found):
        raise ChecksBroken(
            "the evaluator lets a program pass that it has not called: score what the program's functions return"
        )
