"""From a verdict to the text that a prompt may hold.

Shows how many visible tests passed and one case of each kind of failure, the shortest one. Departs from SDPO's
`format_test_feedback`, which shows a single kind and no count. Never shows a hidden (confirm) test: not its input,
not what the program did with it, not how many there are.
"""

from __future__ import annotations

import json

from sandboxes.types import Case, CaseResult, Status, Tier, Verdict
from sandboxes.verifiers.base import BY_LUCK
from ttsd.characters import shown
from ttsd.types import Feedback, Problem

MAX_CHARS = 2000  # of the whole text
MAX_FIELD_CHARS = 400  # of one input, output or error

_CUT = "\n[... {} characters cut ...]\n"
_TEMPLATE_TOKENS = (
    *("<|", "<｜", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>", "<bos>", "<eos>", "[TOOL_CALLS]"),
    *("<start_of_turn>", "<end_of_turn>", "<think>", "</think>", "<tool_call>", "</tool_call>"),
    *("<repo_name>", "<file_sep>"),
)
_TOLD_BY_JUDGES = ("pytest", "evaluator", "command")  # kinds whose errors say what was wanted
_HEADINGS = {
    Status.COMPILE_ERROR: "Compile error",
    Status.RUNTIME_ERROR: "Runtime error",
    Status.TIME_LIMIT: "Time limit exceeded",
    Status.MEMORY_LIMIT: "Memory limit exceeded",
    Status.OUTPUT_LIMIT: "Output limit exceeded",
    Status.WRONG_ANSWER: "Wrong answer",
}


def make_feedback(verdict: Verdict, problem: Problem) -> Feedback:
    """What may be said about a failed attempt; empty for a pass and for an outage of ours."""
    if verdict.reward != 0:
        return Feedback("")
    if verdict.status in (Status.NO_CODE, Status.COMPILE_ERROR) and not _of_cases(verdict):
        return Feedback(clip(plain(verdict.detail or _HEADINGS[verdict.status]), MAX_CHARS))
    if verdict.false_discovery:
        return Feedback("The program passes every visible test but fails a hidden one. Some case is not handled.")
    if problem.checks.kind == "answer":
        return Feedback("The answer is wrong.")
    if not _visible(verdict):
        return Feedback("The program fails a hidden test.")
    luck = [BY_LUCK] if verdict.detail == BY_LUCK else []
    parts = [_count(verdict), *luck, *(_describe(result, problem) for result in _one_of_each_kind(verdict, problem))]
    return Feedback(clip("\n\n".join(parts), MAX_CHARS))


def no_feedback(verdict: Verdict, problem: Problem) -> Feedback:
    """For an environment that tells pass from fail and no more."""
    return Feedback("")


def clip(text: str, limit: int) -> str:
    """The text with its middle cut out, at most `limit` characters long: beginnings and ends say the most."""
    if len(text) <= limit:
        return text
    kept = limit - len(_CUT.format(len(text)))
    head = kept * 2 // 3
    return text[:head] + _CUT.format(len(text) - kept) + text[len(text) - (kept - head) :]


def plain(text: str) -> str:
    """Text from inside a sandbox made harmless: no control or direction characters, no token of a chat template."""
    kept = "".join(filter(shown, text))
    for token in _TEMPLATE_TOKENS:
        kept = kept.replace(token, token[0] + "\\" + token[1:])
    return kept


def _of_cases(verdict: Verdict) -> bool:
    """Whether its status is that of a case: a command may say of each that the program does not compile."""
    return any(case.status is verdict.status for case in verdict.cases)


def _visible(verdict: Verdict) -> list[CaseResult]:
    return [case for case in verdict.cases if case.tier is not Tier.CONFIRM]


def _count(verdict: Verdict) -> str:
    visible = _visible(verdict)
    passed, left_out = (sum(case.status is status for case in visible) for status in (Status.PASS, Status.NOT_RUN))
    rest = (
        f" {left_out} {'was' if left_out == 1 else 'were'} not run, because it had been too slow." if left_out else ""
    )
    return f"The program passed {passed} of {len(visible)} visible test{'s' * (len(visible) != 1)}.{rest}"


def _one_of_each_kind(verdict: Verdict, problem: Problem) -> list[CaseResult]:
    """The shortest visible failing case of each kind, in the order of `_HEADINGS`."""
    inputs = {(case.id, case.tier): len(_text(case.input)) for case in problem.checks.cases}
    failing = sorted(_visible(verdict), key=lambda case: inputs[case.id, case.tier] + len(case.actual))
    shortest: dict[Status, CaseResult] = {}
    for case in failing:
        shortest.setdefault(case.status, case)
    return [shortest[status] for status in _HEADINGS if status in shortest]


def _describe(result: CaseResult, problem: Problem) -> str:
    case = next(case for case in problem.checks.cases if (case.id, case.tier) == (result.id, result.tier))
    fields = [*_question(case, problem), *_answer(result, case, problem)]
    blocks = [f"{name}:\n{clip(plain(text).strip(), MAX_FIELD_CHARS)}" for name, text in fields]
    return "\n".join([_HEADINGS[result.status], *blocks])


def _question(case: Case, problem: Problem) -> list[tuple[str, str]]:
    if problem.checks.kind == "assertions":
        return [("Failed test", _text(case.input).replace("candidate(", f"{problem.checks.entry}("))]
    if problem.checks.kind == "function" and isinstance(case.input, list):
        return [("Call", f"{problem.checks.entry}({', '.join(map(repr, case.input))})")]
    if problem.checks.kind in _TOLD_BY_JUDGES:
        return [("Failed test", _text(case.input))] if case.input else []
    return [("Input", _text(case.input))]


def _answer(result: CaseResult, case: Case, problem: Problem) -> list[tuple[str, str]]:
    kind, got = problem.checks.kind, ("Got", result.actual or "(nothing)")
    if kind == "validator" and result.status is Status.WRONG_ANSWER:  # what is expected is one of several
        return [got, ("Judge", result.error)] if result.error else [got]
    if kind in _TOLD_BY_JUDGES or result.status is not Status.WRONG_ANSWER or (result.error and not result.actual):
        return [("Error", result.error)] if result.error else []
    if kind == "assertions":  # what is wanted stands in the test
        return [got]
    return [got, ("Expected", repr(case.expected) if kind == "function" else _text(case.expected))]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
