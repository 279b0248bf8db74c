"""From attempts to rollouts, while other attempts are still being sampled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sandboxes.types import Program, Status, Verdict
from sandboxes.verifiers.base import Verifier
from sandboxes.verifiers.cores import CORES
from ttsd.feedback import make_feedback
from ttsd.prompts import extract
from ttsd.types import Attempt, Feedback, Problem, Rollout

Say = Callable[[Verdict, Problem], Feedback]


class Judges:
    """Judges attempts in threads of its own, for use as a context manager.

    Rollouts come back in the order in which the attempts were handed over, so that a run does not depend on which
    program happened to end first. What a verifier raises is raised where its rollout would have come.
    """

    def __init__(self, problem: Problem, verifier: Verifier, say: Say = make_feedback) -> None:
        self._problem, self._verifier, self._say = problem, verifier, say
        self._pool = ThreadPoolExecutor(CORES.count, thread_name_prefix="judge")
        self._waiting: deque[Future[Rollout]] = deque()

    def begin(self, attempt: Attempt) -> None:
        """Start judging; returns at once."""
        self._waiting.append(self._pool.submit(judge, attempt, self._problem, self._verifier, self._say))

    def ready(self) -> Iterator[Rollout]:
        """Those that can be had without waiting."""
        while self._waiting and self._waiting[0].done():
            yield self._waiting.popleft().result()

    def rest(self) -> Iterator[Rollout]:
        """All that are left, as they come."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def judge(attempt: Attempt, problem: Problem, verifier: Verifier, say: Say = make_feedback) -> Rollout:
    """The attempt's program, its verdict, and what may be said about it."""
    found = extract(attempt, problem)
    if found.program is None:
        program, verdict = "", Verdict(Status.NO_CODE, detail=found.reason)
    else:
        program, verdict = _first_that_compiles((found.program, *found.earlier), problem, verifier)
    return Rollout(attempt, verdict, say(verdict, problem), program)


def _first_that_compiles(programs: Sequence[str], problem: Problem, verifier: Verifier) -> tuple[str, Verdict]:
    """Its verdict; that of the first program when none compiles."""
    first = verifier.verify(Program(programs[0], problem.preamble, problem.language))
    if first.status is Status.COMPILE_ERROR:
        for program in programs[1:]:
            verdict = verifier.verify(Program(program, problem.preamble, problem.language))
            if verdict.status is not Status.COMPILE_ERROR:
                return program, verdict
    return programs[0], first
