"""What containers leave: themselves, as the daemon knows them, and processes, as the machine does."""

from __future__ import annotations

from pathlib import Path

from sandboxes.docker import FIRST_USER, Docker
from sandboxes.docker_daemon import Daemon
from sandboxes.errors import SandboxError


def containers(docker: Docker) -> list[str]:
    """The names of this sandbox's containers that the daemon knows."""
    daemon = Daemon()
    try:
        found = daemon.labelled(**docker.labels)
    except SandboxError:
        return []
    finally:
        daemon.close()
    return list(found)


def users_processes() -> list[int]:
    """Processes on this machine that belong to the user of any container."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid >= FIRST_USER or _user(folder) >= FIRST_USER:
                found.append(int(folder.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def _user(folder: Path) -> int:
    """A process that is not dumpable has a folder that belongs to root."""
    lines = (folder / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))
