"""Running normalisation of observations and rewards. Their state belongs to the training, the observations' also to the model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPSILON = 1e-8


class Moments:
    """Mean and variance of everything seen so far, merged batch by batch (Chan et al. 1979, eq. 2.1), in float64."""

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.mean = np.zeros(shape)
        self.variance = np.ones(shape)
        self.count = 0.0

    def update(self, batch: NDArray[Any]) -> None:
        """Take in a batch [count, ...]."""
        count = len(batch)
        if not count:
            return
        values = np.asarray(batch, np.float64)
        mean, variance = values.mean(axis=0), values.var(axis=0)
        total = self.count + count
        gap = mean - self.mean
        squares = self.variance * self.count + variance * count + gap**2 * (self.count * count / total)
        self.mean = self.mean + gap * (count / total)
        self.variance, self.count = squares / total, total

    def state(self) -> dict[str, NDArray[Any]]:
        return {"mean": self.mean.copy(), "variance": self.variance.copy(), "count": np.array(self.count)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.mean, self.variance = state["mean"].copy(), state["variance"].copy()
        self.count = float(state["count"])


def normalised(values: NDArray[Any], mean: NDArray[Any], variance: NDArray[Any], clip: float) -> NDArray[np.float32]:
    """``(values - mean) / sqrt(variance + epsilon)``, clipped to [-clip, clip], as float32."""
    scaled = (np.asarray(values, np.float64) - mean) / np.sqrt(variance + EPSILON)
    return np.clip(scaled, -clip, clip).astype(np.float32)


class RewardScale:
    """Divides rewards by the standard deviation of the running discounted return (Engstrom et al. 2020, section 3.2).

    Rewards aren't centred: that would change what is worth doing. The return of an environment starts again at its ends.
    """

    def __init__(self, environments: int, gamma: float, clip: float) -> None:
        self.gamma, self.clip = gamma, clip
        self.returns = np.zeros(environments)
        self.moments = Moments()

    def __call__(self, rewards: NDArray[Any], ended: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Scaled and clipped rewards [environments] of one step; ``ended`` marks episodes that end with it."""
        self.returns = self.gamma * self.returns + rewards
        self.moments.update(self.returns)
        self.returns[ended] = 0.0
        scaled = rewards / np.sqrt(self.moments.variance + EPSILON)
        return np.clip(scaled, -self.clip, self.clip).astype(np.float32)

    def state(self) -> dict[str, NDArray[Any]]:
        return {"returns": self.returns.copy(), **self.moments.state()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.returns = state["returns"].copy()
        self.moments.restore(state)
