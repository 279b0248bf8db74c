"""Each promise of the sandbox, asked of a real program inside, in every way in which a guest can be a user.

As an ordinary user: setpriv --reuid=65534 --regid=65534 --clear-groups -- env HOME=$(mktemp -d) python -m pytest
-p no:cacheprovider --basetemp=... tests/sandboxes/test_landlock.py
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
from onlooker import TRY, children, running

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.guest.landlock import SIGNALS_SINCE
from sandboxes.landlock import NEWEST, Landlock
from sandboxes.nursery import NOBODY
from sandboxes.types import Case, CaseResult, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import make_verifier
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.landlock

Ran = Callable[..., CaseResult]
Stdio = Callable[..., Verdict]
ROOT = os.geteuid() == 0
FIRST = 1  # of Landlock: nothing but files, and no moving of these from folder to folder
WAYS = {"of its own": (NEWEST, True), "shared": (NEWEST, False), "shared, first version": (FIRST, False)}


@pytest.fixture(scope="session", params=list(WAYS) if ROOT else list(WAYS)[1:])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Landlock]:
    """A guest is a user of its own, or one with whom others share; under the newest version or the first one."""
    newest, own_user = WAYS[request.param]
    with closing(Landlock(newest, own_user)) as landlock:
        probe = landlock.probe()
        if not probe.usable:
            pytest.skip("; ".join(probe.facts))
        yield landlock


@pytest.fixture
def scoped(sandbox: Landlock) -> bool:
    """Whether signals reach the other processes of a case, but nobody else's."""
    return sandbox._version() >= SIGNALS_SINCE


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the user whom guests may share."""
    user = {"user": NOBODY} if ROOT else {}
    with subprocess.Popen(["/bin/sleep", "600"], env={"SECRET": "planted"}, cwd="/", **user) as process:  # type: ignore[call-overload]
        yield process
        process.kill()


@pytest.fixture
def file() -> Iterator[Path]:
    """A file of the user whom guests may share, in a folder that everybody may use."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="host-") as folder:
        path = Path(folder, "file")
        path.write_text("planted")
        for made, mode in ((path, 0o666), (path.parent, 0o777)):
            made.chmod(mode)
            if ROOT:
                os.chown(made, NOBODY, NOBODY)
        os.utime(path, (1, 1))
        yield path


def test_programs_get_the_verdicts_of_bubblewrap(stdio: Stdio) -> None:
    programs = {
        "print(int(input()) + 1)": Status.PASS,
        "import os; os.execvp('expr', ['expr', input(), '+', '1'])": Status.PASS,
        "import os\nif os.fork() == 0: print(int(input()) + 1)\nelse: os.wait()": Status.PASS,
        "import threading\nthreading.Thread(target=lambda: print(int(input()) + 1)).start()": Status.PASS,
        "import asyncio\nasync def main(): print(int(input()) + 1)\nasyncio.run(main())": Status.PASS,
        "print(int(open('/dev/stdin').read()) + 1)": Status.PASS,
        "print(open(__file__).read() and int(input()) + 1)": Status.PASS,
        "print(2)": Status.WRONG_ANSWER,
        "print(int(input()) + 1); raise SystemExit(3)": Status.RUNTIME_ERROR,
        "import os; os.abort()": Status.RUNTIME_ERROR,
        "print(": Status.COMPILE_ERROR,
        "while True: pass": Status.TIME_LIMIT,
        "import time; time.sleep(60)": Status.TIME_LIMIT,
        "x = bytearray(1 << 30)": Status.MEMORY_LIMIT,
        "while True: print('x' * 1000)": Status.OUTPUT_LIMIT,
    }
    limits = Limits(cpu_s=1, wall_s=3, memory_bytes=256 << 20, stdout_bytes=1 << 20)
    with closing(Bubblewrap()) as bubblewrap:
        if not bubblewrap.probe().usable:
            pytest.skip("nothing to compare with")
        checks = Checks("stdio", (Case("1", Tier.SAMPLE, "41\n", "42\n"),), limits)
        for source, wanted in programs.items():
            assert StdioVerifier(checks, bubblewrap).verify(Program(source)).status is wanted
            assert stdio(source, ("41\n", "42\n"), limits=limits).status is wanted, source


