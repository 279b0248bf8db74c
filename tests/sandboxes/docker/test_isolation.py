"""What a program in a container cannot reach: the host, process 1, other containers, the attempt after it."""

from __future__ import annotations

import platform
from concurrent.futures import ThreadPoolExecutor

import pytest
from left import containers

from sandboxes import seccomp
from sandboxes.docker import Docker
from sandboxes.types import Case, CaseResult, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

pytestmark = pytest.mark.docker

OPENED = """
opened = []
for path in ("/proc/1/mem", "/proc/1/fd/0", "/proc/1/fd/1", "/proc/1/environ", "/proc/1/maps", "/proc/1/root/etc"):
    for mode in ("rb", "r+b"):
        try:
            open(path, mode)
            opened.append(path)
        except OSError:
            continue
print(*opened or ["nothing"])
"""
ONE = (1 << 32) + 1  # the kernel reads the lower half only
# prctl(PR_SET_PDEATHSIG), kill(1) and tgkill(1, 1), by the numbers of each machine.
SAME_BY_ANOTHER_NUMBER = {
    "x86_64": ((157, ONE, 9), (62, ONE, 9), (234, ONE, 1, 9)),
    "aarch64": ((167, ONE, 9), (129, ONE, 9), (131, ONE, 1, 9)),
}
CHANGED = """
import ctypes, os, resource, signal
changed = []
def attempt(name, change):
    try:
        change()
        changed.append(name)
    except OSError:
        return
attempt("limit", lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3)))
attempt("cpu", lambda: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)))
attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt("all nice", lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19))
attempt("cores", lambda: os.sched_setaffinity(1, [0]))
attempt("scheduler", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))
for number in range(1, 65):
    attempt("signal", lambda: os.kill(1, number))
call = ctypes.CDLL(None, use_errno=True).syscall
for number, *arguments in {calls!r}:
    call(*(ctypes.c_long(argument) for argument in (number, *arguments, 0, 0)))
    if ctypes.get_errno() != 1:
        changed.append(str(number))
print(*changed or ["nothing"])
"""
SMUGGLER = """
import os
for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/dev"):
    try:
        open(f"{folder}/message", "w").write("hello")
        os.setxattr(folder, "user.message", b"hello")
    except OSError:
        continue
    os.utime(folder, (12345, 67890))
if os.fork() == 0:
    os.setsid()
    import time
    time.sleep(60)
print("done")
"""
RECEIVER = """
import os
folders = ("/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/dev")
found = [folder for folder in folders if os.path.exists(f"{folder}/message")]
found += [folder for folder in folders if os.path.exists(folder) and "user.message" in os.listxattr(folder)]
found += [folder for folder in folders if os.path.exists(folder) and os.stat(folder).st_mtime < 100000]
others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getppid(), os.getpid())]
print(*found, *others)
"""
MARKER = "".join(["a0f3", "9d1c", "77e5", "42b8"])
SEARCHER = """
import re
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        place, rights = line.split()[:2]
        start, end = (int(part, 16) for part in place.split("-"))
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except (OSError, OverflowError):
            continue
        ends = [match.end() for match in re.finditer(b"a0f39d1c", data)]
        found += sum(data[end : end + 8] == b"77e542b8" for end in ends)
print(found)
"""
DENIED_CALLS = """
import ctypes, os
call = ctypes.CDLL(None, use_errno=True).syscall
for name, number in {calls!r}.items():
    if call(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1:
        print(name)
"""
READABLE = """
import os
seen = set()
for top in ("/sys", "/proc"):
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.isdigit() and os.path.join(folder, name) != "/proc/sys"]
        for path in (os.path.join(folder, name) for name in files):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                seen |= {path} if os.read(descriptor, 1) else set()
            except OSError:
                continue
            os.close(descriptor)
print(*seen)
"""
# Of the machine, and no counter that a program could set.
ASKED_FOR = {"cmdline", "cpuinfo", "filesystems", "loadavg", "meminfo", "mounts", "stat", "uptime", "version"}
FAMILIES = """
import socket
for family in range(1, 46):
    try:
        socket.socket(family, socket.SOCK_STREAM if family == 1 else socket.SOCK_DGRAM).close()
        print(family)
    except OSError:
        continue
"""
BOMB = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
FORKS = "import os\nfor _ in range(30):\n    if os.fork() == 0:\n        os._exit(0)\n    os.wait()\nprint('ok')\n"


