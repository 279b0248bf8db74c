"""Goes INTO a sandbox and runs a problem's own command there, with the path of a file that holds the program.

The command's files lie in a folder of their own, which is where it starts, and the program in another one. For each
program one message comes in, and the reply says how the command ended. Nothing that it wrote is left after it.
"""

from __future__ import annotations

import os
from typing import cast

from sandboxes.guest.channel import Channel
from sandboxes.guest.child import RESULT, Bounds, execute, report
from sandboxes.guest.files import write_files
from sandboxes.guest.scratch import SCRATCH
from sandboxes.wire import Message

FOLDER, PROGRAM = f"{SCRATCH}/judge", f"{SCRATCH}/program"


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    while task is not None and (request := channel.receive()) is not None:
        channel.send(_judge(task, str(request["program"])))


def _judge(task: Message, program: str) -> Message:
    bounds = Bounds(**task["limits"])  # type: ignore[arg-type]
    return report(execute(lambda: _become_command(task, program), b"", bounds))


def _become_command(task: Message, program: str) -> None:
    write_files(FOLDER, task["files"])
    os.mkdir(PROGRAM)
    path = f"{PROGRAM}/{task['module']}"
    with open(path, "w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(program)
    os.chdir(FOLDER)
    words = [*cast("list[str]", task["command"]), path]
    os.set_inheritable(RESULT, False)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(RESULT, str(error.strerror).encode())  # the only thing ever written there
        os._exit(127)
