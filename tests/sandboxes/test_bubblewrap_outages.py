"""Whatever of ours is killed in the middle of a verification: no verdict comes of it, and nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from onlooker import under

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.bubblewrap

SLEEPER = "import time\ntime.sleep(2)\nprint(input())"
GONE_S = 2.0


def lives(pid: int) -> bool:
    """False for one that has ended and waits for the machine's init to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def mine(sandbox: Bubblewrap) -> Iterator[Bubblewrap]:
    """A sandbox whose processes are the test's own."""
    with closing(Bubblewrap()) as bubblewrap:
        yield bubblewrap


def disturbed(sandbox: Bubblewrap, disturb: Callable[[list[int]], None]) -> Verdict:
    """The verdict on a right program while which `disturb` is given the processes of the sandbox once."""
    before = set(under(os.getpid()))

    def wait_and_disturb() -> None:
        deadline = time.monotonic() + 20
        while len(started := [pid for pid in under(os.getpid()) if pid not in before]) < 6:
            assert time.monotonic() < deadline, started
            time.sleep(0.05)
        disturb(started)

    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "7", "7"),), Limits(wall_s=10))
    thread = threading.Thread(target=wait_and_disturb)
    thread.start()
    verdict = StdioVerifier(checks, sandbox).verify(Program(SLEEPER))
    thread.join()
    return verdict


@pytest.mark.parametrize("victim", [0, 1, 2, 3], ids=["launcher", "its process 1", "nursery", "process 1 of the guest"])
def test_a_sandbox_killed_from_outside_is_no_verdict_and_the_next_one_judges(mine: Bubblewrap, victim: int) -> None:
    def kill(processes: list[int]) -> None:
        os.kill(processes[victim], signal.SIGKILL)

    started = time.monotonic()
    verdict = disturbed(mine, kill)
    assert verdict.status is Status.PASS, verdict
    assert time.monotonic() - started < 20


def test_a_sandbox_that_dies_each_time_is_unavailable_and_has_no_reward(mine: Bubblewrap) -> None:
    stop = threading.Event()

    def kill_all() -> None:
        before = set(under(os.getpid()))
        while not stop.wait(0.2):
            for pid in [pid for pid in under(os.getpid()) if pid not in before][2:]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_all)
    killer.start()
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "7", "7"),))
    verdict = StdioVerifier(checks, mine).verify(Program(SLEEPER))
    stop.set()
    killer.join()
    assert (verdict.status, verdict.reward) == (Status.UNAVAILABLE, None)
    assert StdioVerifier(checks, mine).verify(Program("print(7)")).status is Status.PASS


JUDGE = """
from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, Checks, Program, Tier
from sandboxes.verifiers.stdio import StdioVerifier
print("judging", flush=True)
source = "import os, time\\nfor _ in range(5): os.fork()\\ntime.sleep(60)"
StdioVerifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),)), Bubblewrap()).verify(Program(source))
"""


def test_when_the_verifier_itself_is_killed_nothing_stays(sandbox: Bubblewrap) -> None:
    process = subprocess.Popen([sys.executable, "-c", JUDGE], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"judging\n"
        deadline = time.monotonic() + 20
        while len(started := list(under(process.pid))) < 30 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    assert len(started) >= 30
    killed = time.monotonic()
    while left := [pid for pid in started if lives(pid)]:
        assert time.monotonic() - killed < GONE_S, left
        time.sleep(0.05)
