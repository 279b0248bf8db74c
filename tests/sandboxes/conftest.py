"""The real sandbox, and short ways to say what is judged."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, CaseResult, Checks, Comparison, File, Limits, Program, Tier, Verdict
from sandboxes.verifiers.assertions import AssertionsVerifier, assertion_cases
from sandboxes.verifiers.function import FunctionVerifier
from sandboxes.verifiers.pytest_files import PytestVerifier, functions_in, is_test_file
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


@pytest.fixture
def tested(sandbox: Bubblewrap) -> Callable[..., Verdict]:
    """tested(program, test source), or {"test_a.py": source, ...}: each function named test* is a case."""

    def verify(
        source: str,
        files: str | dict[str, str],
        *,
        module: str = "solution",
        limits: Limits | None = None,
        tiers: dict[str, Tier] | None = None,
    ) -> Verdict:
        texts = {"test_it.py": files} if isinstance(files, str) else files
        found = [
            item for path, text in texts.items() if is_test_file(path) for item in functions_in(path, ast.parse(text))
        ]
        cases = tuple(Case(id, (tiers or {}).get(id, Tier.FEEDBACK), text) for id, text in found)
        packed = tuple(File.of(path, text.encode()) for path, text in texts.items())
        checks = Checks("pytest", cases, limits or Limits(), files=packed, module=module)
        return PytestVerifier(checks, sandbox).verify(Program(source))

    return verify
