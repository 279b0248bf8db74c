"""The rules by which a policy or a gradient is found harmful, as a table: `RULES`, which docs/guards.md prints.

They are few and coarse on purpose: a group of eight attempts is noise, and a rule that fires on noise throws good steps
away. They promise no more than that gross harm is noticed one group late: a slow decline passes them, and so does a
policy that gets worse in a way that none of them looks at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ttsd.types import Action

Statistics = dict[str, float]

CLIPPED_RISE = 0.4  # of the share of responses cut at the length limit
DUPLICATE_RISE = 0.5  # of the share of programs that repeat another of their group
SHARE_Z = 2.5  # standard errors by which one of these two must have risen besides: of few attempts a rise means little
PASS_FRACTION_Z = 3.0  # standard errors by which the mean fraction of cases passed may fall
LENGTH_RATIO = 0.4  # responses shorter than this share of the former mean
ENTROPY_RATIO = (0.33, 2.0)  # allowed range of entropy over former entropy
ENTROPY_NOISE = 0.25  # nats a token: answers that copy the statement go from 0.03 to 0.3 and back by chance
SOFT_KL = 0.1  # nats a token from the base model at which the rate is halved, then at twice that, and so on
HARD_KL = 0.5  # nats a token
GRADIENT_RATIO = 10  # times the median norm of earlier gradients
MIN_GRADIENTS = 3  # without so many there is no median to speak of
GAP_Z = 3.0  # standard errors by which the self-teacher's attempts may be worse than the student's
MIN_GAP_ATTEMPTS = 16  # of each kind, before they are compared
MAX_ROLL_BACKS = 2  # within so many groups:
ROLL_BACK_GROUPS = 20

_SEVERITY: tuple[Action, ...] = ("skip", "lower the rate", "roll back", "stop training")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked at, when it is too much, why there, and what is done then."""

    name: str
    metric: str  # of a step; without it the rule is silent
    when: str
    fires: Callable[[Statistics, Statistics], bool]  # what was usual, what is now
    said: str  # of a finding: {then} and {now} are the metric's values
    evidence: str  # for the threshold
    action: Action
    compares: bool = True  # silent as long as nothing is known of what was usual

    @property
    def severity(self) -> int:
        """Rises from a group that is skipped to training that ends."""
        return _SEVERITY.index(self.action)

    def finds(self, then: Statistics, now: Statistics) -> str:
        """What is wrong now, in words; empty when nothing is."""
        if self.metric not in now or (self.compares and self.metric not in then) or not self.fires(then, now):
            return ""
        return self.said.format(then=then.get(self.metric, math.nan), now=now[self.metric])


def standard_errors(then: Statistics, now: Statistics) -> float:
    """By how many of them the mean fraction of cases passed has risen (two samples, pooled variance); 0 without any."""
    total = then["attempts"] + now["attempts"]
    variance = sum(each["pass_fraction_variance"] * each["attempts"] for each in (then, now)) / total
    return _over_error(now["pass_fraction"] - then["pass_fraction"], variance, then, now)


def _over_error(rise: float, variance: float, then: Statistics, now: Statistics) -> float:
    error = math.sqrt(variance * (1 / then["attempts"] + 1 / now["attempts"]))
    return rise / error if error else 0.0


def _rises(name: str, by: float) -> Callable[[Statistics, Statistics], bool]:
    """Whether a share of the attempts has risen by more than this, and by more than chance."""

    def fires(then: Statistics, now: Statistics) -> bool:
        rise = now[name] - then[name]
        share = sum(each[name] * each["attempts"] for each in (then, now)) / (then["attempts"] + now["attempts"])
        return rise > by and _over_error(rise, share * (1 - share), then, now) > SHARE_Z

    return fires


def _shrunk(then: Statistics, now: Statistics) -> bool:
    shorter = now["mean_length"] < LENGTH_RATIO * then["mean_length"]
    return shorter and now["pass_fraction"] <= then["pass_fraction"]  # where answers were cut off, brevity helps


def _odd_entropy(then: Statistics, now: Statistics) -> bool:
    lowest, highest = (ratio * then["entropy"] for ratio in ENTROPY_RATIO)
    odd = not lowest <= now["entropy"] <= highest
    return odd and abs(now["entropy"] - then["entropy"]) > ENTROPY_NOISE


def _passes_less(then: Statistics, now: Statistics) -> bool:
    return standard_errors(then, now) < -PASS_FRACTION_Z


def _drifts(then: Statistics, now: Statistics) -> bool:
    return now["kl_to_base"] > SOFT_KL * 2 ** then["lowered"]


def _is_far(then: Statistics, now: Statistics) -> bool:
    return now["kl_to_base"] > HARD_KL


def _is_not_finite(then: Statistics, now: Statistics) -> bool:
    return not math.isfinite(now["grad_norm"])


