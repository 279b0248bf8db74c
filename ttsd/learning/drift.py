"""How far the policy has moved from the base model, measured on a few of its own attempts.

KL(student‖base) is summed over the whole vocabulary at each position of an attempt, behind the prompt that it answered,
instead of being estimated from the log-probabilities of the sampled tokens: two short attempts are few positions, and
the estimate would be mostly noise. So neither `top_p` nor a sampler that rounds differently enters. What is left of
the noise: which positions were visited. With `top_p` below 1 these are those of the truncated policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ttsd.learning.datum import Datum
from ttsd.learning.divergences import reverse_kl
from ttsd.learning.scoring import score
from ttsd.learning.teacher import Teacher

if TYPE_CHECKING:
    from peft import PeftModel

MAX_ATTEMPTS = 2  # four passes; learning from a group of eight takes sixteen and eight backward


def kl_to_base(model: PeftModel, attempts: Sequence[tuple[list[int], list[int]]], temperature: float) -> float:
    """Mean of KL(student‖base) over all response tokens of these attempts (prompt ids, response ids), in nats.

    Both are tempered as in sampling. 0 where the adapter changes nothing.
    """
    base = Teacher(model, "base", 0.0, 1)
    divergences = []
    for prompt, response in attempts:
        alike = [Datum(prompt, prompt, response, [])]  # the base model reads what the student reads
        with torch.no_grad():
            divergences.append(score(model, base, alike, compare=reverse_kl, temperature=temperature).divergence)
    return float(torch.cat(divergences).mean())
