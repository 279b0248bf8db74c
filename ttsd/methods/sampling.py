"""The baselines, which only sample: from the plain prompt, from a growing conversation, from the self-teacher."""

from __future__ import annotations

from ttsd.config import Config
from ttsd.methods.base import MethodSpec, PromptPolicy
from ttsd.methods.prompting import attempt_history, feedback_history, plain, reprompted
from ttsd.methods.settings import CONTEXT
from ttsd.reprompt import Fits
from ttsd.templates import Templates


def _multi_turn(config: Config, fits: Fits) -> PromptPolicy:
    if config.history == "attempts":
        return attempt_history(fits)
    return feedback_history(fits, Templates(config.template_dir))


BEST_OF_K = MethodSpec("Independent samples from the plain prompt.", lambda *_: plain)

MULTI_TURN = MethodSpec(
    "Each attempt reads the feedback on the earlier ones; no training.",
    _multi_turn,
    settings=("history", "template_dir", "include_environment_feedback"),
    defaults={"group_size": 1},
)

REPROMPT = MethodSpec(
    "Samples from the self-teacher, the model that reads the feedback; no training.",
    lambda *_: reprompted(),
    reads_contexts=True,
    settings=CONTEXT,
)
