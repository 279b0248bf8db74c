"""Identical programs are judged once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandboxes.types import CaseResult, Program, Status, Tier, Verdict
from sandboxes.verifiers.remembered import Remembered


class Counting:
    """Counts its verdicts and gives the n-th of a list, the last one for ever."""

    def __init__(self, *statuses: Status) -> None:
        self.statuses, self.asked = statuses, 0
        self.go = threading.Event()
        self.go.set()

    def verify(self, program: Program) -> Verdict:
        self.asked += 1
        self.go.wait(10)
        status = self.statuses[min(self.asked, len(self.statuses)) - 1]
        return Verdict(status, (CaseResult("1", Tier.SAMPLE, status),), seconds=1.0)


def test_the_same_program_is_judged_once() -> None:
    verifier = Remembered(counting := Counting(Status.WRONG_ANSWER))
    first, second = (verifier.verify(Program("print(1)")) for _ in range(2))
    assert counting.asked == 1
    assert (first.cases, first.seconds, second.cases, second.seconds) == (second.cases, 1.0, first.cases, 0.0)


@pytest.mark.parametrize("other", [Program("print(2)"), Program("print(1)", preamble="x = 1")])
def test_another_program_is_judged_by_itself(other: Program) -> None:
    verifier = Remembered(counting := Counting(Status.WRONG_ANSWER))
    verifier.verify(Program("print(1)"))
    verifier.verify(other)
    assert counting.asked == 2


def test_an_outage_is_not_remembered() -> None:
    verifier = Remembered(counting := Counting(Status.UNAVAILABLE, Status.PASS))
    assert [verifier.verify(Program("")).status for _ in range(2)] == [Status.UNAVAILABLE, Status.PASS]
    assert counting.asked == 2


def test_an_error_is_not_remembered() -> None:
    class Failing(Counting):
        def verify(self, program: Program) -> Verdict:
            if not self.asked:
                self.asked += 1
                raise ValueError("no")
            return super().verify(program)

    verifier = Remembered(Failing(Status.PASS))
    with pytest.raises(ValueError, match="no"):
        verifier.verify(Program(""))
    assert verifier.verify(Program("")).status is Status.PASS


def test_two_at_the_same_time_are_judged_once() -> None:
    counting = Counting(Status.PASS)
    counting.go.clear()
    verifier = Remembered(counting)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(verifier.verify, Program("")) for _ in range(2)]
        counting.go.set()
        assert [one.result(10).status for one in both] == [Status.PASS] * 2
    assert counting.asked == 1
