"""What `run.json` says: all that is needed to judge a run and to go on with it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ttsd.config import Config
from ttsd.models import ModelSource
from ttsd.types import Problem

VERSIONS_OF = ("ttsd", "torch", "transformers", "peft", "numpy")


@dataclass(frozen=True, slots=True)
class ProblemFacts:
    """Where the problem came from, how attempts are judged, and whether it is still the same."""

    source: str
    name: str
    kind: str  # `Checks.kind`; lcb-official is a profile of its own
    sha256: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was asked for, and on what machine."""

    problem: ProblemFacts
    config: Config
    model: ModelSource
    versions: dict[str, str]
    machine: dict[str, Any]
    started: str
    command: tuple[str, ...]


def collect(problem: Problem, config: Config, source: ModelSource, device: dict[str, Any]) -> Facts:
    """The facts of a run that begins now, on a device as `ttsd.policy` describes it."""
    return Facts(
        ProblemFacts(problem.source, problem.name, problem.checks.kind, fingerprint(problem), problem.notes),
        config,
        source,
        {name: _version(name) for name in VERSIONS_OF} | {"python": platform.python_version()},
        machine(device),
        time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        tuple(sys.argv),
    )


def machine(device: dict[str, Any]) -> dict[str, Any]:
    """The hardware that a figure was measured on."""
    return {"platform": platform.platform(), "processor": _processor(), "cores": os.cpu_count()} | device


def fingerprint(problem: Problem) -> str:
    """SHA-256 of everything a problem says, tests included."""
    return hashlib.sha256(json.dumps(asdict(problem), sort_keys=True).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """The processor's name as Linux tells it; `platform` often has none."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
