"""What to say when a sandbox lacks the toolchain of a language, and what would put it there."""

from __future__ import annotations

from sandboxes.errors import SandboxUnavailable
from sandboxes.guest.languages import LANGUAGES
from sandboxes.sandbox import DOCKER, Sandbox

TOOLCHAINS_IN_IMAGE = "put the toolchains into its image: python -m sandboxes.images.build --toolchains"


def lacking(sandbox: Sandbox, language: str, path: str) -> SandboxUnavailable:
    """To be raised when `path`, one of the language's needs, is not there. Docker's guests see nothing of the host."""
    known = LANGUAGES[language]
    remedy = TOOLCHAINS_IN_IMAGE if sandbox.name.startswith(DOCKER) else f"apt-get install {known.needs[path]}"
    return SandboxUnavailable(f"the sandbox {sandbox.name} has no {path}, which {known.label} programs need: {remedy}")
