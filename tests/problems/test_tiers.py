"""The rule that splits tests without tiers."""

from __future__ import annotations

import pytest

from sandboxes.types import Tier
from ttsd.problems.tiers import split_tiers

IDS = [f"secret/{number}" for number in range(20)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_feedback_is_the_larger_half(count: int) -> None:
    tiers = split_tiers(IDS[:count], name="p").tiers
    assert tiers.count(Tier.FEEDBACK) == (count + 1) // 2
    assert tiers.count(Tier.CONFIRM) == count // 2


def test_the_same_name_and_seed_give_the_same_split() -> None:
    assert split_tiers(IDS, name="p", seed=3) == split_tiers(IDS, name="p", seed=3)


def test_the_split_does_not_depend_on_the_order_of_the_ids() -> None:
    forward, backward = (split_tiers(ids, name="p").tiers for ids in (IDS, IDS[::-1]))
    assert forward == backward[::-1]


def test_the_split_is_the_same_on_every_machine() -> None:
    letters = "".join(tier.value[0] for tier in split_tiers(IDS, name="two-sum").tiers)
    assert letters == "ffcccccfcfcffcfcffcf"


def test_another_seed_or_name_gives_another_split() -> None:
    splits = {split_tiers(IDS, name=name, seed=seed).tiers for name, seed in (("p", 0), ("p", 1), ("q", 0))}
    assert len(splits) == 3


def test_a_single_test_is_feedback_and_decides_alone() -> None:
    assert split_tiers(["only"], name="p").tiers == (Tier.FEEDBACK,)


def test_the_note_says_the_counts_the_seed_and_the_name() -> None:
    note = split_tiers(IDS[:5], name="two-sum", seed=7).note
    assert "3 feedback, 2 confirm" in note
    assert "seed 7" in note
    assert "'two-sum'" in note
