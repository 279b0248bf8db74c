"""From the checks of a problem to a verifier that is ready: the sandbox is open, the toolchain has been tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sandboxes.sandbox import open_sandbox
from sandboxes.types import Checks
from sandboxes.verifiers.base import Verifier, make_verifier
from sandboxes.verifiers.toolchains import require_toolchain

RUNS_NOTHING = "answer"
ANY_LANGUAGE = ("stdio", "validator")


@contextmanager
def open_verifier(
    checks: Checks, language: str = "python", sandbox: str = "auto", docker_runtime: str = ""
) -> Iterator[Verifier]:
    """The verifier for programs in `language`, with a sandbox as `open_sandbox` finds it; an answer needs none.

    SandboxUnavailable: there is no such sandbox, or it cannot run such programs. ValueError: as for `make_verifier`.
    """
    if checks.kind == RUNS_NOTHING:
        yield make_verifier(checks, None)
        return
    with closing(open_sandbox(sandbox, docker_runtime)) as opened:
        if checks.kind in ANY_LANGUAGE:
            require_toolchain(opened, language)
        yield make_verifier(checks, opened)
