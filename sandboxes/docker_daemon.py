"""Requests to the Docker daemon: the only file that knows its SDK.

Each has a deadline here, for the SDK's own do not cover streamed responses, and fails as one of our errors:
SandboxUnavailable when something must be installed or started first, SandboxOutage when it may work the next time.
Not promised: a daemon that is reached by TLS or SSH.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sandboxes.errors import SandboxOutage, SandboxUnavailable

ANSWER_S = 30.0  # a start takes 0.2 s, on a machine under load seconds
INSTALL = "pip install 'ttsd[docker]'"
START_DAEMON = "start it (systemctl start docker, or by hand as docs/docker.md says) or set DOCKER_HOST"
DEFAULT_HOST = "unix:///var/run/docker.sock"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a daemon is. The versions are texts for people."""

    versions: tuple[str, ...]  # "Docker 20.10.24", "runc 1.1.5"
    runtimes: Mapping[str, tuple[str, ...]]  # with the arguments that it is always given


class Daemon:
    """The daemon that DOCKER_HOST names. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Any = None

    def ask(self, what: str, call: Callable[[Any], T], seconds: float = ANSWER_S) -> T:
        """`call(client)`, where the client is the SDK's low-level one. `what` completes "the daemon did not ..."."""
        sdk = _sdk()
        with _our_errors(sdk, what):
            return within(seconds, what, lambda: call(self._connected(sdk)))

    def _connected(self, sdk: Any) -> Any:
        if self._client is None:
            _knock()
            made = sdk.APIClient(**sdk.utils.kwargs_from_env(), version="auto", timeout=ANSWER_S)
            with self._lock:  # not around the line above, which asks the daemon for its version and may never return
                self._client = self._client or made
        return self._client

    def facts(self, seconds: float) -> Facts:
        versions = self.ask("tell its version", lambda client: client.version(), seconds)
        runtimes = self.ask("tell its runtimes", lambda client: client.info()["Runtimes"])
        parts = [("Docker", versions["Version"]), ("API", versions["ApiVersion"])]
        parts += [(part["Name"], part["Version"]) for part in versions.get("Components", []) if part["Name"] == "runc"]
        arguments = {name: tuple(known.get("runtimeArgs") or ()) for name, known in runtimes.items()}
        return Facts(tuple(f"{name} {version}" for name, version in parts), arguments)

    def first_process(self, container: str) -> int:
        """The number of its process 1 on the daemon's machine."""
        return int(self.ask("look at a container", lambda client: client.inspect_container(container)["State"]["Pid"]))

    def attach(self, container: str) -> socket.socket:
        """Its standard streams, as Docker frames them. To be called before it is started, or something is missed."""
        streams = dict.fromkeys(("stdin", "stdout", "stderr", "stream"), 1)

        def attach(client: Any) -> socket.socket:
            file = client.attach_socket(container, streams)
            with contextlib.closing(file._response):  # and with it the connection, of which a copy is kept
                return socket.socket(fileno=os.dup(file.fileno()))

        return self.ask("attach to a container", attach)

    def remove(self, container: str) -> None:
        """Kill it and all that is in it. One that is gone, or just going, is no error."""
        sdk = _sdk()

        def remove(client: Any) -> None:
            try:
                client.remove_container(container, force=True)
            except sdk.errors.APIError as error:
                if error.status_code not in (404, 409):
                    raise

        self.ask("remove a container", remove)

    def labelled(self, **labels: str) -> dict[str, Mapping[str, str]]:
        """The labels of all containers that have these among theirs, by id."""
        wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
        found = self.ask("list containers", lambda client: client.containers(all=True, filters=wanted))
        return {container["Id"]: container["Labels"] for container in found}

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None


def within(seconds: float, what: str, call: Callable[[], T]) -> T:
    """`call()`, in a thread that is abandoned when it takes longer."""
    outcome: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((True, call()))
        except BaseException as error:
            outcome.put((False, error))

    threading.Thread(target=run, name=f"docker: {what}", daemon=True).start()
    try:
        worked, result = outcome.get(timeout=seconds)
    except Empty:
        raise SandboxOutage(f"the Docker daemon did not {what} within {seconds:g} s") from None
    if not worked:
        raise result
    return result  # type: ignore[no-any-return]


def _knock() -> None:
    """Is anybody there? The SDK would ask the same, and leave its socket open when nobody is."""
    scheme, _, place = (os.environ.get("DOCKER_HOST") or DEFAULT_HOST).partition("://")
    if scheme != "unix":
        return
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(place)
        except OSError as error:
            raise SandboxUnavailable(f"no Docker daemon listens at {place} ({error.strerror})") from error


def _sdk() -> Any:
    try:
        import docker
    except ImportError as error:
        raise SandboxUnavailable(f"the Docker SDK for Python is not installed; {INSTALL}") from error
    return docker


@contextlib.contextmanager
def _our_errors(sdk: Any, what: str) -> Iterator[None]:
    try:
        yield
    except sdk.errors.ImageNotFound as error:
        raise SandboxUnavailable(f"the Docker daemon has no such image: {error.explanation}") from error
    except sdk.errors.APIError as error:
        raise SandboxOutage(f"the Docker daemon did not {what}: {error.explanation}") from error
    except (sdk.errors.DockerException, OSError) as error:  # what `requests` raises is an OSError
        raise SandboxOutage(f"the Docker daemon did not {what}: {error}") from error
