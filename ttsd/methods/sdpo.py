"""Self-distillation: pull the model toward itself reading what the verifier said (SDPO at test time), and its controls.

`sdpo-teacher-first` lets the model write the attempts behind the self-teacher's prompts and distils those.
`sdpo-shuffled` gives each teacher the feedback of another attempt, `sdpo-lr0` learns nothing: what is left of a gain
there does not come from the feedback, or from learning.
"""

from __future__ import annotations

from dataclasses import replace

from ttsd.config import Config
from ttsd.learning.objectives import Objective, distillation, policy_gradient
from ttsd.methods.base import MethodSpec, PromptPolicy
from ttsd.methods.prompting import reprompted
from ttsd.methods.settings import CONTEXT, DISTILLATION, POLICY_GRADIENT, STEP, TEACHER
from ttsd.reprompt import Fits

_SETTINGS = (*CONTEXT, *TEACHER, *STEP, *DISTILLATION, *POLICY_GRADIENT, "mix_reprompt", "grpo_weight")


def _without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in _SETTINGS if name not in names)


def prompts(config: Config, fits: Fits) -> PromptPolicy:
    """Student-first, but for the share of re-prompted attempts."""
    return reprompted(config.mix_reprompt)


def objective(config: Config) -> Objective:
    """(1 - λ) · distillation + λ · GRPO, λ = `grpo_weight`, mostly 0 (SDPO, equation 3)."""
    return Objective(distillation(config), policy_gradient(config) if config.grpo_weight else None, config.grpo_weight)


SDPO = MethodSpec(
    "Pull the model toward itself reading the feedback on its failed attempts.",
    prompts,
    objective,
    reads_contexts=True,
    settings=_SETTINGS,
)
TEACHER_FIRST = replace(
    SDPO,
    description="Attempts are written behind the self-teacher's prompts and distilled into the model.",
    settings=_without("mix_reprompt"),
    fixed={"mix_reprompt": 1.0},
)
SHUFFLED = replace(
    SDPO,
    description="Control: sdpo, but each teacher reads the feedback on another attempt.",
    settings=_without("teacher_context"),
    fixed={"teacher_context": "shuffled"},
)
LR0 = replace(
    SDPO,
    description="Control: sdpo with a learning rate of 0; samples what best-of-k samples.",
    settings=_without("learning_rate", "weight_decay", "mix_reprompt"),
    fixed={"learning_rate": 0.0, "weight_decay": 0.0, "mix_reprompt": 0.0},
)
