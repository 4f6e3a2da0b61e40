"""Initial kernels, every layer's from a seed of its own, so that a run starts the same again."""

from typing import Any

import keras
import numpy as np


class Kernels:
    """Initial kernels of one network: each call gives the initializer of the next layer.

    normal   normal with standard deviation .02 (Radford et al. 2016)
    glorot   uniform by fan-in and fan-out (Glorot and Bengio 2010)
    he       normal by fan-in, for ReLU (He et al. 2015)
    """

    def __init__(self, seed: int, kind: str = "normal") -> None:
        self._seeds = iter(np.random.SeedSequence(seed).generate_state(256) >> 1)
        self._kind = kind

    def __call__(self) -> Any:
        seed = self.seed()
        if self._kind == "normal":
            return keras.initializers.RandomNormal(stddev=0.02, seed=seed)
        if self._kind == "he":
            return keras.initializers.HeNormal(seed=seed)
        assert self._kind == "glorot", self._kind
        return keras.initializers.GlorotUniform(seed=seed)

    def seed(self) -> int:
        """The next seed itself, for a layer that draws random numbers (dropout)."""
        return int(next(self._seeds))
