"""The programs of the canaries, as texts: they run in a sandbox and print what got through.

Each reads what it goes for from a variable `facts`, and prints TRIED when it has tried everything. They may be run
outside a sandbox by nobody: some would do what they try.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandboxes.seccomp import DENIED
from sandboxes.wire import Json

Facts = Mapping[str, Json]
TRIED = "tried everything"

CALLS = (
    *("ptrace", "process_vm_readv", "add_key", "keyctl", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "unshare", "setns", "mount", "chroot", "open_by_handle_at", "kexec_load", "syslog"),
)

NETWORK = """
import socket
def reach(name, family, kind, address):
    try:
        with socket.socket(family, kind) as each:
            each.settimeout(1)
            each.connect(address)
            each.send(b"x")
        print(name + " of the host was reached")
    except (OSError, AttributeError):
        pass
reach("a TCP port", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", facts["stream"]))
reach("a UDP port", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", facts["datagram"]))
reach("an abstract socket", socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + facts["abstract"])
for name in ("AF_VSOCK", "AF_PACKET", "AF_ALG", "AF_BLUETOOTH", "AF_TIPC", "AF_CAN", "AF_NETLINK"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(getattr(socket, name), kind).close()
        except (OSError, AttributeError):
            continue
        print(name + " can be opened")
        break
"""

READ = """
for path in facts["paths"]:
    try:
        with open(path) as file:
            if file.read(1):
                print(path + " can be read")
    except OSError:
        pass
"""

WRITE = """
import os
for folder in facts["folders"]:
    path = os.path.join(folder, facts["file"])
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        continue
    print(folder + " can be written")
    os.unlink(path)
"""

ENVIRONMENT = """
import os
found = set(os.environ)
for pid in pids():
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            found |= {each.partition(b"=")[0].decode(errors="replace") for each in file.read().split(b"\\0") if each}
    except OSError:
        continue
for name in sorted(found - set(facts["usual"])):
    print("the variable " + name + " can be read")
"""

FORGED_FRAME = """
import json, os, struct
told = {"reason": "exit", "exit_code": 0, "signal": None, "stdout": "forged", "stderr": "", "result": ""}
body = json.dumps({**told, "cpu_s": 0.0, "wall_s": 0.0, "clean": True}).encode()
frame = struct.pack(">I", len(body)) + body
paths = [f"/proc/{pid}/fd/{number}" for pid in pids() for number in (*range(8), *range(98, 106))]
for number in range(3, 128):
    try:
        os.set_blocking(number, False)
        os.write(number, frame)
    except OSError:
        pass
for path in paths:
    if not path.startswith(f"/proc/{os.getpid()}/"):
        try:
            os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), frame)
        except OSError:
            pass
os._exit(1)
"""

DAEMON = """
import os, time
ready, begun = os.pipe()
os.set_inheritable(begun, True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(begun, b"x")
        os.execv("/bin/sleep", ["sleep", facts["mark"]])
    os._exit(0)
os.read(ready, 1)
time.sleep(0.01)
"""

MEMORY_BOMB = """
import mmap, os, time
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        block = mmap.mmap(-1, facts["bytes"], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for place in range(0, len(block), 4096):
            block[place] = 1
        time.sleep(1)
        os._exit(0)
    children.append(child)
if not any(os.waitpid(child, 0)[1] for child in children):
    print("survived", flush=True)
"""

FORK_BOMB = """
import os, signal
children = []
try:
    while len(children) < 4 * facts["most"]:
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
except OSError:
    pass
if len(children) > facts["most"]:
    print(f"{len(children)} processes could be started")
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""

# Arguments with which each call succeeds, or at least gets as far as looking at them, for an ordinary user.
KERNEL_CALLS = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
numbers = {name: both[platform.machine() != "x86_64"] for name, both in facts["numbers"].items()}
room = ctypes.create_string_buffer(4096)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(room), 8)
there = (ctypes.c_uint64 * 2)(id(None), 8)  # a fork has the same addresses
new_user = 0x10000000
arguments = {
    "ptrace": (16, os.getppid(), 0, 0),
    "process_vm_readv": (os.getppid(), vector, 1, there, 1, 0),
    "add_key": (b"user", b"canary", b"x", 1, -3),
    "keyctl": (0, -3, 1),
    "io_uring_setup": (8, room),
    "userfaultfd": (1,),
    "unshare": (new_user,),
    "mount": (b"none", b"/tmp", b"tmpfs", 0, 0),
    "chroot": (b"/tmp",),
    "syslog": (10, 0, 0),
}
for name, number in numbers.items():
    if name != "unshare" and libc.syscall(number, *arguments.get(name, (room, 0, 0, 0, 0))) >= 0:
        print(name + " is allowed")
for name in ("clone", "unshare"):
    child = os.fork()
    if child == 0:
        clone = 56 if platform.machine() == "x86_64" else 220
        done = libc.unshare(new_user) if name == "unshare" else libc.syscall(clone, new_user | 17, 0, 0, 0, 0)
        os._exit(0 if done < 0 else 1)
    if os.waitpid(child, 0)[1]:
        print(name + " makes a new user namespace")
"""

PROCESSES = """
for pid in pids():
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            if facts["mark"] in file.read():
                print("process " + pid + " of the host can be seen")
    except OSError:
        continue
"""

SIGNALS = """
import os, signal
for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(facts["pid"], number)
    except OSError:
        continue
"""

OUTPUT_FLOOD = """
import os
while True:
    os.write(1, b"6" * 65536)
"""


_BEFORE = """
import os
def pids():
    \"\"\"What can be seen of other processes; where nothing can, those that are there anyway.\"\"\"
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ["1", str(os.getppid())]
"""


def program(attack: str, facts: Facts) -> str:
    """The source to run: the attack between what it needs to know and the line that says it has tried everything."""
    return f"facts = {dict(facts)!r}\n{_BEFORE}\n{attack}\nprint({TRIED!r})\n"


def call_numbers() -> dict[str, Json]:
    """Each call of CALLS: its numbers on x86_64 and on aarch64."""
    return {name: list(DENIED[name]) for name in CALLS}