def test_files_of_the_host_cannot_be_read(ran: Ran, file: Path) -> None:
    source = TRY + (
        f"for path in ({str(file)!r}, '/etc/passwd', '/etc/hostname', '/proc/1/status', '/proc/self/status'):\n"
        "    attempt(lambda: open(path))\n"
        f"for folder in ('/', '/etc', '/tmp', '/home', '/proc', '/usr/local', '/var/tmp', {str(file.parent)!r}):\n"
        "    attempt(lambda: os.listdir(folder))\n"
        f"attempt(lambda: os.link({str(file)!r}, 'mine'))\n"
        f"os.symlink({str(file)!r}, 'there')\n"
        "attempt(lambda: open('there'))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_files_of_the_host_cannot_be_changed(ran: Ran, file: Path) -> None:
    source = TRY + (
        f"path = {str(file)!r}\n"
        "attempt(lambda: open(path, 'a'))\n"
        "attempt(lambda: os.truncate(path, 0))\n"
        "attempt(lambda: os.open(path, os.O_RDONLY | os.O_TRUNC))\n"
        "attempt(lambda: os.unlink(path))\n"
        "attempt(lambda: os.rename(path, path + '2'))\n"
        "attempt(lambda: os.rename(path, 'mine'))\n"
        "attempt(lambda: os.mkdir(path + '2'))\n"
        "attempt(lambda: os.symlink(path, path + '2'))\n"
        "attempt(lambda: os.mkfifo(path + '2'))\n"
        "attempt(lambda: os.chmod(path, 0))\n"
        "attempt(lambda: os.chmod(path, 0, dir_fd=os.open('.', os.O_PATH)))\n"
        "attempt(lambda: os.chown(path, os.getuid(), os.getgid()))\n"
        "attempt(lambda: os.lchown(path, os.getuid(), os.getgid()))\n"
        "attempt(lambda: os.fchmod(os.open(path, os.O_PATH), 0))\n"
    )
    before = file.stat()
    assert set(ran(source).actual.split()) == {"refused"}
    assert file.read_text() == "planted"
    assert file.stat().st_mode == before.st_mode
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("os.utime(path, (9, 9))", id="utime"),
        pytest.param("os.setxattr(path, 'user.x', b'x')", id="setxattr"),
        pytest.param("libc.syscall(463, -100, path.encode(), 0, b'user.x', b'x', 1, 0)", id="setxattrat"),
    ],
)
def test_properties_of_the_hosts_files_stay(ran: Ran, file: Path, call: str) -> None:
    file.chmod(0o644)  # what everybody may write to, everybody may mark
    before = file.stat().st_mtime_ns
    assert ran(TRY + f"path = {str(file)!r}\nattempt(lambda: {call})").actual == "refused\n"
    assert file.stat().st_mtime_ns == before
    assert os.listxattr(file) == []