def _jumps(then: Statistics, now: Statistics) -> bool:
    return now["grad_norm"] > GRADIENT_RATIO * then["grad_norm"]


def _teacher_is_worse(then: Statistics, now: Statistics) -> bool:
    return now["gap_z"] < -GAP_Z


def _once_too_often(then: Statistics, now: Statistics) -> bool:
    return now["roll_backs"] > MAX_ROLL_BACKS


RULES = (  # of those that fire with one severity the first tells the reason
    Rule(
        "finite gradient",
        "grad_norm",
        "not finite",
        _is_not_finite,
        "the gradient's norm is {now}",
        "nothing can be learned from it; SDPO's released code skips it too",
        "skip",
        compares=False,
    ),
    Rule(
        "gradient norm",
        "grad_norm",
        f"more than {GRADIENT_RATIO} times the median of earlier gradients, once there are {MIN_GRADIENTS}",
        _jumps,
        "the gradient's norm is {now:.3g}, mostly {then:.3g} before",
        "coarse on purpose; from one update to the next it rose 8-fold at most in the cells of docs/defaults.md "
        "(`grad_norm`), and that at the rate which did harm",
        "skip",
    ),
    Rule(
        "drift",
        "kl_to_base",
        f"more than {SOFT_KL} nats a token, then twice that, and so on: halved once for each doubling",
        _drifts,
        "{now:.2f} nats a token away from the base model",
        "coarse on purpose; in the cells of docs/defaults.md the self-teacher, which the student is pulled to, was at "
        "most 0.10 away from it at the default rate (`loss`)",
        "lower the rate",
        compares=False,
    ),
    Rule(
        "clipped share",
        "clipped_share",
        f"more than {CLIPPED_RISE} and {SHARE_Z} standard errors above what it was",
        _rises("clipped_share", CLIPPED_RISE),
        "{now:.0%} of the responses hit the length limit, {then:.0%} before",
        "docs/defaults.md: at a rate of 2e-4 all answers to one problem came to run into the limit",
        "roll back",
    ),
    Rule(
        "duplicate share",
        "duplicate_share",
        f"more than {DUPLICATE_RISE} and {SHARE_Z} standard errors above what it was",
        _rises("duplicate_share", DUPLICATE_RISE),
        "{now:.0%} of the programs are duplicates, {then:.0%} before",
        "coarse on purpose: half of a group says nothing new",
        "roll back",
    ),
    Rule(
        "length",
        "mean_length",
        f"below {LENGTH_RATIO} of what it was, and no more cases passed",
        _shrunk,
        "mean length fell from {then:.0f} to {now:.0f} tokens",
        "answers to 0.31 of their length were also better in SDPO's table 3, so shortness alone is no harm",
        "roll back",
    ),
    Rule(
        "entropy",
        "entropy",
        f"outside {ENTROPY_RATIO[0]} to {ENTROPY_RATIO[1]} times what it was, and more than {ENTROPY_NOISE} nats "
        "a token away from it",
        _odd_entropy,
        "entropy went from {then:.2f} to {now:.2f} nats a token",
        "coarse on purpose: in SDPO's table 6 it was 0.6-fold under a teacher that is copied, which is no collapse yet",
        "roll back",
    ),
    Rule(
        "pass fraction",
        "pass_fraction",
        f"more than {PASS_FRACTION_Z} standard errors below what it was",
        _passes_less,
        "the fraction of cases passed fell from {then:.2f} to {now:.2f}",
        "one group in 740 by chance, if means were normal; those of few attempts are not",
        "roll back",
    ),
    Rule(
        "distance",
        "kl_to_base",
        f"more than {HARD_KL} nats a token",
        _is_far,
        "{now:.2f} nats a token away from the base model",
        "coarse on purpose: five times the soft bound, and half a nat on each token is another model",
        "roll back",
        compares=False,
    ),
    Rule(
        "roll backs",
        "roll_backs",
        f"the next one after {MAX_ROLL_BACKS} within {ROLL_BACK_GROUPS} groups",
        _once_too_often,
        f"roll back number {{now:.0f}} within {ROLL_BACK_GROUPS} groups",
        "coarse on purpose: at a quarter of the rate the steps still do harm, and false alarms seldom come in threes",
        "stop training",
        compares=False,
    ),
    Rule(
        "gap",
        "gap_z",
        f"below -{GAP_Z}, with at least {MIN_GAP_ATTEMPTS} attempts of each kind",
        _teacher_is_worse,
        "attempts that read the self-teacher's prompt pass less than plain ones, z = {now:.1f}",
        "the gain of training follows the gap (arXiv 2605.30070); 3 standard errors, because it is looked at after "
        "every group and training does not begin again",
        "stop training",
        compares=False,
    ),
)
