"""What may be said about a verdict: everything useful, nothing hidden, nothing dangerous."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from sandboxes.types import Case, CaseResult, Status, Tier, Verdict
from ttsd.feedback import MAX_CHARS, MAX_FIELD_CHARS, clip, make_feedback, plain
from ttsd.reprompt import teacher_context
from ttsd.templates import Templates
from ttsd.types import Feedback

PASS, WRONG, ERROR, SLOW = Status.PASS, Status.WRONG_ANSWER, Status.RUNTIME_ERROR, Status.TIME_LIMIT
MARKER = "HIDDEN-SECRET"


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (Status.WRONG_ANSWER, "Wrong answer"),
        (Status.RUNTIME_ERROR, "Runtime error"),
        (Status.TIME_LIMIT, "Time limit exceeded"),
        (Status.MEMORY_LIMIT, "Memory limit exceeded"),
        (Status.OUTPUT_LIMIT, "Output limit exceeded"),
    ],
)
def test_every_kind_of_failure_has_a_heading(problem, judged, status: Status, heading: str) -> None:
    assert f"\n{heading}\n" in make_feedback(judged(status, PASS, PASS), problem).text


@pytest.mark.parametrize("status", [Status.NO_CODE, Status.COMPILE_ERROR])
def test_a_program_that_never_ran_is_told_why(problem, status: Status) -> None:
    assert make_feedback(Verdict(status, detail="line 3: invalid syntax"), problem).text == "line 3: invalid syntax"


def test_a_program_that_does_not_compile_has_no_count_of_tests(problem) -> None:
    cases = tuple(CaseResult(case.id, case.tier, Status.NOT_RUN) for case in problem.checks.cases)
    verdict = Verdict(Status.COMPILE_ERROR, cases, detail="SyntaxError: invalid syntax")
    assert make_feedback(verdict, problem).text == "SyntaxError: invalid syntax"


def test_the_count_is_of_visible_tests_only(problem, judged) -> None:
    assert make_feedback(judged(PASS, WRONG, WRONG), problem).text.startswith(
        "The program passed 1 of 2 visible tests."
    )


def test_a_test_that_was_not_run_counts_as_not_passed(problem, judged) -> None:
    text = make_feedback(judged(SLOW, Status.NOT_RUN, Status.NOT_RUN), problem).text
    assert text.startswith("The program passed 0 of 2 visible tests.")
    assert text.count("Call:") == 1


def test_one_test_is_not_many(problem, judged) -> None:
    text = make_feedback(judged(SLOW, Status.NOT_RUN, PASS), problem).text
    assert text.startswith("The program passed 0 of 2 visible tests. 1 was not run, because it had been too slow.\n")
    verdict = Verdict.of([CaseResult("shown", Tier.SAMPLE, WRONG, "0")], sandbox="test", seconds=0.0)
    assert make_feedback(verdict, problem).text.startswith("The program passed 0 of 1 visible test.\n")


def test_one_case_of_each_kind_is_shown(problem, judged) -> None:
    text = make_feedback(judged(WRONG, ERROR, PASS, error="boom"), problem).text
    assert text.index("Runtime error") < text.index("Wrong answer")


def test_of_one_kind_the_shortest_case_is_shown(problem) -> None:
    lengths = {"long": 30, "short": 3, "middle": 9}
    cases = tuple(Case(name, Tier.FEEDBACK, "7" * length, "1") for name, length in lengths.items())
    stdio = replace(problem, checks=replace(problem.checks, kind="stdio", cases=cases))
    results = [CaseResult(name, Tier.FEEDBACK, WRONG, "0") for name in lengths]
    text = make_feedback(Verdict.of(results, sandbox="test", seconds=0.0), stdio).text
    assert "Input:\n777\nGot:" in text
    assert text.count("Wrong answer") == 1


@pytest.mark.parametrize("verdict", [(PASS, PASS, PASS), (Status.UNAVAILABLE,)], ids=["pass", "outage"])
def test_a_pass_and_an_outage_say_nothing(problem, judged, verdict) -> None:
    found = judged(*verdict) if len(verdict) == 3 else Verdict(verdict[0], detail="the sandbox died")
    assert make_feedback(found, problem) == Feedback("")
    assert teacher_context(problem, Feedback("")) is None


def test_a_false_discovery_is_one_sentence_about_a_hidden_test(problem, judged) -> None:
    text = make_feedback(judged(PASS, PASS, WRONG, actual=MARKER), problem).text
    assert text == "The program passes every visible test but fails a hidden one. Some case is not handled."


def test_a_problem_without_visible_tests_says_that_a_hidden_one_fails(problem) -> None:
    verdict = Verdict.of([CaseResult("hidden", Tier.CONFIRM, ERROR, error=MARKER)], sandbox="test", seconds=0.0)
    assert make_feedback(verdict, problem).text == "The program fails a hidden test."


RAN = [status for status in Status if status not in (Status.NO_CODE, Status.UNAVAILABLE)]


@pytest.mark.parametrize("kind", ["stdio", "function", "assertions"])
@pytest.mark.parametrize("same_id", [False, True], ids=["own ids", "one id"])
def test_nothing_of_a_hidden_test_is_ever_said(problem, kind: str, same_id: bool) -> None:
    ids = ["one"] * 3 if same_id else ["hidden", "told", "shown"]
    hidden = f"assert candidate({MARKER!r})" if kind != "function" else [MARKER]
    cases = tuple(
        Case(
            id,
            tier,
            hidden if tier is Tier.CONFIRM else ([1] if kind == "function" else "1"),
            MARKER * (tier is Tier.CONFIRM),
        )
        for id, tier in zip(ids, reversed(Tier), strict=True)  # the hidden one first
    )
    secretive = replace(problem, checks=replace(problem.checks, kind=kind, cases=cases))
    for statuses in itertools.product(RAN, repeat=3):
        results = [
            CaseResult(case.id, case.tier, status, *([MARKER] * 2 if case.tier is Tier.CONFIRM else ["0", "boom"]))
            for case, status in zip(cases, statuses, strict=True)
        ]
        feedback = make_feedback(Verdict.of(results, sandbox="test", seconds=0.0), secretive)
        reprompt = teacher_context(secretive, feedback)
        assert MARKER not in feedback.text, statuses
        assert reprompt is None or MARKER not in reprompt.chat[0].content, statuses


@pytest.mark.parametrize(
    "raw",
    [
        "\x00",
        "\x07",
        "\x1b[31mred\x1b[0m",
        "\r",
        "\x9b31m",
        "\u061c",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\U000e0041",
    ],
    ids=ascii,
)
def test_control_and_direction_characters_are_removed(raw: str) -> None:
    left = plain(f"a{raw}b")
    assert left.startswith("a")
    assert left.endswith("b")
    assert left.isprintable()


@pytest.mark.parametrize(
    "token",
    ["<|im_end|>", "<｜end▁of▁sentence｜>", "[INST]", "[/INST]", "</s>", "<end_of_turn>", "<think>", "<tool_call>"],
)
def test_tokens_of_chat_templates_are_rewritten(problem, judged, token: str) -> None:
    text = make_feedback(judged(WRONG, ERROR, PASS, actual=token, error=token), problem).text
    assert token not in text
    assert token[0] + "\\" + token[1:] in text


def test_tokens_are_rewritten_in_a_compile_error(problem) -> None:
    assert "<|" not in make_feedback(Verdict(Status.COMPILE_ERROR, detail="x = '<|im_end|>'"), problem).text


def test_lines_and_tabs_survive() -> None:
    assert plain("a\n\tb é 漢 🎉") == "a\n\tb é 漢 🎉"


@pytest.mark.parametrize("odd", ["{x} {} {{}}", "%s %(a)d 100%", "```python\nx\n```", r"\1 \g<0>", "$HOME"])
def test_braces_and_percent_signs_survive(problem, judged, odd: str) -> None:
    feedback = make_feedback(judged(WRONG, ERROR, PASS, actual=odd, error=odd), problem)
    assert feedback.text.count(odd) == 2
    assert odd in teacher_context(problem, feedback).chat[0].content


def test_a_megabyte_of_errors_keeps_its_beginning_and_its_end(problem, judged) -> None:
    error = "Traceback\n" + "x" * (1 << 20) + "\nValueError: the point"
    text = make_feedback(judged(ERROR, PASS, PASS, error=error), problem).text
    assert len(text) < MAX_FIELD_CHARS + 100
    assert "Traceback" in text
    assert "characters cut" in text
    assert text.endswith("ValueError: the point")


def test_the_whole_is_no_longer_than_its_limit(problem, judged) -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    kinds = [WRONG, ERROR, SLOW, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT, Status.COMPILE_ERROR]
    cases = tuple(Case(status, Tier.FEEDBACK, [long], long) for status in kinds)
    wide = replace(problem, checks=replace(problem.checks, cases=cases))
    results = [CaseResult(status, Tier.FEEDBACK, status, long, long) for status in kinds]
    assert len(make_feedback(Verdict.of(results, sandbox="test", seconds=0.0), wide).text) <= MAX_CHARS


@pytest.mark.parametrize("length", [100, 101, 135, 999, 1000, 12345])
def test_a_clipped_text_says_how_much_is_missing(length: int) -> None:
    text = "".join(chr(0x4E00 + i) for i in range(length))
    short = clip(text, 100)
    kept = sum(ord(char) >= 0x4E00 for char in short)
    assert len(short) <= 100
    assert short == text or f"[... {length - kept} characters cut ...]" in short


def test_text_within_the_limit_is_left_alone() -> None:
    assert clip("x" * 100, 100) == "x" * 100


def test_an_expected_none_is_shown(problem) -> None:
    checks = replace(problem.checks, cases=(Case("one", Tier.SAMPLE, [1, 2], None),))
    verdict = Verdict.of([CaseResult("one", Tier.SAMPLE, WRONG, "3")], sandbox="test", seconds=0.0)
    assert make_feedback(verdict, replace(problem, checks=checks)).text.endswith("Got:\n3\nExpected:\nNone")


def test_got_and_expected_texts_of_a_function_are_written_alike(problem) -> None:
    checks = replace(problem.checks, cases=(Case("one", Tier.SAMPLE, ["x"], "a"),))
    verdict = Verdict.of([CaseResult("one", Tier.SAMPLE, WRONG, "'b'")], sandbox="test", seconds=0.0)
    assert make_feedback(verdict, replace(problem, checks=checks)).text.endswith("Got:\n'b'\nExpected:\n'a'")


def _as_stdio(problem):
    cases = tuple(replace(case, input="1 2\n", expected="3\n") for case in problem.checks.cases)
    return replace(problem, checks=replace(problem.checks, kind="stdio", cases=cases, entry=""))


def _as_assertions(problem):
    cases = tuple(
        replace(case, input=f"assert candidate(1, 2) == 3, {case.id!r}", expected=None) for case in problem.checks.cases
    )
    return replace(problem, checks=replace(problem.checks, kind="assertions", cases=cases))


KINDS = {"stdio": _as_stdio, "function": lambda problem: problem, "assertions": _as_assertions}
FAILURES = {
    "wrong_answer": ((WRONG, PASS, PASS), {"actual": "-1"}),
    "runtime_error": ((ERROR, PASS, PASS), {"error": 'File "program.py", line 2, in add\nTypeError: no'}),
    "time_limit": ((SLOW, SLOW, Status.NOT_RUN), {"error": "used more than 2 s of CPU time"}),
    "memory_limit": ((PASS, Status.MEMORY_LIMIT, PASS), {"error": "needed more than 1024 MiB of memory"}),
    "output_limit": ((PASS, Status.OUTPUT_LIMIT, PASS), {"error": "wrote more than 8388608 bytes"}),
    "several": ((WRONG, ERROR, ERROR), {"actual": "-1", "error": "ValueError: no"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("failure", FAILURES)
def test_feedback_reads_as_before(problem, judged, golden, kind: str, failure: str) -> None:
    statuses, texts = FAILURES[failure]
    # As the verifiers do it: no error beside a plain wrong answer.
    verdict = judged(*statuses, **texts)
    cases = tuple(replace(case, error="") if case.status is WRONG else case for case in verdict.cases)
    golden(f"{kind}-{failure}.txt", make_feedback(replace(verdict, cases=cases), KINDS[kind](problem)).text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reprompt_reads_as_before(problem, judged, golden, kind: str) -> None:
    changed = KINDS[kind](problem)
    context = teacher_context(changed, make_feedback(judged(PASS, WRONG, PASS, actual="-1"), changed))
    golden(f"{kind}-reprompt.txt", context.chat[0].content)


def test_the_reprompt_is_the_prompt_with_the_feedback_in_it(problem) -> None:
    (message,) = teacher_context(problem, Feedback("It fails.")).chat
    start, end = message.content.split(Templates().fill("feedback", "It fails."))
    assert start.strip() == problem.statement
    assert end.strip().startswith("Answer with one ```python code block")


def test_an_assertion_that_was_never_reached_says_so(problem) -> None:
    changed = _as_assertions(problem)
    results = [CaseResult(c.id, c.tier, WRONG, error="this assertion was never reached") for c in changed.checks.cases]
    text = make_feedback(Verdict.of(results, sandbox="test", seconds=0.0), changed).text
    assert text.endswith("Error:\nthis assertion was never reached")