def run(docker: Docker, source: str, limits: Limits | None = None) -> CaseResult:
    return judged(docker, source, limits).cases[0]


def judged(docker: Docker, source: str, limits: Limits | None = None) -> Verdict:
    case = Case("only", Tier.FEEDBACK, "", "\x00 never printed")
    return StdioVerifier(Checks("stdio", (case,), limits or Limits()), docker).verify(Program(source))


def test_process_1_cannot_be_looked_into(warm: Docker) -> None:
    assert run(warm, OPENED).actual == "nothing\n"


def test_process_1_cannot_be_changed(warm: Docker) -> None:
    calls = SAME_BY_ANOTHER_NUMBER[platform.machine()]
    assert run(warm, CHANGED.format(calls=calls)).actual == "nothing\n"


def test_a_container_serves_one_attempt_after_another(warm: Docker) -> None:
    run(warm, "print(1)")
    before = containers(warm)
    for _ in range(3):
        assert run(warm, "print(2)").actual == "2\n"
    assert run(warm, "print(").status is Status.NOT_RUN
    assert containers(warm) == before


def test_nothing_of_an_attempt_is_there_for_the_next(warm: Docker) -> None:
    assert run(warm, SMUGGLER).actual == "done\n"
    before = containers(warm)
    assert run(warm, RECEIVER).actual == "\n"
    assert containers(warm) == before


def test_the_text_of_an_attempt_is_not_in_the_memory_of_the_next(warm: Docker) -> None:
    assert run(warm, f"mark = '{MARKER}'\nprint(mark)").actual == f"{MARKER}\n"
    before = containers(warm)
    assert run(warm, SEARCHER).actual == "0\n"
    assert containers(warm) == before


def test_the_search_of_the_memory_finds_what_is_there(warm: Docker) -> None:
    assert int(run(warm, f"mark = '{MARKER}'\n{SEARCHER}").actual) > 0


def test_control_groups_and_the_machine_cannot_be_looked_at(warm: Docker) -> None:
    assert set(run(warm, READABLE).actual.split()) <= {f"/proc/{name}" for name in ASKED_FOR}


def test_a_container_in_which_the_runner_was_killed_serves_nobody_else(warm: Docker) -> None:
    run(warm, "print(1)")
    (before,) = containers(warm)
    run(warm, "import os; os.kill(os.getppid(), 9)")
    run(warm, "print(1)")
    assert before not in containers(warm)


def test_the_calls_of_the_table_are_refused(warm: Docker) -> None:
    column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
    calls = {name: numbers[column] for name, numbers in seccomp.DENIED.items() if numbers[column] is not None}
    assert run(warm, DENIED_CALLS.format(calls=calls)).actual == ""


def test_only_unix_sockets_can_be_had(warm: Docker) -> None:
    assert run(warm, FAMILIES).actual == "1\n"


def test_a_fork_bomb_does_not_hinder_a_neighbour(warm: Docker) -> None:
    limits = Limits(cpu_s=2, wall_s=6)
    with ThreadPoolExecutor() as pool:
        bomb = pool.submit(run, warm, BOMB, limits)
        told = [run(warm, FORKS).actual for _ in range(5)]
        assert told == ["ok\n"] * 5
        assert bomb.result().status in (Status.TIME_LIMIT, Status.RUNTIME_ERROR)


def test_several_threads_share_a_sandbox(warm: Docker) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda number: run(warm, f"print({number})").actual, range(24)))
    assert told == [f"{number}\n" for number in range(24)]
    assert len(containers(warm)) <= 4
