"""Every sandbox that works here, and proof that nothing of it is left when it has been closed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from onlooker import under

from sandboxes.sandbox import GROUP, Sandbox

MARKED = {"bubblewrap", "docker", "landlock"}
# Outside a sandbox nobody may run these programs: some would do what they try.
NAMES = sorted({entry.name for entry in entry_points(group=GROUP)} - {"unsafe-subprocess"})
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 5.0  # the promise is 2 s, on a machine that has time


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "provider" in metafunc.fixturenames:
        rows = [pytest.param(name, marks=getattr(pytest.mark, name) if name in MARKED else ()) for name in NAMES]
        metafunc.parametrize("provider", rows, scope="module")


@pytest.fixture(scope="module")
def sandbox(provider: str) -> Iterator[Sandbox]:
    """Closed at the end; then no process that it started may live, whoever its parent was."""
    (entry,) = entry_points(group=GROUP, name=provider)
    sandbox: Sandbox = entry.load()()
    probe = sandbox.probe()
    if not probe.usable:
        pytest.skip(f"{provider}: {'; '.join(probe.facts)}")
    with _adopting_orphans():
        before = _under_us()
        yield sandbox
        sandbox.close()
        assert _left(before) == set()


@contextlib.contextmanager
def _adopting_orphans() -> Iterator[None]:
    """What loses its parent becomes ours, and is seen. Not for the tests after these, which count their children."""
    adopt = ctypes.CDLL(None).prctl
    adopt(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        adopt(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _left(before: set[str]) -> set[str]:
    deadline = time.monotonic() + _PATIENCE_S
    while (left := _under_us() - before) and time.monotonic() < deadline:
        _reap_orphans()
        time.sleep(0.05)
    return left


def _reap_orphans() -> None:
    """As the machine's init would."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _under_us() -> set[str]:
    """As `pid command`."""
    return {f"{pid} {_command(pid)}" for pid in under(os.getpid())}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "(ended)"
