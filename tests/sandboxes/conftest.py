"""The real sandbox, and short ways to say what is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, CaseResult, Checks, Comparison, Limits, Program, Tier, Verdict
from sandboxes.verifiers.assertions import AssertionsVerifier, assertion_cases
from sandboxes.verifiers.function import FunctionVerifier
from sandboxes.verifiers.stdio import StdioVerifier
from sandboxes.wire import Json


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Bubblewrap]:
    with closing(Bubblewrap()) as bubblewrap:
        probe = bubblewrap.probe()
        if not probe.usable:
            pytest.skip("; ".join(probe.facts))
        yield bubblewrap


@pytest.fixture
def stdio(sandbox: Bubblewrap) -> Callable[..., Verdict]:
    """stdio(source, ("input", "expected"), ...)"""

    def verify(source: str, *pairs: tuple[str, str], limits: Limits | None = None, preamble: str = "") -> Verdict:
        cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, wanted) for n, (given, wanted) in enumerate(pairs, 1))
        checks = Checks("stdio", cases, limits or Limits())
        return StdioVerifier(checks, sandbox).verify(Program(source, preamble=preamble))

    return verify


@pytest.fixture
def ran(stdio: Callable[..., Verdict]) -> Callable[..., CaseResult]:
    """ran(source): what one process with empty input came to; its output is in `actual`."""

    def run(source: str, limits: Limits | None = None) -> CaseResult:
        return stdio(source, ("", "\x00 never printed"), limits=limits).cases[0]

    return run


@pytest.fixture
def function(sandbox: Bubblewrap) -> Callable[..., Verdict]:
    """function(source, ([arguments], expected), ...) calls `f`."""

    def verify(
        source: str, *pairs: tuple[list[Json], Json], preamble: str = "", comparison: Comparison | None = None
    ) -> Verdict:
        cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, wanted) for n, (given, wanted) in enumerate(pairs, 1))
        checks = Checks("function", cases, entry="f", comparison=comparison or Comparison())
        return FunctionVerifier(checks, sandbox).verify(Program(source, preamble=preamble))

    return verify


@pytest.fixture
def asserted(sandbox: Bubblewrap) -> Callable[..., Verdict]:
    """asserted(source, test_source) calls `f`."""

    def verify(source: str, test_source: str, limits: Limits | None = None, preamble: str = "") -> Verdict:
        lines = assertion_cases(test_source)
        cases = tuple(Case(f"assert {n}", Tier.FEEDBACK, line) for n, line in enumerate(lines, 1))
        checks = Checks("assertions", cases, limits or Limits(), entry="f", test_source=test_source)
        return AssertionsVerifier(checks, sandbox).verify(Program(source, preamble=preamble))

    return verify
