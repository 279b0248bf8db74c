"""The composition root: turns a problem and a configuration into objects and runs the loop."""

from __future__ import annotations

import re
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sandboxes.verifiers.base import Verifier
from sandboxes.verifiers.opening import open_verifier
from ttsd.cli.progress import Watch
from ttsd.config import Config
from ttsd.errors import UserError
from ttsd.facts import Facts, collect, fingerprint
from ttsd.methods.base import make_method, method_spec
from ttsd.models import ModelSource
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import example
from ttsd.solver import budget_of, solve
from ttsd.templates import Templates
from ttsd.types import Outcome, Problem

if TYPE_CHECKING:
    from ttsd.policy import Policy


def begin(problem: Problem, config: Config, source: ModelSource, folder: Path | None) -> Record:
    """Create the run folder."""
    facts = collect(problem, config, source, _policy().describe_device(config))
    return Record.create(folder or _new_folder(problem, config), asdict(facts))


def _new_folder(problem: Problem, config: Config) -> Path:
    """A name that says what is run, and that is not taken by a run of the same second."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", problem.name).strip("-").lower()[:60] or "problem"
    first = Path("runs") / f"{slug}-{config.method}-seed{config.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = first, 1
    while folder.exists():
        number += 1
        folder = first.with_name(f"{first.name}-{number}")
    return folder


def reopen(folder: Path, facts: Facts) -> tuple[Problem, Config, ModelSource, Record]:
    """All that `execute` needs to go on with a run; refused when the problem has changed since."""
    problem = load_problem(facts.problem.source)
    if fingerprint(problem) != facts.problem.sha256:
        raise UserError(
            f"{facts.problem.source} has changed since {folder} began; restore it, or start a new run with ttsd solve."
        )
    return problem, facts.config, facts.model, Record.open(folder)


def execute(problem: Problem, config: Config, source: ModelSource, record: Record, watch: Watch) -> Outcome:
    """Load the model, run the loop, write the result."""
    with open_verifier(problem.checks, problem.language, config.sandbox, config.docker_runtime) as verifier:
        return _run(problem, config, source, record, watch, verifier)


def _run(
    problem: Problem, config: Config, source: ModelSource, record: Record, watch: Watch, verifier: Verifier
) -> Outcome:
    templates = Templates(config.template_dir)  # refused before the model is loaded: a resumed run may have lost them
    policy: Policy = _policy().load_policy(source, config, record)
    if method_spec(config.method).reads_contexts:
        policy.refuse_other_tail(ask(problem), example(problem, templates))
    method = make_method(config, policy.learner, templates, policy.fits)
    if not policy.fits(method.prompts(problem, [], 1)[0]):
        raise UserError(
            f"the prompt and {config.max_completion_length} new tokens do not fit into this model's "
            f"{policy.context_length} tokens; lower --max-completion-length or name another model."
        )
    watch.note(f"Run folder: {record.folder}")
    record.start()
    outcome = solve(problem, method, policy.sampler, verifier, record, budget_of(config), watch)
    record.result(outcome)
    return outcome


def _policy() -> ModuleType:
    try:
        return import_module("ttsd.policy")  # torch, transformers and peft: only now
    except ModuleNotFoundError as error:
        raise UserError(f"running a model needs the package {error.name}: pip install 'ttsd[local]'") from error
