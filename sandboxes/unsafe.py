"""Programs as plain processes of this machine: for programs that you would start yourself, and for nothing else.

Promises: limits on time, memory, processes, output and files; a session and a folder of its own; nothing is left of a
program that does not hide. That is all: a program can read, write, send and kill whatever you can. So it is never
chosen by itself: two switches are needed, and every verdict says unsafe.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from sandboxes.errors import SandboxUnavailable
from sandboxes.keeper import bear
from sandboxes.process import lacking
from sandboxes.sandbox import Guest, Probe, Strength
from sandboxes.types import Limits

SWITCH = "TTSD_ALLOW_UNSAFE"


class UnsafeSubprocess:
    """See `sandboxes.sandbox.Sandbox`, of whose promises about the host's files and network it keeps none."""

    name = "unsafe-subprocess"
    strength = Strength.UNSAFE

    def probe(self) -> Probe:
        for missing, remedy in self._missing():
            return Probe(False, (missing,), remedy)
        return Probe(True, ("UNSAFE: programs run with all of your rights, and no verdict is to be trusted",))

    def _missing(self) -> Iterator[tuple[str, str]]:
        yield from lacking(self.name)
        if os.environ.get(SWITCH) != "1":
            yield (
                f"programs would run with all of your rights, and {SWITCH} is {os.environ.get(SWITCH, '')!r}",
                f"use another sandbox, or set {SWITCH}=1 if you would start each of these programs yourself",
            )

    def start(self, module: str, limits: Limits) -> Guest:
        for missing, remedy in self._missing():
            raise SandboxUnavailable(f"{missing}; {remedy}")
        return bear(module, limits, "same")

    def close(self) -> None:
        """Nothing is kept."""
