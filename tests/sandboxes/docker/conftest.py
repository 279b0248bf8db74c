"""The real Docker sandbox in its three ways, in front of a daemon that is started when there is one to start."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from left import containers
from owndaemon import CACHE, RUNSC, OwnDaemon, can_start

from sandboxes.docker import Docker
from sandboxes.images import build as recipe

GONE_S = 2.0


@pytest.fixture(scope="session")
def own_daemon() -> Iterator[OwnDaemon | None]:
    """None where none can be started: then that of the environment is used, if there is one."""
    if not can_start():
        yield None
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as parent, pytest.MonkeyPatch.context() as environment:
        folder = Path(parent, "d")
        folder.mkdir()
        daemon = OwnDaemon(folder)
        environment.setenv("DOCKER_HOST", daemon.url)
        daemon.start()
        yield daemon
        daemon.stop()
        assert daemon.processes() == []


@pytest.fixture(scope="session")
def image(own_daemon: OwnDaemon | None) -> str:
    """The guest image, made once for each state of its recipe."""
    if own_daemon is None:
        probe = Docker().probe()
        if not probe.usable:
            pytest.skip("; ".join((*probe.facts, "and no daemon can be started: that needs root and dockerd")))
        return Docker().image
    state = hashlib.sha256(Path(recipe.__file__).read_bytes()).hexdigest()[:12]
    rootfs = CACHE / f"rootfs-{state}.tar"
    if not rootfs.exists() and shutil.which("debootstrap") is None:
        pytest.skip("no image of the guests, and no debootstrap to make one")
    recipe.build(recipe.IMAGE, toolchains=False, rootfs=rootfs)
    return recipe.IMAGE


@pytest.fixture(scope="session", params=["warm", "fresh", "runsc"])
def sandbox(request: pytest.FixtureRequest, image: str) -> Iterator[Docker]:
    """In place of the one for all tests of verifiers."""
    if request.param == "runsc" and RUNSC is None:
        pytest.skip("no program runsc")
    with closing(
        Docker(image, runtime="runsc" if request.param == "runsc" else "", fresh=request.param == "fresh")
    ) as docker:
        yield docker
    assert containers(docker) == []


@pytest.fixture
def warm(image: str) -> Iterator[Docker]:
    """For one test alone."""
    with closing(Docker(image)) as docker:
        yield docker
    assert containers(docker) == []


@pytest.fixture
def outage(own_daemon: OwnDaemon | None, image: str) -> Iterator[OwnDaemon]:
    """A daemon whose machine the test has for itself, and that it may kill; it runs again afterwards."""
    if own_daemon is None:
        pytest.skip("this test kills the daemon, so it must be one of our own: that needs root and dockerd")
    yield own_daemon
    own_daemon.revive()


@pytest.fixture
def nothing_left(outage: OwnDaemon) -> Callable[[], None]:
    """Asserts that no process of any container lives after at most GONE_S."""

    def check() -> None:
        deadline = time.monotonic() + GONE_S
        while outage.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert outage.processes() == []

    return check
