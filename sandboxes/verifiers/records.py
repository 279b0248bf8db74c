"""What the sandbox of the tests has told of one test, and of how the tests ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandboxes.types import Case, CaseResult, Checks, Status, Tier
from sandboxes.verifiers.base import clip
from sandboxes.wire import Json, Message


@dataclass(frozen=True, slots=True)
class Record:
    """One test so far: PASS until it fails once; the first failure stays."""

    status: Status = Status.PASS
    actual: str = ""
    error: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @classmethod
    def of(cls, told: Message) -> Record:
        """What the guest tells of a test."""
        return cls(Status(str(told["status"])), clip(str(told.get("actual", ""))), clip(str(told.get("error", ""))))

    def and_then(self, later: Record) -> Record:
        """This test, run once more."""
        kept = later if self.status is Status.PASS else self
        return replace(kept, cpu_s=self.cpu_s + later.cpu_s, wall_s=self.wall_s + later.wall_s)

    def result(self, case: Case) -> CaseResult:
        return CaseResult(case.id, case.tier, self.status, self.actual, self.error, self.cpu_s, self.wall_s)


def ending_of(done: Json, checks: Checks) -> Record | None:
    """How the tests ended, unless they came to their end.

    Shown with visible tests too, so its text is withheld when any test is hidden.
    """
    if not isinstance(done, dict):
        return None
    ending = Record.of(done)
    telling = ending.status in (Status.WRONG_ANSWER, Status.RUNTIME_ERROR)
    hidden = telling and any(case.tier is Tier.CONFIRM for case in checks.cases)
    return replace(ending, error="an error outside the assertions ended the tests") if hidden else ending


def unreached(ending: Record | None, records: Iterable[Record], told: str) -> Record:
    """What is known of a test that was not reached: it shares how the tests ended, or why they were cut short."""
    if ending is None:
        return Record(Status.WRONG_ANSWER, error=told)
    cut_short = ending.status is Status.TIME_LIMIT and any(each.status is Status.TIME_LIMIT for each in records)
    return Record(Status.NOT_RUN) if cut_short else ending
