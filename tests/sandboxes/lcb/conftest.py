"""Short ways to say what is judged in the profile lcb-official."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Limits, Program, Tier, Verdict
from sandboxes.verifiers.lcb_official import LcbOfficialVerifier
from sandboxes.wire import Json


@pytest.fixture
def official(sandbox: Bubblewrap) -> Callable[..., Verdict]:
    """official(source, (input, expected), ...); with entry="f" inputs are lists of arguments."""

    def verify(
        source: str, *pairs: tuple[Json, Json], entry: str = "", preamble: str = "", timeout_s: float = 6.0
    ) -> Verdict:
        cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, wanted) for n, (given, wanted) in enumerate(pairs, 1))
        checks = Checks("lcb-official", cases, Limits(cpu_s=timeout_s), entry)
        return LcbOfficialVerifier(checks, sandbox).verify(Program(source, preamble=preamble))

    return verify
