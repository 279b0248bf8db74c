"""Whether a problem's own preamble runs at all: found out once, without a program behind it.

Otherwise an import that is missing there would look like the failure of every program. Not promised: that what it
defines is of any use, nor what it does on another input than the first test's.
"""

from __future__ import annotations

from contextlib import closing

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import Limits, Program
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.judges import told_in_a_line
from sandboxes.verifiers.proofs import Proofs

_proofs = Proofs()


def require_preamble(sandbox: Sandbox, preamble: str, stdin: str, limits: Limits) -> None:
    """ChecksBroken, with how it fails, when no program behind this preamble can be judged on that input."""
    if not preamble:
        return
    if failure := _proofs.failure(sandbox, preamble, lambda: _failure(sandbox, preamble, stdin, limits)):
        raise ChecksBroken(f"the problem's preamble fails, whatever the program does ({failure}); mend it")


def _failure(sandbox: Sandbox, preamble: str, stdin: str, limits: Limits) -> str:
    """How it ended, in a line; empty when it ended well."""
    with closing(Candidate(sandbox, Program("", preamble), limits)) as candidate:
        if (error := candidate.compile_error()) is not None:
            return told_in_a_line(error, "")
        ended = candidate.run(stdin)
        failure = ended.failure(limits)
        return "" if failure is None else told_in_a_line(failure[1], ended.stderr)
