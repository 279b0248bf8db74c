"""The composition root: turns a problem and a configuration into objects and runs the loop."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from sandboxes.sandbox import open_sandbox
from sandboxes.verifiers.base import make_verifier
from ttsd.cli.progress import Watch
from ttsd.config import Config, configure
from ttsd.errors import UserError
from ttsd.methods import Method, method_spec
from ttsd.models import ModelSource
from ttsd.problems import load_problem
from ttsd.record import Record, read_run
from ttsd.solver import Budget, solve
from ttsd.types import Outcome, Problem

if TYPE_CHECKING:
    from ttsd.policy import Policy

VERSIONS_OF = ("ttsd", "torch", "transformers", "peft", "numpy")


def begin(problem: Problem, config: Config, source: ModelSource, folder: Path | None) -> Record:
    """Create the run folder."""
    folder = (
        folder
        or Path("runs") / f"{_slug(problem.name)}-{config.method}-seed{config.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    )
    run = {
        "problem": {
            "source": problem.source,
            "name": problem.name,
            "sha256": fingerprint(problem),
            "notes": problem.notes,
        },
        "config": asdict(config),
        "model": asdict(source),
        "versions": {name: _version(name) for name in VERSIONS_OF} | {"python": platform.python_version()},
        "machine": {"platform": platform.platform(), "processor": _processor(), "cores": os.cpu_count()},
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": sys.argv,
    }
    return Record.create(folder, run)


def reopen(folder: Path) -> tuple[Problem, Config, ModelSource, Record]:
    """All that `execute` needs to go on with a run; refused when the problem has changed since."""
    run = read_run(folder)
    problem = load_problem(run["problem"]["source"])
    if fingerprint(problem) != run["problem"]["sha256"]:
        raise UserError(
            f"{run['problem']['source']} has changed since {folder} began; "
            "restore it, or start a new run with ttsd solve."
        )
    return problem, configure(**run["config"]), ModelSource(**run["model"]), Record.open(folder)


def execute(problem: Problem, config: Config, source: ModelSource, record: Record, watch: Watch) -> Outcome:
    """Load the model, run the loop, write the result."""
    verifier = make_verifier(problem.checks, open_sandbox(config.sandbox))
    policy = _load_policy(source, config, record)
    prompts = method_spec(config.method).prompts(config, policy.fits)
    if not policy.fits(prompts(problem, [], 1)[0]):
        raise UserError(
            f"the prompt and {config.max_completion_length} new tokens do not fit into this model's "
            f"{policy.context_length} tokens; lower --max-completion-length or name another model."
        )
    watch.note(f"Run folder: {record.folder}")
    outcome = solve(
        problem,
        Method(config.method, prompts, policy.learner),
        policy.sampler,
        verifier,
        record,
        Budget(config.budget, config.attempts_per_group, config.max_tokens_total, config.max_time),
        watch,
    )
    record.result(outcome)
    return outcome


def _load_policy(source: ModelSource, config: Config, record: Record) -> Policy:
    try:
        from ttsd.policy import load_policy  # torch, transformers and peft: only now
    except ModuleNotFoundError as error:
        raise UserError(f"running a model needs the package {error.name}: pip install 'ttsd[local]'") from error
    return load_policy(source, config, record)


def fingerprint(problem: Problem) -> str:
    """SHA-256 of everything a problem says, tests included."""
    return hashlib.sha256(json.dumps(asdict(problem), sort_keys=True).encode()).hexdigest()


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


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
