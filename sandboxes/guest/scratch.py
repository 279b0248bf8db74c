"""Inside a sandbox: the folder in which programs may write, counted and emptied whatever they have made of it.

Not promised: that `used` sees what a running program hides in a folder that cannot be read; that counts as too much.
"""

from __future__ import annotations

import os
import stat

# Where there is no mount namespace, the folder has a name of its own, which the sandbox puts into the environment.
SCRATCH = os.environ.get("TMPDIR", "/tmp")


def empty(folder: str) -> bool:
    """Remove everything under `folder`; False when that did not work. No process may be changing it.

    Goes down and up one step at a time: a path ten thousand folders deep is longer than any call takes.
    """
    try:
        os.chmod(folder, 0o700)
        here = os.open(folder, os.O_DIRECTORY)
        left = [_only_folders(here)]  # for each step down: the folders that are still to be removed there
        while left[-1] or len(left) > 1:
            if left[-1]:
                here = _moved(here, left[-1][-1])
                left.append(_only_folders(here))
            else:
                left.pop()
                here = _moved(here, "..")
                os.rmdir(left[-1].pop(), dir_fd=here)
        for name in _notes(here):
            os.removexattr(here, name)
        os.utime(here)
        os.close(here)
    except OSError:
        return False
    return True


def _notes(here: int) -> list[str]:
    """Attributes of the folder itself, in which a program may write to the next one; not every file system has them."""
    try:
        return os.listxattr(here)
    except OSError:
        return []


def _only_folders(here: int) -> list[str]:
    """Remove the files; the names of the folders, which are then accessible."""
    folders = []
    for name in os.listdir(here):
        if stat.S_ISDIR(os.lstat(name, dir_fd=here).st_mode):
            os.chmod(name, 0o700, dir_fd=here)
            folders.append(name)
        else:
            os.unlink(name, dir_fd=here)
    return folders


def _moved(here: int, to: str) -> int:
    """The descriptor of the folder `to` instead of that of the folder we are in."""
    there = os.open(to, os.O_DIRECTORY, dir_fd=here)
    os.close(here)
    return there


def remove(folder: str) -> None:
    """The folder itself too, as far as that can be done."""
    import shutil  # here: a guest, which never comes here, starts a little sooner

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
