"""Inside a sandbox: the folder in which programs may write, counted and emptied whatever they have made of it.

Not promised: that `used` sees what a running program hides in a folder that cannot be read; that counts as too much.
"""

from __future__ import annotations

import os
import shutil
import stat

# Where there is no mount namespace, the folder has a name of its own, which the sandbox puts into the environment.
SCRATCH = os.environ.get("TMPDIR", "/tmp")


def empty(folder: str) -> bool:
    """Remove everything under `folder`; False when that did not work.

    Folders in folders are moved to the top first: a path ten thousand folders deep is longer than any call takes.
    """
    try:
        os.chmod(folder, 0o755)
        while names := os.listdir(folder):
            for path in (os.path.join(folder, name) for name in names):
                if _opened(path):
                    _flatten(path, folder)
                    os.rmdir(path)
                else:
                    os.unlink(path)
    except OSError:
        return False
    return True


def _flatten(folder: str, top: str) -> None:
    """Remove the files in `folder`, and move the folders in it to `top`."""
    for path in (os.path.join(folder, name) for name in os.listdir(folder)):
        if _opened(path):
            os.rename(path, os.path.join(top, os.urandom(16).hex()))
        else:
            os.unlink(path)


def _opened(path: str) -> bool:
    """Whether it is a folder, which is then made accessible."""
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        return False
    os.chmod(path, 0o700)
    return True


def remove(folder: str) -> None:
    """The folder itself too, as far as that can be done."""
    empty(folder)
    shutil.rmtree(folder, ignore_errors=True)


def used(folder: str, most_files: int) -> tuple[int, int]:
    """The bytes that lie under `folder`, and the number of files; more than `most_files` are not counted on."""
    total, files = 0, 0
    folders = [folder]
    while folders and files <= most_files:
        try:
            entries = list(os.scandir(folders.pop()))
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError:
            return total, most_files + 1
        for entry in entries:
            files += 1
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            total += 512 * found.st_blocks
            if stat.S_ISDIR(found.st_mode):
                folders.append(entry.path)
    return total, files
