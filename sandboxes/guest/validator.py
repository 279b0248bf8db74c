"""Goes into a SECOND sandbox and runs a problem's output validator there; the program under test is not in it.

The validator is a program in Kattis' form: `validator INPUT ANSWER FEEDBACK_DIR/ [FLAG...] < OUTPUT`. For each output
three messages come in, each with one text, for together they may be too long for one. The reply says how the
validator ended and what it wrote to teammessage.txt and judgemessage.txt.
"""

from __future__ import annotations

import json
import os
import sys
from typing import cast

from sandboxes.guest.channel import Channel
from sandboxes.guest.child import RESULT, Bounds, execute, report
from sandboxes.guest.files import write_files
from sandboxes.guest.scratch import SCRATCH
from sandboxes.wire import Message

MESSAGES = ("teammessage.txt", "judgemessage.txt")
FOLDER, FEEDBACK = f"{SCRATCH}/validator", f"{SCRATCH}/feedback/"  # the slash at the end is Kattis' rule
MAX_MESSAGE = 4000  # characters


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    while task is not None:
        parts = [channel.receive() for _ in ("input", "answer", "output")]
        given, answer, output = (part["text"] if part else None for part in parts)
        if output is None:
            return
        channel.send(_validate(task, str(given), str(answer), str(output)))


def _validate(task: Message, given: str, answer: str, output: str) -> Message:
    bounds = Bounds(**task["limits"])  # type: ignore[arg-type]
    return report(execute(lambda: _run(task, given, answer), output.encode(errors="replace"), bounds))


def _run(task: Message, given: str, answer: str) -> None:
    """In the child, where nothing that is written stays: the validator is a child of its own."""
    os.set_inheritable(RESULT, False)
    write_files(FOLDER, task["files"])
    for name, text in (("data.in", given), ("data.ans", answer)):
        with open(f"{SCRATCH}/{name}", "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
    os.mkdir(FEEDBACK)
    file, *flags = cast("list[str]", task["command"])
    program = [sys.executable, "-E", "-s", "-B"] if file.endswith(".py") else []
    words = [*program, f"{FOLDER}/{file}", f"{SCRATCH}/data.in", f"{SCRATCH}/data.ans", FEEDBACK, *flags]
    code = os.spawnv(os.P_WAIT, words[0], words)
    os.write(RESULT, json.dumps({"exit_code": code, "message": _message()}).encode("ascii"))
    os._exit(0)


def _message() -> str:
    found = []
    for name in MESSAGES:
        if os.path.isfile(FEEDBACK + name):
            with open(FEEDBACK + name, encoding="utf-8", errors="replace") as file:
                found.append(file.read(MAX_MESSAGE).strip())
    return "\n".join(text for text in found if text)
