"""The containers of a sandbox, as the daemon knows them."""

from __future__ import annotations

from contextlib import closing

from sandboxes.docker import Docker
from sandboxes.docker_daemon import Daemon
from sandboxes.errors import SandboxError


def containers(docker: Docker) -> list[str]:
    """The names of this sandbox's containers that the daemon knows."""
    with closing(Daemon()) as daemon:
        try:
            return list(daemon.labelled(**docker.labels))
        except SandboxError:
            return []
