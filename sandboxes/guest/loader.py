"""What process 1 of a container is told to run, as `python3 -I -B -c <this text>`: it imports what the host sends it.

The guest files come over standard input and are imported from memory. The image holds nothing of ours, so it never
falls behind, no folder of the host is mounted, so the daemon may be on another machine, and a program finds no file of
ours that it could change for the guests after it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType


class Sent(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the modules of `sources` (name -> text)."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._sources else None

    def is_package(self, fullname: str) -> bool:
        return any(name.startswith(f"{fullname}.") for name in self._sources)

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = os.read(0, size - len(data))
        if not piece:
            os._exit(0)  # the host has hung up
        data += piece
    return data


def main() -> None:
    sources = json.loads(_read(int.from_bytes(_read(4), "big")))
    sys.meta_path.insert(0, Sent(sources))
    sys.path.insert(0, "/box")  # where other sandboxes have the guest files, and `guest.boot` removes it
    module, descriptor = importlib.import_module("sandboxes.guest.server").serve()
    boot = importlib.import_module("sandboxes.guest.boot").boot
    boot(importlib.import_module(f"sandboxes.guest.{module}").main, descriptor)
    os._exit(0)


if __name__ == "__main__":
    main()
