"""RLSD: the verifier says in which direction an attempt is pushed, the self-teacher how far each of its tokens.

Where its advantage is 0, so with a binary reward before the first success, nothing is learned. `--advantage absolute`
measures against a constant instead of the group: that variant is ours and not RLSD's (docs/methods.md).
"""

from __future__ import annotations

from dataclasses import replace

from ttsd.config import Config
from ttsd.learning.objectives import Objective, Rlsd, policy_gradient
from ttsd.methods.base import MethodSpec
from ttsd.methods.prompting import plain
from ttsd.methods.settings import CONTEXT, POLICY_GRADIENT, RLSD, STEP, TEACHER


def objective(config: Config) -> Objective:
    weights = Rlsd(config.rlsd_mix, config.rlsd_mix_steps, config.rlsd_clip)
    return Objective(policy_gradient=replace(policy_gradient(config), rlsd=weights), policy_weight=1.0)


SPEC = MethodSpec(
    "GRPO whose size at each token comes from the self-teacher (self-distilled RLVR).",
    lambda *_: plain,
    objective,
    reads_contexts=True,
    settings=(*CONTEXT, *TEACHER, *STEP, *POLICY_GRADIENT, *RLSD),
    defaults={"teacher_model_kind": "sync", "advantage": "group-normalised"},
)
