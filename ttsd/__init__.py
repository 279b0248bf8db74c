"""ttsd's public API. Each name is imported when it is first used, so `import ttsd` is quick and never imports torch.

>>> import ttsd
>>> problem = ttsd.load_problem("examples/run-lengths")
>>> config = ttsd.configure(budget=16)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandboxes.types import Verdict
    from ttsd.config import Config
    from ttsd.errors import UserError
    from ttsd.feedback import make_feedback
    from ttsd.methods.base import Method, configure
    from ttsd.problems import load_problem
    from ttsd.record import Record
    from ttsd.reprompt import Reprompter, teacher_context
    from ttsd.sampling.scripted import ScriptedSampler
    from ttsd.solver import Budget, Silent, solve
    from ttsd.types import Attempt, Outcome, Problem, Rollout, Step

__all__ = [
    "Attempt",
    "Budget",
    "Config",
    "Method",
    "Outcome",
    "Problem",
    "Record",
    "Reprompter",
    "Rollout",
    "ScriptedSampler",
    "Silent",
    "Step",
    "UserError",
    "Verdict",
    "configure",
    "load_problem",
    "make_feedback",
    "solve",
    "teacher_context",
]

_HOMES = {
    "sandboxes.types": ("Verdict",),
    "ttsd.config": ("Config",),
    "ttsd.errors": ("UserError",),
    "ttsd.feedback": ("make_feedback",),
    "ttsd.methods.base": ("Method", "configure"),
    "ttsd.problems": ("load_problem",),
    "ttsd.record": ("Record",),
    "ttsd.reprompt": ("Reprompter", "teacher_context"),
    "ttsd.sampling.scripted": ("ScriptedSampler",),
    "ttsd.solver": ("Budget", "Silent", "solve"),
    "ttsd.types": ("Attempt", "Outcome", "Problem", "Rollout", "Step"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(importlib.import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'ttsd' has no attribute {name!r}; it has: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
