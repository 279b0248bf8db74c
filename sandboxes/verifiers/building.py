"""A problem's judge in C++ or C becomes an executable, in a sandbox, once for each verifier."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import PurePosixPath

from sandboxes.errors import ChecksBroken, SandboxOutage
from sandboxes.guest.languages import BUILD_MEMORY_BYTES, BUILD_PROCESSES, BUILD_WALL_S
from sandboxes.sandbox import GuestGone, Sandbox
from sandboxes.types import File, Limits
from sandboxes.verifiers.base import in_one_line
from sandboxes.verifiers.candidate import GRACE_S
from sandboxes.verifiers.cores import CORES
from sandboxes.verifiers.lacking import lacking
from sandboxes.wire import Message

COMPILED = {".cpp": "cpp", ".cc": "cpp", ".cxx": "cpp", ".c": "c"}  # ending of a source -> its language
EXECUTABLE = "compiled-judge"
MAX_COMPLAINT = 600  # characters; the first complaint is the one that counts
_LIMITS = Limits(memory_bytes=BUILD_MEMORY_BYTES, processes=BUILD_PROCESSES)


def language_of(path: str) -> str | None:
    """The language that a file has to be compiled from; None: it is run as it is."""
    return COMPILED.get(PurePosixPath(path).suffix)


def built(sandbox: Sandbox, files: tuple[File, ...], main: str) -> File:
    """The executable made of `main` and all files of its language beside it.

    ChecksBroken: it does not compile. SandboxUnavailable: there is no compiler. SandboxOutage: try again.
    """
    language, folder = str(language_of(main)), PurePosixPath(main).parent
    paths = [PurePosixPath(file.path) for file in files]
    sources = [str(path) for path in paths if path.parent == folder and language_of(str(path)) == language]
    task: Message = {"files": [asdict(file) for file in files], "language": language, "sources": list(sources)}
    reply = _asked(sandbox, task)
    if "missing" in reply:
        raise lacking(sandbox, language, str(reply["missing"]))
    if "compile_error" in reply:
        told = in_one_line(str(reply["compile_error"]))[:MAX_COMPLAINT]
        raise ChecksBroken(f"the output validator {main} does not compile ({told}); mend it")
    return File(EXECUTABLE, str(reply["compiled"]), executable=True)


def _asked(sandbox: Sandbox, task: Message) -> Message:
    with closing(sandbox.start("build", _LIMITS)) as guest, CORES.one():
        try:
            guest.send(task)
            return guest.receive(BUILD_WALL_S + GRACE_S)
        except (GuestGone, TimeoutError) as error:
            raise SandboxOutage(f"the sandbox of the compiler failed: {error or 'no reply'}") from error
