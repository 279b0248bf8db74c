"""Each promise of the sandbox, asked of a real program inside."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from onlooker import TRY, children, running

import sandboxes
from sandboxes.bubblewrap import Bubblewrap
from sandboxes.types import Case, CaseResult, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.bubblewrap

Ran = Callable[..., CaseResult]
Stdio = Callable[..., Verdict]


def test_the_network_is_out_of_reach(ran: Ran) -> None:
    source = TRY + (
        "attempt(lambda: socket.socket(socket.AF_INET))\n"
        "attempt(lambda: socket.socket(socket.AF_INET6))\n"
        "attempt(lambda: socket.socket(socket.AF_VSOCK))\n"
        "attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))\n"
    )
    assert ran(source).actual.split() == ["refused"] * 4


def test_local_sockets_between_its_own_processes_work(ran: Ran) -> None:
    assert ran(TRY + "attempt(lambda: socket.socketpair())").actual == "allowed\n"


def test_what_waits_in_sockets_is_memory(ran: Ran) -> None:
    source = "import socket, time\npairs = [socket.socketpair() for _ in range(60)]\ntime.sleep(10)"
    assert ran(source, limits=Limits(memory_bytes=30 << 20)).status is Status.MEMORY_LIMIT
    assert ran(source, limits=Limits(memory_bytes=100 << 20, wall_s=1)).status is Status.TIME_LIMIT


def test_terminals_are_few(ran: Ran) -> None:
    source = "import os\nfor n in range(100):\n    print(n, flush=True)\n    os.open('/dev/ptmx', os.O_RDWR)\n"
    assert ran(source).actual.split()[-1] == "16"


def test_only_the_loopback_device_exists(ran: Ran) -> None:
    devices = ran("print(*(line.split(':')[0] for line in list(open('/proc/net/dev'))[2:]))").actual
    assert devices.split() == ["lo"]


def test_the_environment_of_the_host_is_nowhere(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTSD_TEST_SECRET", "planted")
    source = (
        "import glob, os\n"
        "print(dict(os.environ))\n"
        "for name in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try:\n        print(open(name, 'rb').read())\n"
        "    except OSError:\n        pass\n"
    )
    output = ran(source).actual
    assert "PATH" in output
    assert "planted" not in output


def test_command_lines_inside_show_no_path_of_the_host(ran: Ran) -> None:
    output = ran("import glob\nfor name in glob.glob('/proc/[0-9]*/cmdline'): print(open(name).read())").actual
    assert "nursery" in output
    assert "--ro-bind" not in output
    assert str(Path(sandboxes.__file__).parents[1]) not in output


def test_the_system_is_read_only(ran: Ran) -> None:
    source = TRY + (
        "for folder in ('/', '/usr', '/usr/bin', '/usr/local', '/box', '/box/sandboxes', '/dev', '/proc', '/etc'):\n"
        "    attempt(lambda: open(folder + '/x', 'w'))\n"
        "attempt(lambda: open('/box/sandboxes/wire.py', 'a'))\n"
    )
    assert set(ran(source).actual.split()) == {"refused"}


def test_files_of_the_host_are_not_there(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted")
    source = TRY + f"attempt(lambda: open({str(tmp_path / 'secret')!r}))\nattempt(lambda: open('/etc/passwd'))"
    assert ran(source).actual.split() == ["refused", "refused"]


def test_packages_under_usr_local_are_hidden(ran: Ran) -> None:
    assert ran("import os; print(os.listdir('/usr/local'))").actual == "[]\n"


def test_scratch_is_limited(ran: Ran) -> None:
    source = TRY + (
        "def fill(folder):\n"
        "    for n in range(40):\n"
        "        with open(f'{folder}/{n}', 'wb') as file: file.write(bytes(8 << 20))\n"
        "attempt(lambda: fill('/tmp'))\nattempt(lambda: fill('/dev/shm'))\n"
    )
    assert ran(source).actual.split() == ["refused", "refused"]


def test_a_file_is_limited(ran: Ran) -> None:
    source = TRY + "attempt(lambda: open('/tmp/x', 'wb').write(bytes(2 << 20)))"
    assert ran(source, Limits(file_bytes=1 << 20)).actual == "refused\n"


def test_it_is_nobody_without_privileges(ran: Ran) -> None:
    source = (
        "import os\nprint(os.getresuid(), os.getresgid())\n"
        "print([line for line in open('/proc/self/status') if 'Cap' in line])"
    )
    output = ran(source).actual
    assert "(65534, 65534, 65534) (65534, 65534, 65534)" in output
    assert output.count("0000000000000000") >= 4


def test_dangerous_system_calls_are_refused(ran: Ran) -> None:
    source = TRY + (
        "new_user, new_net = 0x10000000, 0x40000000\n"
        "attempt(lambda: libc.unshare(new_user))\n"
        "attempt(lambda: libc.ptrace(16, os.getppid(), 0, 0))\n"
        "attempt(lambda: libc.syscall(248, b'user', b'x', b'y', 1, -3))\n"  # add_key
        "attempt(lambda: libc.syscall(425, 8, 0))\n"  # io_uring_setup
        "attempt(lambda: libc.syscall(56, new_user | 17, 0, 0, 0, 0))\n"  # clone
        "attempt(lambda: libc.syscall(435, 0, 0))\n"  # clone3
        "attempt(lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0))\n"
        "attempt(lambda: libc.prctl(1, 0, 0, 0, 0))\n"  # what ends process 1 with its parent
    )
    assert ran(source).actual.split() == ["refused"] * 8


def test_process_1_is_under_the_filter_too(ran: Ran) -> None:
    """A program can make it run anything."""
    assert "Seccomp:\t2" in ran("print(open('/proc/1/status').read())").actual


def test_a_spinning_program_hits_the_cpu_limit(ran: Ran) -> None:
    result = ran("while True: pass", Limits(cpu_s=1))
    assert result.status is Status.TIME_LIMIT
    assert "CPU" in result.error
    assert result.cpu_s == pytest.approx(1, abs=0.3)


def test_a_sleeping_program_hits_the_wall_limit(ran: Ran) -> None:
    result = ran("import time; time.sleep(60)", Limits(wall_s=0.3))
    assert result.status is Status.TIME_LIMIT
    assert result.wall_s < 2


def test_a_program_cannot_ignore_its_limits(ran: Ran) -> None:
    source = (
        "import signal, time\n"
        "for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: pass"
    )
    assert ran(source, Limits(cpu_s=1)).status is Status.TIME_LIMIT


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


def test_a_daemon_left_behind_neither_hangs_nor_leaks(stdio: Stdio) -> None:
    mark = uuid.uuid4().hex
    source = (
        "import os, subprocess, sys\n"
        "print(sum(name.isdigit() for name in os.listdir('/proc')), os.path.exists('/tmp/left'))\n"
        "open('/tmp/left', 'w').close(); open('/dev/shm/left', 'w').close()\n"
        "os.mkdir('/tmp/closed'); open('/tmp/closed/x', 'w').close(); os.chmod('/tmp/closed', 0); os.chmod('/tmp', 0)\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'], start_new_session=True)\n"
    )
    started = time.monotonic()
    verdict = stdio(source, ("", "3 False"), ("", "3 False"), ("", "3 False"))
    assert verdict.status is Status.PASS, verdict
    assert time.monotonic() - started < 10
    assert not running(mark)


def test_a_fork_bomb_leaves_the_host_and_its_neighbours_alone(stdio: Stdio) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with ThreadPoolExecutor(1) as pool:
        bombing = pool.submit(stdio, bomb, ("", ""), limits=Limits(wall_s=2, processes=30))
        time.sleep(0.5)
        neighbour = stdio("import os\nif os.fork(): os.wait(); print(input())", ("7", "7"), ("8", "8"))
        assert neighbour.status is Status.PASS, neighbour
        assert bombing.result(60).status is Status.TIME_LIMIT
    assert os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]), 0)[1] == 0


def test_memory_is_limited(ran: Ran) -> None:
    assert ran("x = bytearray(1 << 30)", Limits(memory_bytes=256 << 20)).status is Status.MEMORY_LIMIT


HIDING = """import mmap, os, time
def hide():
    shared = mmap.mmap(-1, 150 << 20)
    for place in range(0, len(shared), 1 << 20):
        shared[place : place + (1 << 20)] = b"x" * (1 << 20)
        shared.madvise(mmap.MADV_DONTNEED, place, 1 << 20)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param(
            "import mmap, os, time\n"
            "for _ in range(3):\n"
            "    if os.fork() == 0:\n"
            "        shared = mmap.mmap(-1, 150 << 20)\n"
            "        for i in range(0, len(shared), 4096): shared[i] = 1\n"
            "        time.sleep(60)\n"
            "time.sleep(60)",
            Status.MEMORY_LIMIT,
            id="shared-mappings",
        ),
        pytest.param(
            HIDING + "for _ in range(3):\n    if os.fork() == 0: hide()\ntime.sleep(60)",
            Status.MEMORY_LIMIT,
            id="shared-pages-given-back",
        ),
        pytest.param(
            HIDING + "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
            "for _ in range(3):\n    if os.fork() == 0: hide()\ntime.sleep(60)",
            Status.MEMORY_LIMIT,
            id="hidden-mappings",
        ),
        pytest.param("import os\nos.write(os.memfd_create('x'), b'x')", Status.RUNTIME_ERROR, id="memfd"),
    ],
)
def test_memory_that_no_process_owns_is_no_way_round_the_limit(ran: Ran, source: str, status: Status) -> None:
    assert ran(source, Limits(memory_bytes=300 << 20)).status is status


