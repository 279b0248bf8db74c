"""Intervals for means over runs that come in clusters: attempts of one problem are alike, problems are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean and the interval around it."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def paired_difference(pairs: Iterable[tuple[str, float, float]]) -> Estimate:
    """Of the first value from the second, where each pair comes with the name of its cluster: see `clustered_mean`."""
    clusters: dict[str, list[float]] = {}
    for cluster, first, second in pairs:
        clusters.setdefault(cluster, []).append(first - second)
    return clustered_mean(list(clusters.values()))


def clustered_mean(clusters: Sequence[Sequence[float]], level: float = 0.9, resamples: int = 10_000) -> Estimate:
    """The mean over all values, with the bootstrap's percentile interval from drawing whole clusters.

    Every value weighs the same, whichever cluster it is in. The draws are seeded: equal values give equal intervals.
    ValueError when there is no value.
    """
    filled = [cluster for cluster in clusters if cluster]
    if not filled:
        raise ValueError("expected at least one value, got none")
    sums, sizes = np.array([sum(cluster) for cluster in filled]), np.array([len(cluster) for cluster in filled])
    drawn = np.random.default_rng(0).integers(len(filled), size=(resamples, len(filled)))
    means = sums[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(sums.sum() / sizes.sum()), float(low), float(high))
