"""Exploration noise of deterministic actors, for several environments side by side; part of a training's state."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Noise:
    """Gaussian noise, fresh each step: sigma * N(0, 1)."""

    def __init__(self, sigma: float, environments: int, action_size: int) -> None:
        self.sigma = sigma
        self.state: Floats = np.zeros((environments, action_size), np.float32)

    def step(self, rng: np.random.Generator) -> Floats:
        """The noise [environments, action] of one step."""
        return np.float32(self.sigma) * rng.standard_normal(self.state.shape, dtype=np.float32)

    def restart(self, where: NDArray[np.bool_]) -> None:
        """New episodes begin where ``where`` is true."""


class OrnsteinUhlenbeck(Noise):
    """Noise that drifts (Lillicrap et al. 2016, section 7): x <- x - theta x + sigma * N(0, 1), from 0 in each episode.

    With a time step of 1, as in the paper, its standard deviation goes to sigma / sqrt(theta (2 - theta)).
    """

    def __init__(self, sigma: float, environments: int, action_size: int, *, theta: float) -> None:
        super().__init__(sigma, environments, action_size)
        self.theta = theta

    def step(self, rng: np.random.Generator) -> Floats:
        self.state = np.float32(1 - self.theta) * self.state + super().step(rng)
        return self.state

    def restart(self, where: NDArray[np.bool_]) -> None:
        self.state[where] = 0.0