def test_the_system_is_read_only(ran: Ran) -> None:
    source = TRY + (
        "for folder in ('/', '/usr', '/usr/bin', '/usr/local', '/dev', '/dev/shm', '/proc', '/etc', '/tmp', '/run'):\n"
        "    attempt(lambda: open(folder + '/x', 'w'))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_packages_under_usr_local_are_hidden(ran: Ran) -> None:
    source = TRY + (
        "import sys\nprint([path for path in sys.path if 'local' in path])\n"
        "attempt(lambda: os.listdir('/usr/local/lib'))\n"
    )
    assert ran(source).actual == "[]\nrefused\n"


def test_the_scratch_folder_is_where_programs_look_for_one(ran: Ran) -> None:
    source = (
        "import os, subprocess, tempfile\n"
        "assert os.getcwd() == os.environ['HOME'] == os.environ['TMPDIR'] == tempfile.gettempdir()\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    with open(folder + '/script', 'w') as file: file.write('#!/bin/sh\\necho ran')\n"
        "    os.chmod(os.open(folder + '/script', os.O_RDONLY), 0o700)\n"
        "    os.rename(folder + '/script', folder + '/moved')\n"
        "    print(subprocess.run([folder + '/moved'], capture_output=True, text=True).stdout)\n"
    )
    result = ran(source)
    assert result.actual == "ran\n\n", result


def test_errors_do_not_tell_what_the_scratch_folder_is_called(ran: Ran) -> None:
    source = "import os, sys\nif sys.argv[1:]: 1 / 0\nos.execv(sys.executable, [sys.executable, __file__, 'again'])"
    assert 'File "program.py", line 2' in ran(source).error


def test_the_environment_of_the_host_is_nowhere(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTSD_TEST_SECRET", "planted")
    assert ran("import os; print(sorted(os.environ))").actual == "['HOME', 'LANG', 'PATH', 'TMPDIR']\n"


def test_no_socket_leads_outside(ran: Ran) -> None:
    source = TRY + (
        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_VSOCK, socket.AF_NETLINK):\n"
        "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):\n"
        "        attempt(lambda: socket.socket(family, kind))\n"
        "attempt(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))\n"
        "attempt(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_a_pair_of_sockets_works_and_stays_a_pair(ran: Ran, file: Path) -> None:
    path = str(file.parent / "listens")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams, socket.socket(socket.AF_UNIX) as streams:
        datagrams.bind(path)
        streams.bind(path + "2")
        streams.listen()
        for name in (path, path + "2"):
            os.chmod(name, 0o777)
        source = TRY + (
            "for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):\n"
            "    a, b = socket.socketpair(socket.AF_UNIX, kind)\n"
            "    a.send(b'x')\n"
            "    print(b.recv(1))\n"
            f"    for path in ({path!r}, {path + '2'!r}):\n"
            "        attempt(lambda: a.connect(path))\n"
            "        attempt(lambda: a.sendto(b'x', path) and -1)\n"
        )
        assert ran(source).actual.split() == 2 * ["b'x'", *4 * ["refused"]]
        datagrams.setblocking(False)
        with pytest.raises(BlockingIOError):
            datagrams.recv(1)


def test_a_pair_of_sockets_takes_no_name(ran: Ran) -> None:
    source = TRY + "for name in ('here', '\\0abstract'):\n    attempt(lambda: socket.socketpair()[0].bind(name))\n"
    assert ran(source).actual.split() == ["refused"] * 2


def test_the_hosts_processes_get_no_signal(ran: Ran, victim: subprocess.Popen[bytes]) -> None:
    source = TRY + (
        f"import fcntl\nvictim = {victim.pid}\n"
        "attempt(lambda: os.kill(victim, 0))\n"
        "attempt(lambda: os.kill(victim, signal.SIGKILL))\n"
        "attempt(lambda: os.killpg(os.getpgid(victim), signal.SIGTERM))\n"
        "attempt(lambda: libc.syscall(200, victim, 9))\n"  # tkill
        "attempt(lambda: libc.syscall(234, victim, victim, 9))\n"  # tgkill
        "attempt(lambda: libc.syscall(129, victim, 9, ctypes.create_string_buffer(128)))\n"  # rt_sigqueueinfo
        "attempt(lambda: signal.pidfd_send_signal(os.pidfd_open(victim), signal.SIGKILL))\n"
        "a, b = socket.socketpair()\n"
        "def order():\n"
        "    fcntl.fcntl(a, fcntl.F_SETOWN, victim)\n"
        "    fcntl.fcntl(a, 10, signal.SIGKILL)\n"  # F_SETSIG
        "    fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC)\n"
        "    b.send(b'x')\n"
        "try: order()\nexcept OSError: pass\n"
    )
    lines = ran(source).actual.split()
    assert lines == ["refused"] * 7
    time.sleep(0.1)
    assert victim.poll() is None


def test_the_hosts_processes_are_not_changed(ran: Ran, victim: subprocess.Popen[bytes]) -> None:
    source = TRY + (
        f"import resource\nvictim = {victim.pid}\n"
        "attempt(lambda: resource.prlimit(victim, resource.RLIMIT_CPU, (1, 1)))\n"
        "attempt(lambda: os.setpriority(os.PRIO_PROCESS, victim, 19))\n"
        "attempt(lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(victim), 19))\n"
        "attempt(lambda: os.sched_setaffinity(victim, {0}))\n"
        "attempt(lambda: os.sched_setscheduler(victim, os.SCHED_IDLE, os.sched_param(0)))\n"
        "attempt(lambda: libc.syscall(251, 1, victim, 3 << 13))\n"  # ioprio_set
        "attempt(lambda: libc.ptrace(16, victim, 0, 0))\n"
    )
    pid = victim.pid
    before = (os.sched_getaffinity(pid), os.sched_getscheduler(pid), os.getpriority(os.PRIO_PROCESS, pid))
    assert ran(source).actual.split() == ["refused"] * 7
    assert (os.sched_getaffinity(pid), os.sched_getscheduler(pid), os.getpriority(os.PRIO_PROCESS, pid)) == before
    (limit,) = [line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "cpu time" in line]
    assert limit.split()[3:5] == ["unlimited", "unlimited"]


def test_no_priority_of_a_whole_user_is_changed(ran: Ran) -> None:
    assert ran(TRY + "attempt(lambda: os.setpriority(os.PRIO_USER, 0, 1))").actual == "refused\n"


def test_the_hosts_processes_cannot_be_looked_into(ran: Ran, victim: subprocess.Popen[bytes]) -> None:
    source = TRY + (
        "for name in ('environ', 'cmdline', 'maps', 'mem', 'stat', 'status', 'fd/0', 'root/etc/passwd', 'cwd/etc'):\n"
        f"    attempt(lambda: os.open(f'/proc/{victim.pid}/{{name}}', os.O_RDONLY))\n"
        f"attempt(lambda: os.readlink('/proc/{victim.pid}/exe'))\n"
        f"attempt(lambda: os.listdir('/proc/{victim.pid}'))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_known_failure_it_can_be_seen_which_pids_and_paths_exist(ran: Ran, victim: subprocess.Popen[bytes]) -> None:
    assert ran(f"import os; print(os.path.exists('/proc/{victim.pid}'))").actual == "True\n"
    assert ran("import os; print(os.stat('/etc/passwd').st_size)").actual == f"{os.stat('/etc/passwd').st_size}\n"


def test_a_keeper_is_out_of_reach(ran: Ran) -> None:
    source = TRY + (
        "print(os.getppid() > 1)\n"
        "for pid in range(os.getppid() - 3, os.getppid()):\n"  # its keeper was started just before the runner
        "    attempt(lambda: os.kill(pid, signal.SIGSTOP))\n"
        "    for number in range(9): attempt(lambda: os.open(f'/proc/{pid}/fd/{number}', os.O_RDWR))\n"
    )
    first, *others = ran(source).actual.split()
    assert first == "True"
    assert set(others) == {"refused"}


def test_the_way_to_the_host_is_closed(ran: Ran) -> None:
    source = TRY + (
        "runner = os.getppid()\n"
        "for number in (0, 1, 2, *range(90, 110)):\n"
        "    attempt(lambda: os.open(f'/proc/{runner}/fd/{number}', os.O_RDWR))\n"
        "attempt(lambda: open(f'/proc/{runner}/mem', 'r+b'))\n"
        "for number in (*range(3, 9), *range(90, 110)): attempt(lambda: os.fstat(number))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_it_is_nobody_without_privileges(ran: Ran, sandbox: Landlock) -> None:
    uid, groups = ran("import os; print(os.getuid(), os.getgroups())").actual.split(maxsplit=1)
    if ROOT:
        assert (int(uid) == NOBODY) is (sandbox._user() == "nobody")
        assert int(uid) >= NOBODY
        assert groups == "[]\n"
    assert ran(TRY + "attempt(lambda: os.setuid(0))").actual == ("refused\n" if ROOT or os.getuid() else "allowed\n")


def test_programs_with_more_rights_have_none(ran: Ran) -> None:
    source = "import ctypes; print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))"  # PR_GET_NO_NEW_PRIVS
    assert ran(source).actual == "1\n"


def test_two_guests_cannot_reach_one_another(stdio: Stdio) -> None:
    tell = (
        f"import os, time\nprint(os.getpid(), flush=True); open('secret', 'w').write('{uuid.uuid4()}'); time.sleep(2)"
    )
    find = TRY + (
        "import time\n"
        "time.sleep(0.5)\n"
        "attempt(lambda: os.listdir('..'))\n"
        "for pid in range(max(2, os.getpid() - 30), os.getpid() - 1):\n"
        "    if pid != os.getppid(): attempt(lambda: os.kill(pid, signal.SIGKILL))\n"
    )
    with ThreadPoolExecutor(1) as pool:
        telling = pool.submit(stdio, tell, ("", "x"))
        finding = stdio(find, ("", "x")).cases[0]
        assert telling.result(30).status is Status.WRONG_ANSWER
    assert set(finding.actual.split()) == {"refused"}


def test_signals_within_a_case(ran: Ran, scoped: bool) -> None:
    source = TRY + (
        "child = os.fork()\n"
        "if child == 0: signal.pause()\n"
        "attempt(lambda: os.kill(child, signal.SIGKILL))\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('came'))\n"
        "os.kill(0, 0)\n"
        "attempt(lambda: os.kill(0, signal.SIGTERM))\n"
    )
    expected = ["allowed", "came", "allowed"] if scoped else ["refused", "came", "allowed"]
    assert sorted(ran(source).actual.split()) == sorted(expected)


def test_killing_the_runner_is_the_programs_own_failure(stdio: Stdio, scoped: bool) -> None:
    if not scoped:
        pytest.skip("there it cannot")
    source = "import os, signal\nif input() == 'kill': os.kill(-1, signal.SIGKILL)\nprint('ok')"
    verdict = stdio(source, ("kill", "ok"), ("live", "ok"))
    assert [case.status for case in verdict.cases] == [Status.RUNTIME_ERROR, Status.PASS]


def test_a_daemon_left_behind_neither_hangs_nor_leaks(stdio: Stdio) -> None:
    mark = uuid.uuid4().hex
    source = (
        "import os, subprocess, sys\n"
        "print(os.path.exists('left'))\n"
        "open('left', 'w').close()\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'], start_new_session=True,"
        " cwd='/')\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0: os.setsid(); os.closerange(0, 9); __import__('time').sleep(600)\n"
        "    os._exit(0)\n"
    )
    started = time.monotonic()
    verdict = stdio(source, ("", "False"), ("", "False"), ("", "False"))
    assert verdict.status is Status.PASS, verdict
    assert time.monotonic() - started < 20
    assert not running(mark)


def test_folders_that_a_program_has_closed_are_removed(stdio: Stdio) -> None:
    """To an ordinary user's keeper such a folder is one that cannot be counted, so the program may fail for it."""
    source = (
        "import os\n"
        "print(os.path.exists('closed'))\n"
        "os.mkdir('closed'); open('closed/x', 'w').close(); os.chmod(os.open('closed', os.O_RDONLY), 0)\n"
        "os.chmod(os.open('.', os.O_RDONLY), 0)\n"
    )
    verdict = stdio(source, ("", "False"), ("", "False"))
    assert [case.actual for case in verdict.cases] == ["False\n", "False\n"], verdict


def test_a_timeout_kills_the_children_too(ran: Ran) -> None:
    mark = uuid.uuid4().hex
    source = (
        "import subprocess, sys, time\n"
        f"for _ in range(5): subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'],"
        " start_new_session=True)\n"
        "time.sleep(600)"
    )
    assert ran(source, Limits(wall_s=0.5)).status is Status.TIME_LIMIT
    assert not running(mark)


BOMBS = {
    "plain": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "that exits": "import os\nwhile True:\n    try:\n        if os.fork(): os._exit(0)\n    except OSError: pass",
    "that wakes the stopped": (
        "import os, signal\n"
        "while True:\n"
        "    try:\n"
        "        os.fork()\n"
        "        os.kill(-1, signal.SIGCONT)\n"
        "    except OSError: pass"
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_fork_bomb_ends_with_its_guest(sandbox: Landlock, bomb: str) -> None:
    """Whatever the guest itself is doing when the host hangs up."""
    limits = Limits(wall_s=60, cpu_s=60, processes=30)
    mark = f"x{uuid.uuid4().hex}"
    stay = "import ctypes, os, time\nif os.fork(): time.sleep(60)\n"
    source = f"{stay}ctypes.CDLL(None).prctl(15, b'{mark[:14]}')  # the name of the process\n{BOMBS[bomb]}"
    with _running_in(sandbox, "python", source, limits):
        _await(lambda: mark[:14] in _names())
    assert mark[:14] not in _names()


@contextlib.contextmanager
def _running_in(sandbox: Landlock, language: str, source: str, limits: Limits) -> Iterator[None]:
    """Within, the program runs, and at the end the host hangs up."""
    with closing(sandbox.start("runner", limits)) as guest:
        guest.send({"language": language, "source": source, "preamble": "", "entry": "", "limits": asdict(limits)})
        assert guest.receive(60) == {"compile_error": None}
        guest.send({"do": "run", "stdin": ""})
        yield


CHAIN = """
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
int main() {
    prctl(PR_SET_NAME, "MARK");
    if (fork()) sleep(60);
    for (time_t end = time(0) + 60; time(0) < end;) {
        pid_t child = fork();
        if (child > 0) _exit(0);
        if (child == 0) setsid();
    }
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="in Python a program does not hop as fast")
def test_a_program_that_hops_from_process_to_process_and_session_to_session_is_caught(sandbox: Landlock) -> None:
    """It would otherwise live on, seen by no single look at the list of processes."""
    name = f"x{uuid.uuid4().hex[:13]}"
    with _running_in(sandbox, "c", CHAIN.replace("MARK", name), Limits(wall_s=60, cpu_s=60, processes=30)):
        _await(lambda: name in _names())
    assert not any(name in _names() for _ in range(20))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="in Python a program does not hop as fast")
def test_a_program_that_hops_ends_at_its_limit(sandbox: Landlock) -> None:
    name = f"x{uuid.uuid4().hex[:13]}"
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "", "1"),), Limits(wall_s=2, cpu_s=1, processes=30))
    verdict = StdioVerifier(checks, sandbox).verify(Program(CHAIN.replace("MARK", name), language="c"))
    assert verdict.status is Status.TIME_LIMIT, verdict
    assert not any(name in _names() for _ in range(20))


def _names() -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            found.add(path.read_text().strip())
    return found


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_fork_bomb_ends_and_leaves_its_neighbours_alone(stdio: Stdio, bomb: str) -> None:
    before = children()
    with ThreadPoolExecutor(1) as pool:
        bombing = pool.submit(stdio, BOMBS[bomb], ("", "x"), limits=Limits(wall_s=2, processes=30))
        time.sleep(0.5)
        neighbour = stdio("import os\nif os.fork(): os.wait(); print(input())", ("7", "7"), ("8", "8"))
        assert neighbour.status is Status.PASS, neighbour
        assert bombing.result(60).reward == 0
    assert children() == before


def test_as_many_processes_as_allowed_can_be_had(ran: Ran) -> None:
    source = "import os, time\nfor _ in range(20):\n    if os.fork() == 0: time.sleep(0.3); os._exit(0)\nprint('all')"
    assert ran(source, Limits(processes=24)).actual == "all\n"


def test_more_processes_than_allowed_are_no_success(ran: Ran) -> None:
    source = (
        "import os, time\nfor _ in range(60):\n    if os.fork() == 0: time.sleep(9); os._exit(0)\n"
        "time.sleep(1)\nprint('all')"
    )
    result = ran(source, Limits(processes=24))
    assert (result.status, result.actual) == (Status.RUNTIME_ERROR, "")


SHARING = (
    "import mmap, os, time\n"
    "for _ in range(3):\n"
    "    if os.fork() == 0:\n"
    "        shared = mmap.mmap(-1, 150 << 20)\n"
    "        for i in range(0, len(shared), 4096): shared[i] = 1\n"
    "        time.sleep(60)\n"
    "time.sleep(60)"
)
TOGETHER = (
    "import os, time\nfor _ in range(8):\n    if not os.fork(): break\n"
    "x = bytearray(b'1' * (100 << 20))\ntime.sleep(60)"
)
WITHOUT_FIRST_THREAD = (
    "import ctypes, os, threading, time\n"
    "def fill():\n    x = bytearray(b'1' * (100 << 20))\n    time.sleep(60)\n"
    "for _ in range(8):\n    if not os.fork(): break\n"
    "threading.Thread(target=fill).start()\n"
    "ctypes.CDLL(None).syscall(60, 0)\n"
)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("x = bytearray(1 << 30)", id="private"),
        pytest.param(SHARING, id="shared"),
        pytest.param(TOGETHER, id="together"),
        pytest.param(
            WITHOUT_FIRST_THREAD,
            id="first thread gone",
            marks=pytest.mark.skipif(os.uname().machine != "x86_64", reason="the call has another number"),
        ),
    ],
)
def test_memory_is_limited(ran: Ran, source: str) -> None:
    assert ran(source, Limits(memory_bytes=300 << 20, wall_s=10)).status is Status.MEMORY_LIMIT


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param("open(str(n), 'wb').write(bytes(8 << 20))", id="files"),
        pytest.param("f = open('x', 'wb'); os.unlink('x'); f.write(bytes(8 << 20)); kept.append(f)", id="nameless"),
        pytest.param("os.mkdir('d'); os.chdir('d'); open('x', 'wb').write(bytes(8 << 20))", id="deep"),
        pytest.param("[open(f'{n}-{m}', 'w').close() for m in range(2000)]", id="inodes"),
        pytest.param("os.mkdir('d', 0o300) if n == 0 else open(f'd/{n}', 'wb').write(bytes(8 << 20))", id="unlisted"),
    ],
)
def test_scratch_is_limited(ran: Ran, fill: str) -> None:
    source = f"import os, time\nkept = []\nfor n in range(40):\n    {fill}\n    time.sleep(0.02)\nprint('all')"
    result = ran(source)
    assert (result.status, result.actual) == (Status.RUNTIME_ERROR, "")


def test_a_file_is_limited(ran: Ran) -> None:
    source = TRY + "attempt(lambda: open('x', 'wb').write(bytes(2 << 20)))"
    assert ran(source, Limits(file_bytes=1 << 20)).actual == "refused\n"


def test_folders_in_folders_deeper_than_a_path_can_be_are_removed(stdio: Stdio) -> None:
    source = (
        "import os\nprint(sorted(os.listdir()))\n"
        "if input() == 'dig':\n    for _ in range(1000): os.mkdir('d' * 200); os.chdir('d' * 200)\n"
    )
    usual = "['program.py']"
    verdict = stdio(source, ("dig", usual), ("stay", usual))
    assert verdict.cases[1].status is Status.PASS, verdict


def test_a_program_cannot_ignore_its_limits(ran: Ran) -> None:
    source = (
        "import signal, time\n"
        "for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: pass"
    )
    assert ran(source, Limits(cpu_s=1)).status is Status.TIME_LIMIT


def test_a_validator_and_tests_of_their_own_run_there_too(asserted: Callable[..., Verdict], sandbox: Landlock) -> None:
    assert asserted("def f(x): return x + 1", "def check(candidate):\n    assert candidate(1) == 2\n").reward == 1


@pytest.fixture
def above(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which scratch folders are made."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="above-") as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_nothing_is_left_on_the_host(stdio: Stdio, above: Path) -> None:
    before = (children(), len(os.listdir("/proc/self/fd")))
    seen = stdio("import os; print(os.getcwd())", ("", "1")).cases[0].actual
    assert seen.startswith(str(above))
    for source in ("print(1)", "import os; os.kill(os.getppid(), 9)", "print(", "import time; time.sleep(60)"):
        stdio(source, ("", "1"), limits=Limits(wall_s=0.3))
    assert (children(), len(os.listdir("/proc/self/fd"))) == before
    assert os.listdir(above) == []


def test_nothing_is_left_when_the_verifier_is_killed(sandbox: Landlock, above: Path) -> None:
    mark = uuid.uuid4().hex
    program = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'])"
    )
    host = (
        "from sandboxes.landlock import Landlock\nfrom sandboxes.types import *\n"
        "from sandboxes.verifiers.stdio import StdioVerifier\n"
        "checks = Checks('stdio', (Case('1', Tier.SAMPLE, '', ''),))\n"
        f"StdioVerifier(checks, Landlock({sandbox._newest}, {sandbox._own_user})).verify(Program({program!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", host]) as verifier:
        _await(lambda: len(running(mark)) > 0)
        verifier.kill()
    _await(lambda: not running(mark) and not os.listdir(above))


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_keeper_that_was_killed_is_an_outage_and_the_next_attempt_is_fine(stdio: Stdio) -> None:
    before = children()
    with ThreadPoolExecutor(1) as pool:
        judging = pool.submit(stdio, "import time; time.sleep(2); print(1)", ("", "1"))
        _await(lambda: len(children() - before) > 0)
        time.sleep(0.5)
        for keeper in children() - before:
            os.kill(keeper, signal.SIGKILL)
        assert judging.result(60).reward == 1
    assert children() == before


def test_what_a_program_leaves_cannot_be_read_by_others(ran: Ran) -> None:
    mode = ran("import os; print(os.stat('.').st_mode)").actual
    assert stat.S_IMODE(int(mode)) == 0o700


def test_it_says_that_it_is_reduced(sandbox: Landlock) -> None:
    verdict = make_verifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),)), sandbox).verify(Program(""))
    assert verdict.sandbox.startswith("landlock")
    assert "reduced" in " ".join(sandbox.probe().facts)
