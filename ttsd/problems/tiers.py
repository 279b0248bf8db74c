"""Splitting tests that come without tiers: half may be named in feedback, half stay hidden.

The rule depends on nothing but the problem's name, a seed and each test's id (SHA-256, so it is the same for every
version of Python and on every machine). It knows nothing of what a test covers: two tests that are nearly equal may
end on different sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from sandboxes.types import Tier


class Split(NamedTuple):
    """One tier for each id, in the order of the ids, and the sentence for `Problem.notes`."""

    tiers: tuple[Tier, ...]
    note: str


def split_tiers(ids: Sequence[str], *, name: str, seed: int = 0) -> Split:
    """Feedback for the larger half, confirm for the rest; a single test is feedback and decides alone."""
    ranked = sorted(ids, key=lambda test: sha256(f"{seed}\n{name}\n{test}".encode()).digest())
    shown = set(ranked[: (len(ranked) + 1) // 2])
    tiers = tuple(Tier.FEEDBACK if test in shown else Tier.CONFIRM for test in ids)
    note = (
        f"tests without tiers were split: {len(shown)} feedback, {len(ids) - len(shown)} confirm, "
        f"by the SHA-256 of seed {seed}, the name {name!r} and the test's id"
    )
    return Split(tiers, note)
