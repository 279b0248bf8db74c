"""Whether a problem's own preamble runs at all: found out once, without a program behind it.

Otherwise an import that is missing there would look like the failure of every program. Not promised: that what it
defines is of any use, nor what it does on another input than the first test's.
"""

from __future__ import annotations

import threading
from contextlib import closing
from weakref import WeakKeyDictionary

from sandboxes.errors import ChecksBroken, SandboxOutage
from sandboxes.sandbox import Sandbox
from sandboxes.types import Limits, Program
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.judges import told_in_a_line

_lock = threading.Lock()
_proved: WeakKeyDictionary[Sandbox, set[str]] = WeakKeyDictionary()


def require_preamble(sandbox: Sandbox, preamble: str, stdin: str, limits: Limits) -> None:
    """ChecksBroken, with how it fails, when no program behind this preamble can be judged on that input.

    An outage of the sandbox says nothing about it: it is left to the verification that follows.
    """
    with _lock:
        proved = _proved.setdefault(sandbox, set())
        if not preamble or preamble in proved:
            return
        try:
            failure = _failure(sandbox, preamble, stdin, limits)
        except SandboxOutage:
            return
        if failure:
            raise ChecksBroken(f"the problem's preamble fails, whatever the program does ({failure}); mend it")
        proved.add(preamble)


def _failure(sandbox: Sandbox, preamble: str, stdin: str, limits: Limits) -> str:
    """How it ended, in a line; empty when it ended well."""
    with closing(Candidate(sandbox, Program("", preamble), limits)) as candidate:
        if (error := candidate.compile_error()) is not None:
            return told_in_a_line(error, "")
        ended = candidate.run(stdin)
        failure = ended.failure(limits)
        return "" if failure is None else told_in_a_line(failure[1], ended.stderr)
