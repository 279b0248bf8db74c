"""Make the image that Docker guests run in, without a registry: debootstrap, then an import into the daemon.

python -m sandboxes.images.build [--toolchains]

Needs root, debootstrap and a Debian or Ubuntu machine, whose own package source is used. Elsewhere, and where a
registry can be reached, the Dockerfile beside this file makes the same image.
Not promised: the same bytes on another day; the packages are what the source has.
"""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sandboxes.docker_daemon import Daemon
from sandboxes.errors import SandboxError

IMAGE = "ttsd-guest"
PYTHON = ("python3-minimal", "libpython3-stdlib", "python3-numpy", "python3-sortedcontainers")
TOOLCHAINS = ("gcc", "g++", "libc6-dev", "default-jdk-headless", "nodejs", "rustc")
LEFT_OUT = ("var/cache/apt", "var/lib/apt", "usr/share/doc", "usr/share/locale", "usr/share/man", "var/log")
OF_THE_HOST = ("etc/resolv.conf", "etc/hostname")  # debootstrap copies them
IMPORT_S = 600.0


class BuildError(Exception):
    """One sentence for the user."""


class Source(NamedTuple):
    """Where packages come from."""

    mirror: str
    suite: str


def build(image: str, toolchains: bool, rootfs: Path | None = None, source: Source | None = None) -> str:
    """Make the image and return its id. The root file system is kept in `rootfs`, and taken from there when it exists.

    BuildError, SandboxError: what is missing, in one sentence.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = rootfs or Path(folder, "rootfs.tar")
        if not archive.exists():
            make_root(archive, (*PYTHON, *(TOOLCHAINS if toolchains else ())), source or own_source())
        return import_root(archive, image)


def own_source() -> Source:
    """The first main source of this machine's apt."""
    listed = _output(["apt-get", "indextargets", "--format", "$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)"])
    for line in listed.splitlines():
        origin, component, *rest = line.split()
        if origin in ("Debian", "Ubuntu") and component == "main" and len(rest) == 2:
            return Source(*rest)
    raise BuildError("apt knows no main source of Debian or Ubuntu; give --mirror and --suite")


def make_root(archive: Path, packages: Sequence[str], source: Source) -> None:
    """A root file system with these packages, as a tar file. It appears when it is whole."""
    if os.geteuid() != 0:
        raise BuildError("debootstrap must be run by root; use sudo, or the Dockerfile")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        root, unfinished = Path(folder, "root"), Path(folder, "rootfs.tar")
        include = f"--include={','.join(packages)}"
        _output(["debootstrap", "--variant=minbase", include, source.suite, str(root), source.mirror])
        for path in (root / name for name in (*LEFT_OUT, *OF_THE_HOST)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for path in set_id_files(root):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~(stat.S_ISUID | stat.S_ISGID))
        _output(["tar", "-C", str(root), "-cf", str(unfinished), "."])
        unfinished.rename(archive)


def set_id_files(root: Path) -> Iterator[Path]:
    """Programs that would run with the rights of their owner."""
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                yield path


def import_root(archive: Path, image: str) -> str:
    """Make an image of the tar file; returns the image's id."""
    repository, _, tag = image.partition(":")
    daemon = Daemon()
    try:
        daemon.ask(
            "import the image",
            lambda client: client.import_image(str(archive), repository=repository, tag=tag or "latest"),
            IMPORT_S,
        )
        return str(daemon.ask("find the image", lambda client: client.inspect_image(image)["Id"]))
    finally:
        daemon.close()


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise BuildError(
            f"no program {command[0]} here; apt-get install {command[0]}, or use the Dockerfile"
        ) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or error.stdout.strip()).splitlines()[-1:]
        raise BuildError(f"{command[0]} failed: {' '.join(last)}") from error
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandboxes.images.build", description=str(__doc__).splitlines()[0])
    parser.add_argument("--image", default=IMAGE, help="name of the image (%(default)s)")
    parser.add_argument("--toolchains", action="store_true", help="with compilers: C, C++, Java, JavaScript, Rust")
    parser.add_argument("--rootfs", type=Path, help="keep the root file system in this tar file, or use it from there")
    parser.add_argument("--mirror", help="package source; this machine's own when not given")
    parser.add_argument("--suite", help="release of that source, such as bookworm")
    options = parser.parse_args()
    if bool(options.mirror) != bool(options.suite):
        parser.error("--mirror and --suite go together")
    source = Source(options.mirror, options.suite) if options.mirror else None
    try:
        print(build(options.image, options.toolchains, options.rootfs, source))
    except (BuildError, SandboxError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
