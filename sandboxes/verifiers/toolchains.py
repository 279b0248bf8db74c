"""Whether a sandbox can compile and run programs of a language: found out once, with a program that is right.

Without it, a compiler that fails for want of a file would look like a program that does not compile.
"""

from __future__ import annotations

from contextlib import closing

from sandboxes.errors import SandboxUnavailable
from sandboxes.guest.languages import LANGUAGES
from sandboxes.sandbox import Sandbox
from sandboxes.types import Limits, Program
from sandboxes.verifiers.candidate import Candidate
from sandboxes.verifiers.proofs import Proofs

SAYS = "ok"  # every proof of the table
_LIMITS = Limits(cpu_s=30, wall_s=60)

_proofs = Proofs()


def require_toolchain(sandbox: Sandbox, language: str) -> None:
    """SandboxUnavailable, with what is missing or how it fails, when no program in this language can be judged."""
    if language not in LANGUAGES or not LANGUAGES[language].proof:
        return
    if failure := _proofs.failure(sandbox, language, lambda: _failure(sandbox, language)):
        raise SandboxUnavailable(
            f"the sandbox {sandbox.name} cannot run {LANGUAGES[language].label} programs, for a right one ended with "
            f"{failure!r}: mend that toolchain or use another sandbox"
        )


def _failure(sandbox: Sandbox, language: str) -> str:
    """The first line of how the proof failed; empty when it did not."""
    proof = Program(LANGUAGES[language].proof, language=language)
    with closing(Candidate(sandbox, proof, _LIMITS)) as candidate:
        told = candidate.compile_error()
        if told is None:
            ended = candidate.run("")
            _, told = ended.failure(_LIMITS) or ("", "" if ended.stdout.strip() == SAYS else "another output")
    return told.strip().partition("\n")[0]
