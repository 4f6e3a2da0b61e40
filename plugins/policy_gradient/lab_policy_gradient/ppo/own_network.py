"""Policy and critic on layers of the user's own: one copy for each on vectors, one that both share on frames."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from lab_policy_gradient.own_torso import OwnTorso
from lab_policy_gradient.ppo.networks import ActorCritic
from lab_policy_gradient.ppo.weights import initial_weights


class OwnActorCritic(ActorCritic):
    """Variables: the heads as in ``weights.py``, and ``policy/own_000`` ... ``value/own_000`` ... or ``trunk/own_000`` ... ."""

    def __init__(
        self,
        network: str,
        observation_shape: Sequence[int],
        outputs: int,
        *,
        rng: np.random.Generator,
        log_std: float | None,
        precision: str = "float32",
    ) -> None:
        seed = int(rng.integers(2**31 - 1))
        parts = ("trunk",) if len(observation_shape) == 3 else ("policy", "value")
        self._torsos = {
            part: OwnTorso(network, observation_shape, seed=seed + number, precision=precision)
            for number, part in enumerate(parts)
        }
        features = self._torsos[parts[0]].features
        super().__init__(initial_weights(rng, (features,), outputs, layers=(), log_std=log_std), observation_shape)
        for part, torso in self._torsos.items():
            self.variables |= {f"{part}/{name}": variable for name, variable in torso.variables.items()}

    def __call__(self, observations: Any) -> tuple[Any, Any]:
        if "trunk" not in self._torsos:
            return self.policy(observations), self.value(observations)
        seen = self._torsos["trunk"](observations)
        return self._layers("policy", seen), tf.squeeze(self._layers("value", seen), axis=-1)

    def policy(self, observations: Any) -> Any:
        return self._layers("policy", self._features("policy", observations))

    def value(self, observations: Any) -> Any:
        return tf.squeeze(self._layers("value", self._features("value", observations)), axis=-1)

    def _features(self, part: str, observations: Any) -> Any:
        return self._torsos[part if part in self._torsos else "trunk"](observations)
