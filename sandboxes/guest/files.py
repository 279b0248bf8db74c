"""Inside a sandbox: lays out the files of a problem's own programs, such as its validator."""

from __future__ import annotations

import os
from base64 import b64decode
from typing import cast

from sandboxes.wire import Json


def write_files(folder: str, files: Json) -> None:
    """Write `sandboxes.types.File`s, as the host sends them, under `folder`: read-only."""
    os.makedirs(folder, exist_ok=True)
    for file in cast("list[dict[str, str]]", files):
        path = os.path.join(folder, file["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as opened:
            opened.write(b64decode(file["data"]))
            os.fchmod(opened.fileno(), 0o555 if file["executable"] else 0o444)
