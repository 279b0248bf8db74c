"""A Docker daemon of our own, all of it in one folder, which touches neither the firewall nor another daemon."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sandboxes.docker_daemon import Daemon
from sandboxes.errors import SandboxError

DOCKERD, RUNSC = shutil.which("dockerd"), shutil.which("runsc")
PATIENCE_S = 60.0
FLAGS = ("--iptables=false", "--ip-forward=false", "--bridge=none")


class OwnDaemon:
    """Started by `start`, which needs DOCKER_HOST to be `url`; `kill` is what an outage does, `stop` the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder}/sock"
        runtimes = {"runsc": {"path": RUNSC, "runtimeArgs": ["--platform=ptrace", "--network=none", "--oci-seccomp"]}}
        (folder / "daemon.json").write_text(json.dumps({"runtimes": runtimes if RUNSC else {}}))

    def start(self) -> None:
        places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid", "config-file": "daemon.json"}
        options = [f"--{name}={self._folder / place}" for name, place in places.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(DOCKERD), *FLAGS, *options, "-H", self.url], stdout=log, stderr=log, start_new_session=True
            )
        self._await()

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        daemon = Daemon()
        while True:
            try:
                daemon.facts(PATIENCE_S)
                daemon.close()
                return
            except SandboxError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop_if_running(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """Leave no process and no mount."""
        self.stop_if_running()
        for mount in reversed(mounts(self._folder)):
            subprocess.run(["umount", "--lazy", mount], check=True)
        shutil.rmtree(self._folder)


def mounts(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [place for place in (line.split()[1] for line in lines) if place.startswith(f"{folder}/")]


def can_start() -> bool:
    return DOCKERD is not None and os.geteuid() == 0