def test_memory_shared_by_many_processes_counts_once(ran: Ran) -> None:
    source = (
        "import mmap, os, time\n"
        "shared = mmap.mmap(-1, 100 << 20)\n"
        "for n in range(8):\n"
        "    if os.fork() == 0:\n"
        "        shared[n] = 1\n"
        "        time.sleep(0.5)\n"
        "        os._exit(0)\n"
        "for _ in range(8): os.wait()\n"
        "print(sum(shared[:8]))"
    )
    assert ran(source, Limits(memory_bytes=300 << 20)).actual == "8\n"


def test_a_function_that_shares_memory_is_limited_too(function: Callable[..., Verdict]) -> None:
    source = HIDING + "def f():\n    for _ in range(12):\n        if os.fork() == 0: hide()\n    time.sleep(60)"
    assert function(source, ([], 1)).status is Status.MEMORY_LIMIT


def test_memory_of_all_processes_together_is_limited(ran: Ran) -> None:
    source = (
        "import os, time\nfor _ in range(8):\n    if not os.fork(): break\n"
        "x = bytearray(b'1' * (100 << 20))\ntime.sleep(60)"
    )
    assert ran(source, Limits(memory_bytes=300 << 20)).status is Status.MEMORY_LIMIT


def test_output_is_limited(ran: Ran) -> None:
    result = ran("while True: print('x' * 1000)", Limits(stdout_bytes=100_000))
    assert result.status is Status.OUTPUT_LIMIT
    assert len(result.actual) < 3000


