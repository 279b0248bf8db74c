"""Harmless programs only: nothing keeps them from anything."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sandboxes.errors import SandboxUnavailable
from sandboxes.sandbox import AUTO, label, open_sandbox
from sandboxes.types import CaseResult, Limits, Status, Verdict
from sandboxes.unsafe import SWITCH, UnsafeSubprocess

Ran = Callable[..., CaseResult]
Stdio = Callable[..., Verdict]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> UnsafeSubprocess:
    monkeypatch.setenv(SWITCH, "1")
    return UnsafeSubprocess()


@pytest.mark.parametrize("value", ["", "0", "yes"])
def test_its_name_alone_is_not_enough(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(SWITCH, value)
    with pytest.raises(SandboxUnavailable, match=rf"{SWITCH} is '{value}'.*{SWITCH}=1"):
        open_sandbox("unsafe-subprocess")
    with pytest.raises(SandboxUnavailable, match=SWITCH):
        UnsafeSubprocess().start("runner", Limits())


def test_the_switch_and_the_name_are(sandbox: UnsafeSubprocess) -> None:
    with closing(open_sandbox("unsafe-subprocess")) as found:
        assert isinstance(found, UnsafeSubprocess)


def test_the_switch_alone_is_not_enough(sandbox: UnsafeSubprocess) -> None:
    assert sandbox.name not in AUTO


def test_every_verdict_says_unsafe(stdio: Stdio, sandbox: UnsafeSubprocess) -> None:
    assert label(sandbox) == "unsafe-subprocess (unsafe)"
    assert stdio("print(input())", ("a", "a")).sandbox == "unsafe-subprocess (unsafe)"


def test_each_case_has_a_folder_and_a_session_of_its_own(stdio: Stdio) -> None:
    source = (
        "import os\n"
        "print(os.getcwd() == os.environ['HOME'], os.path.exists('left'), os.getsid(0) == os.getpid())\n"
        "open('left', 'w').close()"
    )
    assert stdio(source, ("", "True False True"), ("", "True False True")).status is Status.PASS


def test_the_environment_of_the_host_is_not_handed_on(ran: Ran) -> None:
    assert SWITCH not in ran("import os; print(*os.environ)").actual


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("while True: pass", Status.TIME_LIMIT),
        ("import time; time.sleep(60)", Status.TIME_LIMIT),
        ("x = bytearray(1 << 30)", Status.MEMORY_LIMIT),
        ("import os, time\n[os.fork() for _ in range(2)]\nx = bytearray(b'1' * (90 << 20)); time.sleep(9)",
         Status.MEMORY_LIMIT),
        ("while True: print('x' * 1000)", Status.OUTPUT_LIMIT),
        ("open('x', 'wb').write(bytes(32 << 20))", Status.RUNTIME_ERROR),
        ("import os, time\nfor n in range(20):\n    open(str(n), 'wb').write(bytes(8 << 20))\n    time.sleep(0.03)",
         Status.RUNTIME_ERROR),
    ],
)  # fmt: skip
def test_limits_hold(ran: Ran, source: str, status: Status) -> None:
    assert ran(source, Limits(cpu_s=1, wall_s=5, memory_bytes=256 << 20, stdout_bytes=1 << 20)).status is status


def test_nothing_is_left(stdio: Stdio, ran: Ran) -> None:
    mark = uuid.uuid4().hex
    folder = Path(ran("import os; print(os.getcwd())").actual.strip())
    source = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'], start_new_session=True)\n"
        "print(1)"
    )
    started = time.monotonic()
    assert stdio(source, ("", "1")).status is Status.PASS
    assert time.monotonic() - started < 20
    assert not [name for name in Path("/proc").glob("[0-9]*/cmdline") if mark in _read(name)]
    assert not folder.exists()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_known_failure_the_host_is_open(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("planted")
    source = f"import os\nprint(open({str(tmp_path / 'file')!r}).read(), os.kill({os.getpid()}, 0))"
    assert ran(source).actual == "planted None\n"
