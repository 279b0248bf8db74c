"""Goes into a sandbox of its own and compiles a problem's judge there, which the host keeps for all that follow.

One message comes in, with the files and their language, and one goes out: `compiled`, the executable in base64; or
`compile_error`; or `missing`, the file of the toolchain that is not there.
"""

from __future__ import annotations

import os
from base64 import b64encode
from typing import NoReturn, cast

from sandboxes.guest.channel import Channel
from sandboxes.guest.child import execute
from sandboxes.guest.files import write_files
from sandboxes.guest.languages import LANGUAGES
from sandboxes.guest.scratch import SCRATCH
from sandboxes.guest.toolchain import COMPILE, absent_tool
from sandboxes.wire import Message

FOLDER = f"{SCRATCH}/judge"
PROGRAM = f"{FOLDER}/program"  # as the commands of LANGUAGES call it


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    if task is not None:
        channel.send(_build(task))


def _build(task: Message) -> Message:
    if (path := absent_tool(str(task["language"]))) is not None:
        return {"missing": path}
    kept: list[bytes] = []

    def keep() -> None:
        if os.path.exists(PROGRAM):
            with open(PROGRAM, "rb") as file:
                kept.append(file.read())

    ended = execute(lambda: _compile(task), b"", COMPILE, before_cleaning=keep)
    if ended.reason == "exit" and ended.exit_code == 0 and kept:
        return {"compiled": b64encode(kept[0]).decode("ascii")}
    return {"compile_error": ended.stderr.decode(errors="replace").strip() or f"the compiler ended by {ended.reason}"}


def _compile(task: Message) -> NoReturn:
    write_files(FOLDER, task["files"])
    os.chdir(FOLDER)
    sources = cast("list[str]", task["sources"])
    words = LANGUAGES[str(task["language"])].build.split()
    command = [part for word in words for part in (sources if word == "{file}" else [word])]
    os.execvp(command[0], command)