def test_all_output_up_to_the_limit_arrives(stdio: Stdio) -> None:
    text = "0123456789" * 100_000
    assert stdio("print('0123456789' * 100_000)", ("", text)).status is Status.PASS


def test_a_flood_on_standard_error_is_clipped(ran: Ran) -> None:
    result = ran("import sys\nprint('first', file=sys.stderr)\nsys.stderr.write('x' * (1 << 20))\nsys.exit('last')")
    assert result.error.startswith("first")
    assert result.error.endswith("last")
    assert len(result.error) < 3000


def test_the_way_to_the_host_is_closed(ran: Ran) -> None:
    source = TRY + (
        "runner = os.getppid()\n"
        "for number in (0, 1, 3, 100, 101):\n"
        "    for flags in (os.O_RDONLY, os.O_WRONLY):\n"
        "        attempt(lambda: os.open(f'/proc/{runner}/fd/{number}', flags))\n"
        "attempt(lambda: open(f'/proc/{runner}/mem', 'r+b'))\n"
        "print(sorted(os.listdir('/proc/self/fd')))\n"
    )
    *lines, descriptors = ran(source).actual.splitlines()
    assert set(lines) == {"refused"}
    assert descriptors == "['0', '1', '2', '3']"  # 3 is the listing itself


def test_no_process_that_a_program_can_reach_has_a_way_to_the_host(ran: Ran) -> None:
    """Process 1 runs under the program's own user: what it holds, the program has."""
    source = (
        "import os\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    try:\n"
        "        held = os.listdir(f'/proc/{pid}/fd')\n"
        "    except OSError:\n"
        "        print(pid, 'refused')\n"
        "        continue\n"
        "    if pid != str(os.getpid()):\n"
        "        for number in held: print(pid, number, os.readlink(f'/proc/{pid}/fd/{number}'))\n"
    )
    process_1, runner = ran(source).actual.splitlines()
    assert process_1 == "1 refused"
    assert runner.endswith(" refused")


