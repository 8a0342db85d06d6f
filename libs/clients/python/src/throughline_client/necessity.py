"""What a model loses when it is trained without a feature: the figures that a necessity report cannot find by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from throughline.features.v1 import necessity_pb2

TrainWithout = Callable[[Sequence[str]], Sequence[float]]
"""Trains without some features and gives the loss on each held-out row: the same rows in each call."""


def drop_costs(features: Iterable[str], train: TrainWithout) -> dict[str, necessity_pb2.Estimate]:
    """The drop-one cost of each feature, as `CreateNecessityReportRequest.drop_costs` takes them.

    `train` is called with no feature left out, and then once for each feature. The interval (95 %, normal) has the scatter of rows in
    it and not that of training: train with one seed, or give the mean of several.
    """
    base = [float(it) for it in train([])]
    found = {}
    for feature in features:
        losses = [float(it) for it in train([feature])]
        if len(losses) != len(base):
            raise ValueError(f"without {feature} train gave {len(losses)} losses, not {len(base)}")
        found[feature] = _estimate([loss - before for loss, before in zip(losses, base, strict=True)])
    return found


def _estimate(rises: Sequence[float]) -> necessity_pb2.Estimate:
    count = len(rises)
    if count < 2:
        raise ValueError(f"train gave {count} losses, of which no interval can be made: hold more rows out")
    mean = math.fsum(rises) / count
    variance = math.fsum((it - mean) ** 2 for it in rises) / (count - 1)
    half = 1.959963984540054 * math.sqrt(variance / count)
    return necessity_pb2.Estimate(value=mean, low=mean - half, high=mean + half)
