"""What this machine has that sandboxes are made of: facts for `ttsd sandbox doctor`, each looked up or tried.

Never raises and never takes long: a program that does not answer within PATIENCE_S is reported so.
Not promised: that a sandbox works because its facts look well. Only starting it shows that.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from sandboxes.guest.landlock import version

PATIENCE_S = 5.0
_NEW_USER_NAMESPACE = 0x10000000
_SWITCHES = ("kernel/unprivileged_userns_clone", "kernel/apparmor_restrict_unprivileged_userns")


class Fact(NamedTuple):
    """One thing that was looked at."""

    subject: str
    value: str


def machine_facts() -> Iterator[Fact]:
    """In the order in which a person would look."""
    looks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("kernel", lambda: f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("user", lambda: f"uid {os.geteuid()}"),
        ("user namespaces", _user_namespaces),
        ("cgroups", _cgroups),
        ("landlock", _landlock),
        ("seccomp", _seccomp),
        ("bwrap", lambda: _answer("bwrap", "--version")),
        (
            "docker",
            lambda: _answer("docker", "version", "--format", "client {{.Client.Version}}, server {{.Server.Version}}"),
        ),
        ("runc", lambda: _answer("runc", "--version")),
        ("runsc", lambda: _answer("runsc", "--version")),
        (
            "python",
            lambda: f"{platform.python_version()} here, {_answer('/usr/bin/python3', '--version')} for programs",
        ),
    )
    for subject, look in looks:
        try:
            yield Fact(subject, look())
        except OSError as error:
            yield Fact(subject, f"cannot be found out ({error.strerror or error})")


def _answer(*command: str) -> str:
    """The first line that a program prints, or its complaint."""
    if shutil.which(command[0]) is None:
        return "not installed"
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"does not answer within {PATIENCE_S:g} s"
    lines = (run.stdout if run.returncode == 0 else run.stderr or run.stdout).strip().splitlines() or [""]
    return lines[0].strip() or f"exit code {run.returncode}"


def _user_namespaces() -> str:
    """Make one, in a process of its own."""
    if sys.platform != "linux":
        return "none: this is no Linux"
    code = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({_NEW_USER_NAMESPACE}) and 1)"
    if subprocess.run([sys.executable, "-I", "-S", "-c", code]).returncode == 0:
        return "can be made"
    settings = [f"{name.rpartition('/')[2]} is {value}" for name in _SWITCHES if (value := _setting(name))]
    return "; ".join(["cannot be made", *settings])


def _setting(name: str) -> str:
    path = Path("/proc/sys") / name
    return path.read_text().strip() if path.exists() else ""


def _cgroups() -> str:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip()
        return f"version 2, {_writable([root / own.lstrip('/')])}"
    found = [path for name in ("memory", "pids") if (path := root / name).is_dir()]
    return f"version 1, {_writable(found)}" if found else "none mounted"


def _writable(folders: list[Path]) -> str:
    return "can be written" if all(os.access(folder, os.W_OK) for folder in folders) else "cannot be written"


def _landlock() -> str:
    if sys.platform != "linux":
        return "none: this is no Linux"
    return f"version {found}" if (found := version()) else "not in this kernel, or switched off"


def _seccomp() -> str:
    path = Path("/proc/sys/kernel/seccomp/actions_avail")
    return "filters can be set" if path.exists() else "not in this kernel"
