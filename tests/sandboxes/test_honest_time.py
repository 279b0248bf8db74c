"""Time and luck: what a verdict must not depend on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Limits, Program, Status, Verdict
from sandboxes.verifiers.base import BY_LUCK
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.cores import CORES, Cores

Stdio = Callable[..., Verdict]


def test_never_more_run_at_once_than_there_are_cores() -> None:
    cores, running, most = Cores(2), 0, 0
    lock = threading.Lock()

    def run(_: int) -> None:
        nonlocal running, most
        with cores.one():
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(24)))
    assert most == 2


def test_alone_means_that_nobody_else_runs() -> None:
    cores, running = Cores(4), 0
    lock, seen = threading.Lock(), []

    def run(number: int) -> None:
        nonlocal running
        with cores.alone() if number % 6 == 0 else cores.one():
            with lock:
                running += 1
            time.sleep(0.005)
            with lock:
                if number % 6 == 0:
                    seen.append(running)
                running -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(run, range(36)))
    assert seen == [1] * 6


@pytest.mark.bubblewrap
def test_a_slow_program_gets_a_second_run_by_itself_and_that_counts(stdio: Stdio) -> None:
    """It sleeps past its limit in its first run only: by the clock of the machine, which two runs share."""
    until = time.time() + 2
    source = f"import time\nif time.time() < {until}: time.sleep(60)\nprint(input())"
    verdict = stdio(source, ("1", "1"), limits=Limits(wall_s=3))
    assert verdict.status is Status.PASS, verdict


@pytest.mark.bubblewrap
def test_while_a_slow_program_is_repeated_no_other_one_runs(stdio: Stdio, monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[float] = []
    alone = CORES.alone

    def noting() -> object:
        entered.append(time.monotonic())
        return alone()

    monkeypatch.setattr(CORES, "alone", noting)
    assert stdio("import time; time.sleep(60)", ("", ""), limits=Limits(wall_s=0.5)).status is Status.TIME_LIMIT
    assert len(entered) == 1


@pytest.mark.bubblewrap
def test_a_compile_waits_while_a_program_is_repeated(sandbox: Bubblewrap) -> None:
    with closing(Candidate(sandbox, Program("print(1)"), Limits())) as candidate:
        compiling = threading.Thread(target=candidate.compile_error)
        with CORES.alone():
            compiling.start()
            compiling.join(1)
            assert compiling.is_alive()
        compiling.join()
        assert candidate.run("").stdout == "1\n"


@pytest.mark.bubblewrap
def test_a_program_that_passes_by_luck_does_not_win(stdio: Stdio) -> None:
    """It answers right before a moment and wrong after it. The first run ends at that moment."""
    until = time.time() + 2
    source = f"import time\nprint(1 if time.time() < {until} else 2)\ntime.sleep(max(0, {until} - time.time()))"
    verdict = stdio(source, ("", "1"))
    assert (verdict.status, verdict.detail) == (Status.WRONG_ANSWER, BY_LUCK)
