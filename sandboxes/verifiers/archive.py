"""pytest as one archive that goes into a sandbox: what is installed beside ttsd, so that every sandbox has the same.

Compiled here, which saves the sandbox half a second; a Python of another version there takes the sources instead.
Not promised: plug-ins of pytest, which stay outside.
"""

from __future__ import annotations

import io
import marshal
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from importlib.util import MAGIC_NUMBER, find_spec
from pathlib import Path

from sandboxes.errors import SandboxUnavailable

INSIDE = "pytest.zip"  # how its files are called in tracebacks
# pytest and what it needs; those that this version does not need are not installed.
_PACKAGES = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
_LEFT_AS_SOURCE = "pygments/lexers/"  # hundreds of languages, of which two are imported
_UNCHECKED = (1).to_bytes(4, "little") + bytes(8)  # of a compiled file: it belongs to its source, do not look


def require_pytest() -> None:
    """SandboxUnavailable: there is none to be put into an archive."""
    if find_spec("pytest") is None:
        raise SandboxUnavailable("tests in pytest files need pytest: run pip install pytest")


@cache
def pytest_archive() -> str:
    """The archive in base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in _sources():
            archive.writestr(name, path.read_bytes())
            if not name.startswith(_LEFT_AS_SOURCE):
                archive.writestr(f"{name}c", _compiled(path, name))
    return b64encode(packed.getvalue()).decode("ascii")


def _sources() -> Iterator[tuple[Path, str]]:
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        first = Path(spec.origin)
        paths = sorted(first.parent.rglob("*.py")) if spec.submodule_search_locations else [first]
        root = first.parent.parent if spec.submodule_search_locations else first.parent
        yield from ((path, path.relative_to(root).as_posix()) for path in paths)


def _compiled(path: Path, name: str) -> bytes:
    code = compile(path.read_bytes(), f"{INSIDE}/{name}", "exec", dont_inherit=True)
    return MAGIC_NUMBER + _UNCHECKED + marshal.dumps(code)
