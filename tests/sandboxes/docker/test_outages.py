"""The daemon, a container or this process dies: told as an outage in time, nothing left, the next attempt fine."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from left import containers
from owndaemon import RUNSC, OwnDaemon

from sandboxes.docker import HOST, LOOK_S, PID, Docker
from sandboxes.docker_daemon import Daemon, within
from sandboxes.errors import SandboxOutage, SandboxUnavailable
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier

# The SDK leaves sockets to the garbage collector when a daemon does not answer.
pytestmark = [pytest.mark.docker, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

DEADLINE_S = 15.0


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """So that what the SDK leaves counts here and not in another test."""
    yield
    gc.collect()


@pytest.fixture
def daemon(own_daemon: OwnDaemon | None) -> Iterator[Daemon]:
    with closing(Daemon()) as daemon:
        yield daemon


SLEEPS = "import time\ntime.sleep({seconds})\nprint('awake')\n"


def verify(docker: Docker, source: str) -> Verdict:
    cases = (Case("only", Tier.FEEDBACK, "", "awake\n"),)
    return StdioVerifier(Checks("stdio", cases, Limits(wall_s=40)), docker).verify(Program(source))


def fine(docker: Docker) -> bool:
    return verify(docker, "print('awake')").status is Status.PASS


def await_program(daemon: OwnDaemon) -> None:
    """Until a program runs: process 1, its guest and the program."""
    while len(daemon.processes()) < 3:
        time.sleep(0.02)


def test_a_daemon_killed_in_the_middle_is_an_outage(outage: OwnDaemon, nothing_left: Callable[[], None]) -> None:
    with closing(Docker()) as docker, ThreadPoolExecutor() as pool:
        verdict = pool.submit(verify, docker, SLEEPS.format(seconds=30))
        await_program(outage)
        outage.kill()
        started = time.monotonic()
        assert verdict.result().status is Status.UNAVAILABLE
        assert time.monotonic() - started < DEADLINE_S
        nothing_left()
        outage.start()
        assert fine(docker)


def test_a_container_killed_from_outside_is_tried_again(
    warm: Docker, daemon: Daemon, outage: OwnDaemon, nothing_left: Callable[[], None]
) -> None:
    with ThreadPoolExecutor() as pool:
        verdict = pool.submit(verify, warm, SLEEPS.format(seconds=3))
        await_program(outage)
        (container,) = containers(warm)
        daemon.ask("kill a container", lambda client: client.kill(container))
        assert verdict.result().status is Status.PASS
    warm.close()
    nothing_left()
    assert fine(warm)


def test_containers_that_died_while_idle_are_not_used(warm: Docker, daemon: Daemon) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(verify, [warm] * 3, [SLEEPS.format(seconds=1)] * 3))
    for container in containers(warm):
        daemon.ask("kill a container", lambda client, name=container: client.kill(name))
    assert fine(warm)


def test_a_daemon_that_is_frozen_is_an_outage(outage: OwnDaemon) -> None:
    with closing(Docker()) as docker:
        guest = docker.start("runner", Limits())
        with pytest.raises(TimeoutError):
            guest.receive(0)
        outage.signal(signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(SandboxOutage):
            guest.receive(60)
        assert time.monotonic() - started < DEADLINE_S
        outage.signal(signal.SIGCONT)
        guest.close()


def test_a_probe_does_not_wait_for_a_frozen_daemon(outage: OwnDaemon) -> None:
    outage.signal(signal.SIGSTOP)
    started = time.monotonic()
    probe = Docker().probe()
    assert time.monotonic() - started < LOOK_S + 0.7
    assert not probe.usable
    assert "within" in probe.facts[0]


def test_a_request_that_is_never_answered_is_given_up() -> None:
    with pytest.raises(SandboxOutage, match=r"did not answer within 0\.1 s"):
        within(0.1, "answer", threading.Event().wait)


def test_an_image_that_does_not_work_is_an_outage(image: str, daemon: Daemon, nothing_left: Callable[[], None]) -> None:
    broken = io.BytesIO()
    with tarfile.open(fileobj=broken, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    daemon.ask("import", lambda client: client.import_image_from_data(broken.getvalue(), repository="ttsd-broken"))
    started = time.monotonic()
    with closing(Docker("ttsd-broken")) as docker:
        verdict = verify(docker, "print('awake')")
        assert containers(docker) == []
    assert verdict.status is Status.UNAVAILABLE
    assert "start a container" in verdict.detail
    assert time.monotonic() - started < DEADLINE_S
    nothing_left()
    daemon.ask("remove an image", lambda client: client.remove_image("ttsd-broken"))


def test_an_image_that_is_missing_is_told_with_the_command_that_makes_it(image: str) -> None:
    docker = Docker("ttsd-no-such-image")
    probe = docker.probe()
    assert (probe.usable, probe.remedy) == (
        False,
        "build the image: python -m sandboxes.images.build --image ttsd-no-such-image",
    )
    with pytest.raises(SandboxUnavailable):
        verify(docker, "print('awake')")
    docker.close()


def test_a_runtime_that_is_missing_is_told(image: str) -> None:
    probe = Docker(image, runtime="nonesuch").probe()
    assert not probe.usable
    assert "'nonesuch'" in probe.facts[0]


@pytest.mark.skipif(RUNSC is None, reason="no program runsc")
def test_a_gvisor_that_does_not_apply_our_filter_is_told(image: str, outage: OwnDaemon) -> None:
    with closing(Docker(image, runtime="runsc")) as docker:
        before = docker.probe().facts
        with outage.with_runsc():
            now = docker.probe().facts
    assert (before[-1], now[:-1]) == ("runtime runsc", before[:-1])
    assert now[-1].startswith("runtime runsc without --oci-seccomp among its runtimeArgs")


def test_no_daemon_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    started = time.monotonic()
    probe = Docker().probe()
    assert time.monotonic() - started < 1
    assert not probe.usable
    assert "DOCKER_HOST" in probe.remedy


VERIFIER = f"""
from sandboxes.docker import Docker
from sandboxes.types import Case, Checks, Limits, Program, Tier
from sandboxes.verifiers.stdio import StdioVerifier
cases = (Case("only", Tier.FEEDBACK, "", ""),)
StdioVerifier(Checks("stdio", cases, Limits(wall_s=40)), Docker()).verify(Program({SLEEPS.format(seconds=30)!r}))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_verifier_that_is_killed_leaves_nothing(
    outage: OwnDaemon, nothing_left: Callable[[], None], number: int
) -> None:
    verifier = subprocess.Popen([sys.executable, "-c", VERIFIER], stderr=subprocess.DEVNULL)
    await_program(outage)
    verifier.send_signal(number)
    verifier.wait()
    nothing_left()


def test_what_a_dead_verifier_has_left_is_removed_by_the_next(warm: Docker, daemon: Daemon, image: str) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    labels = {HOST: os.uname().nodename, PID: str(dead.pid)}
    daemon.ask("create", lambda client: client.create_container(image, ["true"], labels=labels))
    assert daemon.labelled(**labels)
    assert fine(warm)
    assert not daemon.labelled(**labels)
