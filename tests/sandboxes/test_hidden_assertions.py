"""What a program does with a hidden assertion is not told with a visible one."""

from __future__ import annotations

import pytest

from sandboxes.types import Case, Checks, Program, Status, Tier
from sandboxes.verifiers.assertions import AssertionsVerifier, assertion_cases

pytestmark = pytest.mark.bubblewrap

MARKER = "HIDDEN-SECRET"
TESTS = f"""
def check(candidate):
    found = candidate({MARKER!r})
    assert found == 2
    assert candidate("3") == 3
"""


@pytest.mark.parametrize(("first", "told"), [(Tier.CONFIRM, False), (Tier.FEEDBACK, True)])
def test_an_error_between_assertions_is_told_only_when_none_is_hidden(sandbox, first: Tier, told: bool) -> None:
    tiers = (first, Tier.FEEDBACK)
    texts = assertion_cases(TESTS)
    cases = tuple(Case(f"assert {n}", tier, text) for n, (tier, text) in enumerate(zip(tiers, texts, strict=True), 1))
    checks = Checks("assertions", cases, entry="number", test_source=TESTS)
    verdict = AssertionsVerifier(checks, sandbox).verify(Program("def number(text):\n    return int(text)\n"))
    assert [case.status for case in verdict.cases] == [Status.RUNTIME_ERROR] * 2
    assert (MARKER in verdict.cases[1].error) is told
