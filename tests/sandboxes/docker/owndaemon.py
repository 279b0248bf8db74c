"""A Docker daemon of our own, all of it in one folder, which touches neither the firewall nor another daemon."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from sandboxes.docker import FILTERED
from sandboxes.docker_daemon import Daemon
from sandboxes.errors import SandboxError

DOCKERD, RUNSC = shutil.which("dockerd"), shutil.which("runsc")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "ttsd", "images")  # kept for the next run
PATIENCE_S = 60.0
FLAGS = ("--iptables=false", "--ip-forward=false", "--bridge=none", "--exec-opt=native.cgroupdriver=cgroupfs")


class OwnDaemon:
    """Started by `start`, which needs DOCKER_HOST to be `url`; `kill` is what an outage does, `stop` the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._group = f"ttsd-tests-{os.getpid()}"  # of the cgroups of all containers
        self.url = f"unix://{folder}/sock"
        self._configure(FILTERED)

    def _configure(self, *flags: str) -> None:
        runtimes = {"runsc": {"path": RUNSC, "runtimeArgs": ["--platform=ptrace", "--network=none", *flags]}}
        (self._folder / "daemon.json").write_text(json.dumps({"runtimes": runtimes if RUNSC else {}}))

    @contextlib.contextmanager
    def with_runsc(self, *flags: str) -> Iterator[None]:
        """While gVisor has these flags and not our filter of system calls."""
        try:
            self._reload(*flags)
            yield
        finally:
            self._reload(FILTERED)

    def _reload(self, *flags: str) -> None:
        self._configure(*flags)
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE_S
        with contextlib.closing(Daemon()) as daemon:
            while daemon.facts(PATIENCE_S).runtimes["runsc"][2:] != flags:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def start(self) -> None:
        self._launch()
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.05)
            if self._process is not None and self._process.poll() is not None:  # its containerd was too slow for it
                self._launch()

    def _launch(self) -> None:
        places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid", "config-file": "daemon.json"}
        options = [f"--{name}={self._folder / place}" for name, place in places.items()]
        options += ["-H", self.url, f"--cgroup-parent=/{self._group}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(DOCKERD), *FLAGS, *options], stdout=log, stderr=log, start_new_session=True
            )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:  # the SDK leaves sockets to the garbage collector
            if probe.connect_ex(self.url.removeprefix("unix://")) != 0:
                return False
        with contextlib.closing(Daemon()) as daemon, contextlib.suppress(SandboxError):
            daemon.facts(PATIENCE_S)
            return True
        return False  # what answers is still the daemon that was killed

    def processes(self) -> list[int]:
        """What runs in any container."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                if f"/{self._group}/" in (folder / "cgroup").read_text():
                    found.append(int(folder.name))
        return found

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def revive(self) -> None:
        """Let it run again, whatever was done to it."""
        assert self._process is not None
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
        else:
            self.start()

    def stop(self) -> None:
        """Leave no process, no mount and no cgroup."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        for mount in reversed(mounts(self._folder)):
            subprocess.run(["umount", "--lazy", mount], check=True)
        shutil.rmtree(self._folder)
        for group in sorted(Path("/sys/fs/cgroup").glob(f"**/{self._group}"), reverse=True):
            group.rmdir()


def mounts(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [place for place in (line.split()[1] for line in lines) if place.startswith(f"{folder}/")]


def can_start() -> bool:
    return DOCKERD is not None and os.geteuid() == 0
