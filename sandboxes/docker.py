"""Programs in Docker containers, with runc or with gVisor's runsc.

A container is warm: process 1 in it is ours and forks a guest for each attempt, in a fraction of the time that a
container takes to start. One attempt at a time is in a container, nothing of it is left there, and a container in which
anything odd happened is removed. With `fresh` each guest has a container of its own; always with runsc, where a program
can open the way to the host that process 1 holds, and could wait there for the attempt after it.

Promises: no network, no file of the host, a read-only system, sized /tmp and /dev/shm, no capability and none to be
had, a user of its own, a cap by the kernel on memory (without swap) and on processes, our system call filter. Every
request to the daemon has a deadline. Containers end with this process, however that ends, and then remove themselves.
Not promised: protection from bugs of the kernel or, with runsc, of gVisor.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandboxes.docker_container import Container, FirstProcess, GuestChannel, Shape
from sandboxes.docker_daemon import START_DAEMON, Daemon, Facts
from sandboxes.docker_hardening import GROUP, GVISOR, MASKED, hardening
from sandboxes.docker_stream import Stream
from sandboxes.errors import SandboxError, SandboxOutage
from sandboxes.process import ProcessGuest
from sandboxes.sandbox import (
    ENVIRONMENT,
    Guest,
    Probe,
    Strength,
    failure_to_start,
    guest_files,
    guest_sources,
    scratch_bytes,
)
from sandboxes.types import Limits

LOOK_S = 0.8  # for the first request, when nobody knows yet whether a daemon is there
CLOSE_S = 10.0
MOST_IDLE = 2 * (os.cpu_count() or 1)  # a verification may need two at a time
BUILD = "python -m sandboxes.images.build"
FILTERED = "--oci-seccomp"  # without it gVisor applies our filter to the guest alone, and delivers signals to process 1
UNFILTERED = f" without {FILTERED} among its runtimeArgs, so that a program can end its container (docs/docker.md)"
# The kernel counts processes, pipes and watches by user, over all containers: each has a user of its own.
FIRST_USER, USERS = 2_000_000_000, 100_000_000
_ALONE = ("env", "-i", *(f"{name}={value}" for name, value in ENVIRONMENT.items()))  # without Docker's variables
HOST, PID, OWNER = "ttsd.host", "ttsd.pid", "ttsd.owner"  # labels of every container


def _setting(name: str, default: str) -> Any:
    """A field that the environment may set, for a sandbox that is chosen by its name alone."""
    return field(default_factory=lambda: os.environ.get(name, default))


@dataclass(frozen=True, eq=False)
class Docker:
    """See `sandboxes.sandbox.Sandbox`. DOCKER_HOST names the daemon."""

    image: str = _setting("TTSD_DOCKER_IMAGE", "ttsd-guest")
    runtime: str = _setting("TTSD_DOCKER_RUNTIME", "")  # the daemon's default when empty; runsc is gVisor
    fresh: bool = False
    _daemon: Daemon = field(default_factory=Daemon, init=False, repr=False)
    _owner: str = field(default_factory=lambda: secrets.token_hex(8), init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _idle: list[Container] = field(default_factory=list, init=False, repr=False)
    _begun: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @property
    def name(self) -> str:
        return f"docker+{self.runtime}" if self.runtime else "docker"

    @property
    def strength(self) -> Strength:
        return Strength.OWN_KERNEL if self.runtime == GVISOR else Strength.CONTAINER

    @property
    def labels(self) -> Mapping[str, str]:
        """By which the containers of this sandbox can be found."""
        return {OWNER: self._owner}

    def probe(self) -> Probe:
        """Look for what is needed, then start a guest for real."""
        try:
            found = self._daemon.facts(LOOK_S)
        except SandboxError as error:
            return Probe(False, (str(error),), START_DAEMON)
        if self.runtime and self.runtime not in found.runtimes:
            known = ", ".join(sorted(found.runtimes))
            remedy = "name one of those, or add it to the daemon.json as docs/docker.md does with runsc"
            return Probe(False, (f"the daemon has no runtime {self.runtime!r}, only {known}",), remedy)
        return self._tried(found)

    def _tried(self, found: Facts) -> Probe:
        try:
            image = self._daemon.ask("find the image", lambda client: client.inspect_image(self.image)["Id"])
            failure = failure_to_start(self)
        except SandboxError as error:
            failure = str(error)
        if failure:
            return Probe(False, (*found.versions, failure), f"build the image: {BUILD} --image {self.image}")
        return Probe(True, (*found.versions, f"image {self.image} {image}", self._runtime_as(found)))

    def _runtime_as(self, found: Facts) -> str:
        unfiltered = self.runtime == GVISOR and FILTERED not in found.runtimes[GVISOR]
        return f"runtime {self.runtime or 'default'}{UNFILTERED if unfiltered else ''}"

    def start(self, module: str, limits: Limits) -> Guest:
        shape = Shape(limits.memory_bytes, scratch_bytes(limits), limits.processes)
        container = self._take(shape) or self._create(shape)
        try:
            channel = GuestChannel(container.stream, module)
        except SandboxOutage:
            self._remove(container)
            raise
        return ProcessGuest(channel, lambda: self._give_back(container, channel))

    def _take(self, shape: Shape) -> Container | None:
        """An idle container that still lives."""
        while True:
            with self._lock:
                fitting = [container for container in self._idle if container.shape == shape]
                if not fitting:
                    return None
                self._idle.remove(fitting[-1])
            if fitting[-1].stream.silent:
                return fitting[-1]
            self._remove(fitting[-1])

    def _give_back(self, container: Container, channel: GuestChannel) -> str:
        """After the end of its guest: keep the container, or remove it and return what it complained about."""
        if not (self.fresh or self.runtime == GVISOR) and channel.end():
            with self._lock:
                self._idle.append(container)
                too_many = self._idle[:-MOST_IDLE]
                del self._idle[:-MOST_IDLE]
        else:
            too_many = [container]
        for each in too_many:
            self._remove(each)
        return container.stream.words

    def _create(self, shape: Shape) -> Container:
        self._begin()
        name = f"ttsd-{self._owner}-{secrets.token_hex(4)}"
        with contextlib.ExitStack() as undo:
            undo.callback(self._remove_unfinished, name)
            container_id = self._daemon.ask("create a container", lambda client: self._created(client, name, shape))
            channel = undo.enter_context(self._daemon.attach(name))
            self._daemon.ask("start a container", lambda client: client.start(name))
            first = FirstProcess(self._daemon.first_process(name), container_id)
            undo.callback(first.end, 0)
            container = Container(name, shape, Stream(channel), first)
            container.load(guest_sources())
            undo.pop_all()
        return container

    def _begin(self) -> None:
        """Before the first container: remove what processes on this machine have left that could not do so."""
        if self._begun.is_set():
            return
        for container, labels in self._daemon.labelled(**{HOST: socket.gethostname()}).items():
            if not _lives(int(labels[PID])):
                self._daemon.remove(container)
        self._begun.set()

    def _created(self, client: Any, name: str, shape: Shape) -> str:
        user = random.SystemRandom().randrange(FIRST_USER, FIRST_USER + USERS)
        created = client.create_container(
            self.image,
            name=name,
            entrypoint=[*_ALONE, "python3", "-I", "-B", "-c", guest_files()["sandboxes/guest/loader.py"].decode()],
            user=f"{user}:{GROUP}",
            hostname="box",
            working_dir="/tmp",
            stdin_open=True,
            network_disabled=True,
            labels={HOST: socket.gethostname(), PID: str(os.getpid()), **self.labels},
            host_config={**client.create_host_config(**hardening(shape, user, self.runtime)), "MaskedPaths": MASKED},
        )
        return str(created["Id"])

    def _remove(self, container: Container) -> None:
        if not container.end():
            self._remove_unfinished(container.name)

    def _remove_unfinished(self, name: str) -> None:
        """A daemon that cannot do so removes it when it starts again."""
        with contextlib.suppress(SandboxError):
            self._daemon.remove(name)

    def close(self) -> None:
        with self._lock:
            idle = self._idle[:]
            self._idle.clear()
        for container in idle:
            container.end()
        if self._begun.is_set():
            with contextlib.suppress(SandboxError):
                self._remove_all()
        self._begun.clear()
        self._daemon.close()

    def _remove_all(self) -> None:
        deadline = time.monotonic() + CLOSE_S
        while (left := self._daemon.labelled(**self.labels)) and time.monotonic() < deadline:
            for container in left:
                self._daemon.remove(container)
            time.sleep(0.02)  # one that removes itself is listed until it is gone


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