def test_frames_written_wherever_a_program_can_write_are_not_believed(stdio: Stdio) -> None:
    source = (
        "import json, os, struct\n"
        "told = {'reason': 'exit', 'exit_code': 0, 'signal': None, 'stdout': 'ok', 'stderr': '', 'result': '',\n"
        "        'cpu_s': 0.0, 'wall_s': 0.0, 'clean': True}\n"
        "body = json.dumps(told).encode()\n"
        "frames = 3 * (struct.pack('>I', len(body)) + body)\n"
        "def attempt(action):\n"
        "    try: action()\n"
        "    except OSError: pass\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    for number in range(300):\n"
        "        path = f'/proc/{pid}/fd/{number}'\n"
        "        attempt(lambda: os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), frames))\n"
        "for number in range(3, 300): attempt(lambda: os.write(number, frames))\n"
        "os._exit(1)\n"
    )
    assert [case.status for case in stdio(source, ("", "ok"), ("", "ok")).cases] == [Status.RUNTIME_ERROR] * 2


def test_killing_the_runner_is_the_programs_own_failure(stdio: Stdio) -> None:
    source = "import os, signal\nif input() == 'kill': os.kill(-1, signal.SIGKILL)\nprint('ok')"
    verdict = stdio(source, ("kill", "ok"), ("live", "ok"))
    assert [case.status for case in verdict.cases] == [Status.RUNTIME_ERROR, Status.PASS]


def test_stopping_the_runner_ends_at_the_hosts_deadline(stdio: Stdio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandboxes.verifiers.candidate.GRACE_S", 0.5)
    source = "import os, signal\nif input() == 'stop': os.kill(os.getppid(), signal.SIGSTOP)\nprint('ok')"
    verdict = stdio(source, ("stop", "ok"), ("go", "ok"), limits=Limits(wall_s=1))
    assert [case.status for case in verdict.cases] == [Status.TIME_LIMIT, Status.NOT_RUN]


def test_nothing_is_left_on_the_host(sandbox: Bubblewrap) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before, before_open = children(), descriptors()
    verifier = StdioVerifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", "1"),)), mine := Bubblewrap())
    for _ in range(2):
        assert verifier.verify(Program("print(1)")).reward == 1
    warm, warm_open = children(), descriptors()
    for _ in range(5):
        assert verifier.verify(Program("print(1)")).reward == 1
    assert (children(), descriptors()) == (warm, warm_open)
    mine.close()
    assert (children(), descriptors()) == (before, before_open)


def test_a_nursery_that_was_killed_is_replaced(sandbox: Bubblewrap) -> None:
    verifier = StdioVerifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", "1"),)), mine := Bubblewrap())
    with closing(mine):
        for _ in range(2):
            before = children()
            assert verifier.verify(Program("print(1)")).reward == 1
            for nursery in children() - before:
                os.kill(nursery, signal.SIGKILL)
                os.waitid(os.P_PID, nursery, os.WEXITED | os.WNOWAIT)
        verdict = verifier.verify(Program("print(1)"))
    assert verdict.reward == 1


def test_a_program_that_is_judged_again_has_another_hash_seed_and_other_addresses(ran: Ran) -> None:
    first, second = (ran("print(hash('luck'), id(object()))").actual.split() for _ in range(2))
    assert [one == other for one, other in zip(first, second, strict=True)] == [False, False]


def test_terminals_are_its_own(sandbox: Bubblewrap) -> None:
    """While one guest holds a terminal, another one sees none and opens the same first one."""
    hold = "import os, time\n_, other = os.openpty()\ntime.sleep(2)\nprint(os.ttyname(other))"
    look = "import os\nprint(os.listdir('/dev/pts'))\nprint(os.ttyname(os.openpty()[1]))"
    checks = Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),))
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(StdioVerifier(checks, sandbox).verify, Program(hold))
        time.sleep(0.7)
        looking = StdioVerifier(checks, sandbox).verify(Program(look))
    assert holding.result().cases[0].actual == "/dev/pts/0\n"
    assert looking.cases[0].actual == "['ptmx']\n/dev/pts/0\n"
