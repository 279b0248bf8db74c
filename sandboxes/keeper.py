"""The host's side of `sandboxes.guest.keeper`: a keeper and a scratch folder for each guest.

The keeper ends, and leaves nothing, when this process does, however that ends: it reads from a socket of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandboxes.errors import SandboxOutage
from sandboxes.guest.keeper import FIRST_USER, Request
from sandboxes.guest.scratch import remove
from sandboxes.nursery import MOST_FILES, NOBODY
from sandboxes.process import PYTHON, ProcessGuest
from sandboxes.sandbox import ENVIRONMENT, Guest, guest_sources, scratch_bytes
from sandboxes.types import Limits

PATIENCE_S = 30.0
# As `guest.loader` starts a container: imports from memory what comes over the first descriptor.
_START = """
import json, os, sys
sources = json.load(os.fdopen(int(sys.argv[1])))
space = {"__name__": "sandboxes.guest.loader"}
exec(sources["sandboxes.guest.loader"], space)
sys.meta_path.insert(0, space["Sent"](sources))
sys.path.insert(0, "/box")
from sandboxes.guest.boot import boot
from sandboxes.guest.keeper import main
boot(main, int(sys.argv[2]))
"""


def bear(module: str, limits: Limits, user: str, landlock: int = 0, filters: Sequence[bytes] = ()) -> Guest:
    """A guest under these rules: see `sandboxes.guest.keeper.Request`. SandboxOutage when it cannot be started."""
    request = Request(
        module=module,
        user=user,
        nobody=NOBODY,
        landlock=landlock,
        filters=[program.hex() for program in filters],
        scratch_bytes=scratch_bytes(limits),
        most_files=MOST_FILES,
    )
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            keeper = _Keeper.start()
            socket.send_fds(keeper.control, [json.dumps(request).encode()], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise SandboxOutage(f"the sandbox could not be launched: {error}") from error
    return ProcessGuest(ours, keeper.end)


@dataclass(frozen=True, slots=True)
class _Keeper:
    process: subprocess.Popen[bytes]
    control: socket.socket
    scratch: str

    @classmethod
    def start(cls) -> _Keeper:
        scratch = tempfile.mkdtemp(prefix="ttsd-")
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as sources:
            sources.write(guest_sources())
            sources.seek(0)
            try:
                process = _started(scratch, sources.fileno(), theirs.fileno())
            except OSError:
                control.close()
                os.rmdir(scratch)
                raise
        return cls(process, control, scratch)

    def end(self) -> str:
        """Hang up, upon which the keeper ends everything; wait for that. Returns what it complained about."""
        self.control.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            return "its keeper is still busy ending it"
        if os.path.exists(self.scratch):  # it was killed
            remove(self.scratch)
        assert self.process.stderr is not None  # it is always started with a pipe
        os.set_blocking(self.process.stderr.fileno(), False)
        with self.process.stderr as complaints:
            return (complaints.read(2000) or b"").decode(errors="replace").strip()


def _started(scratch: str, sources: int, control: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PYTHON, "-I", "-B", "-c", _START, str(sources), str(control)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=(sources, control),
        env={**ENVIRONMENT, "HOME": scratch, "TMPDIR": scratch},
        cwd="/",
        start_new_session=True,  # a Ctrl-C is meant for us
    )


def users_to_spare() -> bool:
    """Whether each guest can have a user of its own."""
    with contextlib.suppress(OSError):
        ranges = [[int(word) for word in line.split()] for line in Path("/proc/self/uid_map").read_text().splitlines()]
        return os.geteuid() == 0 and any(inside <= FIRST_USER < inside + count for inside, _, count in ranges)
    return False
