"""What is found out once for each sandbox, and holds for every verifier that uses it.

Not promised: that a failure is remembered. It is looked for again each time, for somebody may have mended it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

from sandboxes.errors import SandboxOutage
from sandboxes.sandbox import Sandbox


class Proofs:
    """What has been proved to work in which sandbox."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._proved: WeakKeyDictionary[Sandbox, set[str]] = WeakKeyDictionary()

    def failure(self, sandbox: Sandbox, subject: str, attempt: Callable[[], str]) -> str:
        """How `attempt` says that the subject fails; empty when it works there, or has before.

        Empty on an outage of the sandbox too, which says nothing: it is left to the verification that follows.
        """
        with self._lock:
            proved = self._proved.setdefault(sandbox, set())
            if subject in proved:
                return ""
            try:
                failure = attempt()
            except SandboxOutage:
                return ""
            if not failure:
                proved.add(subject)
            return failure
