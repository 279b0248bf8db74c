"""Identical programs are judged once: a model that is sure of itself writes the same program again and again.

What is remembered belongs to one verifier, so to one problem, its limits and its sandbox.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from sandboxes.types import Program, Status, Verdict

if TYPE_CHECKING:
    from sandboxes.verifiers.base import Verifier


class Remembered:
    """A `Verifier` that asks another one, once for each program. Safe to share between threads.

    A verdict that is given again says that it took no time. An outage is not remembered.
    """

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._lock = threading.Lock()
        self._verdicts: dict[Program, Future[Verdict]] = {}

    def verify(self, program: Program) -> Verdict:
        with self._lock:
            known = self._verdicts.get(program)
            if known is None:
                mine = self._verdicts[program] = Future()
        if known is not None:
            return replace(known.result(), seconds=0.0)
        return self._ask(program, mine)

    def _ask(self, program: Program, answer: Future[Verdict]) -> Verdict:
        try:
            verdict = self._verifier.verify(program)
        except BaseException as error:
            self._forget(program)
            answer.set_exception(error)
            raise
        if verdict.status is Status.UNAVAILABLE:
            self._forget(program)
        answer.set_result(verdict)
        return verdict

    def _forget(self, program: Program) -> None:
        with self._lock:
            del self._verdicts[program]
