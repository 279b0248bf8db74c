"""GRPO: raise the attempts that were rewarded above the mean of their group, lower the others.

With a binary reward nothing is learned before the first success; the graded one, which is the default here, tells
failures apart. No KL to the base model, as in SDPO's comparison.
"""

from __future__ import annotations

from ttsd.config import Config
from ttsd.learning.objectives import Objective, policy_gradient
from ttsd.methods.base import MethodSpec
from ttsd.methods.prompting import plain
from ttsd.methods.settings import POLICY_GRADIENT, STEP


def objective(config: Config) -> Objective:
    return Objective(policy_gradient=policy_gradient(config), policy_weight=1.0)


GRPO = MethodSpec(
    "Raise attempts that passed more tests than others of their group.",
    lambda *_: plain,
    objective,
    settings=(*STEP, *POLICY_GRADIENT),
)
