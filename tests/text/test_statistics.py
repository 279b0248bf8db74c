"""Intervals over clusters: two routes that must agree, and what must not move them."""

from __future__ import annotations

import numpy as np
import pytest

from ttsd.statistics import clustered_mean, paired_difference


def test_the_mean_weighs_every_value_the_same() -> None:
    assert clustered_mean([[1, 0, 0], [1]]).mean == 0.5


def test_equal_values_have_an_interval_without_width() -> None:
    assert clustered_mean([[2.0, 2.0], [2.0]]) == (2.0, 2.0, 2.0)


def test_clusters_of_one_value_give_the_ordinary_bootstrap() -> None:
    values = np.random.default_rng(1).normal(size=40)
    found = clustered_mean([[value] for value in values])
    draws = np.random.default_rng(2).choice(values, size=(20_000, 40)).mean(1)
    assert found.low == pytest.approx(np.quantile(draws, 0.05), abs=0.02)
    assert found.high == pytest.approx(np.quantile(draws, 0.95), abs=0.02)


def test_values_that_are_alike_within_clusters_widen_the_interval() -> None:
    alike, mixed = [[0.0] * 8, [1.0] * 8] * 5, [[0.0, 1.0] * 4] * 10
    wide, narrow = clustered_mean(alike), clustered_mean(mixed)
    assert wide.mean == narrow.mean == 0.5
    assert wide.high - wide.low > narrow.high - narrow.low


def test_an_empty_cluster_counts_for_nothing() -> None:
    assert clustered_mean([[1.0, 0.0], []]) == clustered_mean([[1.0, 0.0]])
    with pytest.raises(ValueError, match="at least one value"):
        clustered_mean([[]])


def test_a_paired_difference_is_the_mean_of_differences() -> None:
    found = paired_difference([("a", 1.0, 0.0), ("a", 1.0, 1.0), ("b", 0.0, 1.0), ("b", 1.0, 0.0)])
    assert found.mean == 0.25
    assert str(found).startswith("+0.250 [")
