"""What the kernel caps for a guest as a whole, where control groups can be had, and that nothing needs them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.cgroups import PATIENCE_S, PREFIX, ROOT, Cgroups
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.bubblewrap

# Touches 3 GiB of memory that processes share and gives all addresses but the first page back: the pages stay.
HIDDEN_MEMORY = """
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
for _ in range(30):
    size = 100 << 20
    start = libc.mmap(None, ctypes.c_size_t(size), 3, 0x21, -1, 0)
    ctypes.memset(start, 1, size)
    libc.munmap(ctypes.c_void_p(start + 4096), ctypes.c_size_t(size - 4096))
print("hidden")
"""


def groups(owner: int) -> list[Path]:
    """Those of one process: others may be judging at the same time."""
    return sorted(ROOT.rglob(f"{PREFIX}{owner}-*"))


@pytest.fixture
def capped() -> Iterator[Bubblewrap]:
    with closing(Bubblewrap()) as bubblewrap:
        if not (bubblewrap.probe().usable and Cgroups().available):
            pytest.skip("no cgroup is to be had by this user on this machine")
        yield bubblewrap


def judge(sandbox: Bubblewrap, source: str, expected: str, limits: Limits | None = None) -> Verdict:
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "", expected),), limits or Limits())
    return StdioVerifier(checks, sandbox).verify(Program(source))


def test_memory_that_no_address_shows_is_capped_by_the_kernel(capped: Bubblewrap) -> None:
    verdict = judge(capped, HIDDEN_MEMORY, "hidden", Limits(memory_bytes=256 << 20))
    assert verdict.status is not Status.PASS
    assert "memory" in verdict.cases[0].error


def test_groups_are_used_again_and_gone_at_the_end(capped: Bubblewrap) -> None:
    assert judge(capped, "print(1)", "1").status is Status.PASS
    with_all = groups(os.getpid())
    for _ in range(3):
        assert judge(capped, "print(1)", "1").status is Status.PASS
    assert groups(os.getpid()) == with_all
    capped.close()
    assert len(groups(os.getpid())) < len(with_all)


def test_a_group_that_is_gone_already_is_not_waited_for(capped: Bubblewrap) -> None:
    group = Cgroups().make()
    assert group is not None
    group.remove()
    started = time.monotonic()
    group.remove()
    assert time.monotonic() - started < PATIENCE_S


def test_what_a_killed_process_left_behind_is_removed(capped: Bubblewrap) -> None:
    left = "import os, signal; from sandboxes.cgroups import Cgroups; Cgroups().make()"
    process = subprocess.Popen([sys.executable, "-c", f"{left}; os.kill(os.getpid(), signal.SIGKILL)"])
    process.wait()
    assert groups(process.pid)
    Cgroups()
    assert not groups(process.pid)


def test_a_group_that_is_refused_is_an_outage() -> None:
    class Full(Cgroups):
        def make(self) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

    with closing(Bubblewrap(cgroups=Full(()))) as bubblewrap:
        verdict = judge(bubblewrap, "print(1)", "1")
    assert verdict.status is Status.UNAVAILABLE
    assert "it got no control group: [Errno 28] No space left on device" in verdict.detail


def test_without_cgroups_programs_are_judged_all_the_same() -> None:
    with closing(Bubblewrap(cgroups=Cgroups(()))) as bubblewrap:
        probe = bubblewrap.probe()
        if not probe.usable:
            pytest.skip("; ".join(probe.facts))
        assert "no cgroup is to be had" in probe.facts
        assert judge(bubblewrap, "print(1)", "1").status is Status.PASS
        bomb = "x = bytearray(1 << 30)"
        assert judge(bubblewrap, bomb, "", Limits(memory_bytes=256 << 20)).status is Status.MEMORY_LIMIT
