"""A method is a prompt policy (what the next group is asked) and, for some, an objective (what is learned from it).

Every method runs through the loop of `ttsd/solver.py`, so a comparison is fair by construction. A method of your own is
a `MethodSpec` in a file of your package and one line in its pyproject.toml:

    [project.entry-points."ttsd.methods"]
    mymethod = "mypackage.mymethod:SPEC"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from sandboxes.types import Verdict
from ttsd.config import Config, overlay
from ttsd.errors import UserError, did_you_mean, one_of, seen
from ttsd.feedback import make_feedback, no_feedback
from ttsd.learning.objectives import Objective
from ttsd.reprompt import Fits, Reprompter, refuse_empty
from ttsd.templates import Templates
from ttsd.types import Chat, Feedback, Problem, Rollout, Step, TeacherContext

GROUP = "ttsd.methods"


class PromptPolicy(Protocol):
    """`n` prompts for the next group, from the problem and the rollouts of all earlier groups."""

    def __call__(self, problem: Problem, history: Sequence[Rollout], n: int) -> list[Chat]: ...


class Learner(Protocol):
    """Turns the rollouts of a group into a new policy."""

    def learn(self, problem: Problem, group: int, rollouts: Sequence[Rollout]) -> Step:
        """One step on the rollouts of this group. The adapter has been saved when this returns."""
        ...


class NoLearner:
    """For the methods that only sample: the policy stays as it is."""

    def learn(self, problem: Problem, group: int, rollouts: Sequence[Rollout]) -> Step:
        return Step(group, policy_version=0, action="skip", reason="this method does not learn")


def no_contexts(problem: Problem, group: Sequence[Rollout]) -> dict[int, TeacherContext]:
    """For the methods without a self-teacher."""
    return {}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to spend the budget, ready to run."""

    name: str
    prompts: PromptPolicy
    learner: Learner = field(default_factory=NoLearner)
    contexts: Callable[[Problem, Sequence[Rollout]], Mapping[int, TeacherContext]] = no_contexts  # by k, of one group
    feedback: Callable[[Verdict, Problem], Feedback] = make_feedback


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """A method by name, before a model is there."""

    description: str  # one line
    prompts: Callable[[Config, Fits], PromptPolicy]
    objective: Callable[[Config], Objective] | None = None  # None: nothing is learned
    reads_contexts: bool = False  # whether the self-teacher's prompts are wanted
    settings: tuple[str, ...] = ()  # of Config, that not every method reads
    defaults: Mapping[str, Any] = field(default_factory=dict)  # settings that start from another value here
    fixed: Mapping[str, Any] = field(default_factory=dict)  # settings that make the method what it is


def method_names() -> list[str]:
    """Every method that is installed."""
    return sorted(_installed())


def method_spec(name: str) -> MethodSpec:
    """The method of this name."""
    found = _installed().get(name)
    if found is None:
        raise UserError(
            f"unknown method {seen(name)}{did_you_mean(name, method_names())}; "
            f"it must be one of: {', '.join(method_names())}."
        )
    spec = found.load()
    assert isinstance(spec, MethodSpec), f"{found.value} is no MethodSpec"
    return spec


def configure(file: Path | None = None, /, **given: Any) -> Config:
    """The defaults, overlaid by those of the method, by a TOML file, and by what was given on the command line."""
    spec = method_spec(overlay(file, **given).method)
    wanted = overlay(file, spec.defaults, **given)
    _refuse_overruled(wanted, spec)
    config = replace(wanted, **spec.fixed)
    _refuse_unread_direction(config)
    Templates(config.template_dir)  # refuses what is wrong with them before a model is fetched
    if spec.reads_contexts:
        refuse_empty(config.teacher_context, hint=config.hint, feedback=config.include_environment_feedback)
    return config


def _refuse_overruled(wanted: Config, spec: MethodSpec) -> None:
    """Refuse another value where the method has one of its own."""
    for name, fixed in spec.fixed.items():
        if getattr(wanted, name) not in (fixed, getattr(Config(), name)):
            raise UserError(
                f"{name} is {seen(getattr(wanted, name))}, and the method {wanted.method} sets it to {fixed}; "
                "leave it out."
            )


def _refuse_unread_direction(config: Config) -> None:
    """The sampled token alone knows one direction of the divergence."""
    if config.distillation_mode in ("sampled_token", "sequence") and config.distillation_alpha != 1:
        raise UserError(
            f"distillation_alpha is {config.distillation_alpha}; with distillation_mode {config.distillation_mode} "
            "it must be 1."
        )


def make_method(config: Config, learner: Learner, templates: Templates, fits: Fits) -> Method:
    """The method of this name, with what it needs to know of the model."""
    spec = method_spec(config.method)
    reprompter = Reprompter(config.teacher_context, hint=config.hint, templates=templates, fits=fits)
    return Method(
        config.method,
        spec.prompts(config, fits),
        learner,
        reprompter if spec.reads_contexts else no_contexts,
        make_feedback if config.include_environment_feedback else no_feedback,
    )


def refuse_idle(name: str, given: Iterable[str]) -> None:
    """A setting that was typed and that this method does not read is a misunderstanding."""
    own = method_spec(name)
    specs = {other: method_spec(other) for other in method_names()}
    for setting in given:
        readers = [other for other, spec in specs.items() if setting in spec.settings]
        if readers and setting not in own.settings:
            raise UserError(
                f"{setting} has no effect with the method {name}, only with {one_of(readers)}; leave it out."
            )


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
