"""The promises of `sandboxes.sandbox.Sandbox`, one check each, tried on a live sandbox through its contract alone.

A check returns what happened instead of what is promised, in a few words, and nothing when the promise holds. What it
does not expect it lets through: SandboxError, GuestGone, TimeoutError.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sandboxes.errors import SandboxOutage
from sandboxes.sandbox import ENVIRONMENT, Guest, GuestGone, Sandbox, scratch_bytes
from sandboxes.types import Limits
from sandboxes.wire import Message

LIMITS = Limits(cpu_s=5, wall_s=10, memory_bytes=256 << 20, processes=32, file_bytes=4 << 20)
PATIENCE_S = 30.0
SOON_S = 3.0


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence of the contract and how it is tried."""

    name: str
    text: str
    check: Callable[[Sandbox], str]


def _begun(sandbox: Sandbox, source: str) -> Guest:
    """A guest that has compiled `source`."""
    guest = sandbox.start("runner", LIMITS)
    try:
        task: Message = {"language": "python", "source": source, "preamble": "", "entry": ""}
        guest.send({**task, "limits": asdict(LIMITS)})
        guest.receive(PATIENCE_S)
    except BaseException:
        guest.close()
        raise
    return guest


def _answer(guest: Guest, stdin: str = "") -> Message:
    guest.send({"do": "run", "stdin": stdin})
    return guest.receive(PATIENCE_S)


def _printed(sandbox: Sandbox, source: str) -> str:
    """The output of one run on a fresh guest, or how it ended instead."""
    with closing(_begun(sandbox, source)) as guest:
        answer = _answer(guest)
    return str(answer["stdout"]) if answer["exit_code"] == 0 else f"it ended with {answer}"[:300]


def _probe(sandbox: Sandbox) -> str:
    probe = sandbox.probe()
    if not probe.usable:
        return f"it is not usable here: {'; '.join(probe.facts)}"
    return "" if probe.facts else "it gives no facts"


def _conversation(sandbox: Sandbox) -> str:
    megabytes = "0123456789abcdef" * (4 << 16)
    with closing(_begun(sandbox, "print(input())")) as guest:
        for sent in ("one", megabytes, "three"):
            if _answer(guest, sent)["stdout"] != f"{sent}\n":
                return f"{len(sent)} characters did not come back"
    return ""


def _outage(sandbox: Sandbox) -> str:
    try:
        with closing(sandbox.start("no_such_module", LIMITS)) as guest:
            guest.receive(PATIENCE_S)
    except SandboxOutage:
        return ""
    return "a guest that does not exist became ready"


def _time_out(sandbox: Sandbox) -> str:
    with closing(_begun(sandbox, "import time; time.sleep(60)")) as guest:
        guest.send({"do": "run", "stdin": ""})
        started = time.monotonic()
        try:
            guest.receive(0.2)
        except TimeoutError:
            took_s = time.monotonic() - started
            return "" if took_s < SOON_S else f"a wait of 0.2 s took {took_s:.1f} s"
    return "a program that sleeps answered"


KILLS_THE_RUNNER = "import os, signal; os.kill(os.getppid(), signal.SIGKILL); print(1)"


def _death(sandbox: Sandbox) -> str:
    with closing(_begun(sandbox, KILLS_THE_RUNNER)) as guest:
        try:
            return f"it answered: {_answer(guest)}"[:300]
        except GuestGone:
            return _is("after a death", _printed(sandbox, "print(2)"), "2\n")


def _end_of_the_tree(sandbox: Sandbox) -> str:
    mark = f"7357{secrets.randbelow(10**12)}"
    source = (
        "import os, time\n"
        f"if os.fork() == 0:\n    os.setsid()\n    os.execv('/bin/sleep', ['sleep', '{mark}'])\n"
        "time.sleep(60)"
    )
    guest = _begun(sandbox, source)
    guest.send({"do": "run", "stdin": ""})
    time.sleep(0.2)
    started = time.monotonic()
    guest.close()
    guest.close()
    took_s = time.monotonic() - started
    if left := processes_with(mark):
        return f"still there: process {left[0]}"
    return "" if took_s < PATIENCE_S else f"closing took {took_s:.1f} s"


def processes_with(mark: str) -> list[int]:
    """The processes of this machine in whose command line the text is."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def _fresh(sandbox: Sandbox) -> str:
    _printed(sandbox, "open('left', 'w').close()")
    return _is("a file", _printed(sandbox, "import os; print(os.path.exists('left'))"), "False\n")


def _apart(sandbox: Sandbox) -> str:
    """Two guests at once: neither file nor signal passes between them."""
    writing = "import time; open('neighbour', 'w').close(); print(1, flush=True); time.sleep(0.5)"
    with closing(_begun(sandbox, writing)) as one:
        one.send({"do": "run", "stdin": ""})
        time.sleep(0.2)
        seen = _printed(sandbox, "import os; print(os.path.exists('neighbour'))")
        return _is("the neighbour's file", seen, "False\n") or _is("it", str(one.receive(PATIENCE_S)["stdout"]), "1\n")


def _scratch(sandbox: Sandbox) -> str:
    """A program that writes for ever is refused more, or ended for it."""
    most = scratch_bytes(LIMITS)
    source = (
        "written = 0\n"
        "try:\n"
        "    for n in range(1000):\n"
        "        with open(str(n), 'wb', buffering=0) as file: written += file.write(bytes(1 << 20))\n"
        "except OSError: pass\n"
        "print(written)"
    )
    with closing(_begun(sandbox, source)) as guest:
        answer = _answer(guest)
    if answer["reason"] == "scratch":
        return ""
    written = int(str(answer["stdout"]) or -1)
    return "" if most // 2 <= written <= most else f"{written} bytes could be written, and not {most}"


def _bare(sandbox: Sandbox) -> str:
    usual = {**ENVIRONMENT, "PWD": "/tmp"}  # the last by what changes into the folder
    source = f"import os; print([os.getcwd(), dict(os.environ, PWD='/tmp') == {usual!r} or dict(os.environ)])"
    return _is("folder and environment", _printed(sandbox, source), "['/tmp', True]\n")


def _threads(sandbox: Sandbox) -> str:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: _printed(sandbox, f"print({n})"), range(8)))
    return _is("eight guests from four threads", "".join(found), "".join(f"{n}\n" for n in range(8)))


def _anew(sandbox: Sandbox) -> str:
    sandbox.close()
    sandbox.close()
    return _is("after close", _printed(sandbox, "print(1)"), "1\n")


def _is(what: str, found: str, wanted: str) -> str:
    return "" if found == wanted else f"{what}: {found.strip()[:300] or 'nothing'}"


CONTRACT = (
    Promise("probe", "it says that it is usable, and why", _probe),
    Promise("conversation", "messages of any size pass both ways, in order", _conversation),
    Promise("outage", "a guest that cannot start is an outage and no verdict", _outage),
    Promise("time out", "a wait ends when it should", _time_out),
    Promise("death", "a guest that was killed is gone, and the next one works", _death),
    Promise("end of the tree", "closing ends every process, at once, and twice does no harm", _end_of_the_tree),
    Promise("fresh", "a guest finds nothing of an earlier one", _fresh),
    Promise("apart", "two guests at once do not see each other's files", _apart),
    Promise("scratch", "/tmp holds what it should and no more", _scratch),
    Promise("bare", "a program starts in /tmp with the promised environment", _bare),
    Promise("threads", "several threads may use it", _threads),
    Promise("begins anew", "after close it starts again", _anew),
)
