"""Playing: environments, what the networks see of them, actions drawn from the policy, and rewards as they are learnt from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_policy_gradient.ppo.actor import Actor, draw_categorical, draw_gaussian
from lab_policy_gradient.ppo.config import ActorCriticConfig
from lab_policy_gradient.ppo.normalise import Moments, RewardScale, normalised
from lab_policy_gradient.ppo.rollout import Batch, Rollout, flat, log_probabilities
from lab_policy_gradient.ppo.vectors import Vector


class Player:
    """Plays one rollout after another into the same arrays, always with the actor's newest weights.

    A rollout keeps the observations' moments with which it began, so that one policy played all of it.
    """

    def __init__(
        self, config: ActorCriticConfig, vector: Vector, actor: Actor, *, size: int, seed: int, rng: np.random.Generator
    ) -> None:
        self.config, self.vector, self.actor, self.rng = config, vector, actor, rng
        self.rollout = Rollout(
            config.rollout_steps, config.environments, vector.observation_shape, vector.observation_dtype, vector.actions, size
        )
        self.moments = Moments(vector.observation_shape)
        self.reward_scale = RewardScale(config.environments, config.gamma, config.normalise_clip)
        self.log_std: NDArray[np.float32] | None = None
        self.seen = vector.reset(seed)

    def play(self) -> Rollout:
        """Every environment for ``rollout_steps`` steps."""
        config, rollout, normalising = self.config, self.rollout, self.config.normalise_observations
        self.actor.refresh()
        self.log_std = self.actor.log_std()
        raw: list[NDArray[Any]] = []
        values = None
        for step in range(config.rollout_steps):
            shown = self.shown(self.seen)
            outputs, values = self.actor.look(shown)
            found = self.vector.step(self._draw(outputs))
            rollout.observations[step], rollout.outputs[step], rollout.actions[step] = shown, outputs, found.actions
            if values is not None:
                rollout.values[step] = values
            rollout.rewards[step] = self._reward(found.rewards, found.ended)
            rollout.terminals[step], rollout.ended[step], rollout.begun[step] = found.terminals, found.ended, found.begun
            rollout.forced[step] = False if found.forced is None else found.forced
            self.seen = found.observations
            if normalising:
                raw.append(self.seen)
        rollout.observations[-1] = self.shown(self.seen)
        rollout.values[-1] = self.actor.values(rollout.observations[-1])
        if values is None:
            rollout.values[:-1] = self.actor.values(flat(rollout.observations[:-1])).reshape(rollout.values[:-1].shape)
        if normalising:
            self.moments.update(np.concatenate(raw))
        return rollout

    def shown(self, observations: NDArray[Any]) -> NDArray[Any]:
        """What the networks see of observations [batch, ...]."""
        if not self.config.normalise_observations:
            return observations
        return normalised(observations, self.moments.mean, self.moments.variance, self.config.normalise_clip)

    def batch(self, advantages: NDArray[np.float32]) -> Batch:
        """The rollout as an update takes it, with these advantages [time, environments]."""
        rollout = self.rollout
        values = rollout.values[:-1]
        return Batch(
            observations=flat(rollout.observations[:-1]),
            actions=flat(rollout.actions),
            outputs=flat(rollout.outputs),
            log_probabilities=flat(log_probabilities(rollout.outputs, rollout.actions, self.log_std)),
            values=flat(values),
            advantages=flat(advantages),
            returns=flat(advantages + values),
            chosen=flat(~rollout.forced).astype(np.float32),
        )

    def restart(self, seed: int) -> None:
        """Begin new episodes everywhere."""
        self.seen = self.vector.reset(seed)

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything but the random stream; without ``vector/`` where the episodes can't be saved."""
        found = {f"vector/{name}": value for name, value in (self.vector.state() or {}).items()}
        found |= {f"moments/{name}": value for name, value in self.moments.state().items()}
        return found | {f"rewards/{name}": value for name, value in self.reward_scale.state().items()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Go on where :meth:`state` was read; False where new episodes must begin."""

        def part(name: str) -> dict[str, NDArray[Any]]:
            return {key.removeprefix(name): value for key, value in arrays.items() if key.startswith(name)}

        self.moments.restore(part("moments/"))
        self.reward_scale.restore(part("rewards/"))
        episodes = part("vector/")
        seen = self.vector.restore(episodes) if episodes else None
        if seen is None:
            return False
        self.seen = seen
        return True

    def _draw(self, outputs: NDArray[np.float32]) -> NDArray[Any]:
        if self.log_std is None:
            return draw_categorical(self.rng, outputs)
        return draw_gaussian(self.rng, outputs, self.log_std)

    def _reward(self, rewards: NDArray[np.float32], ended: NDArray[np.bool_]) -> NDArray[np.float32]:
        if self.config.normalise_rewards:
            return self.reward_scale(rewards, ended)
        clip = self.config.reward_clip
        return rewards if clip is None else np.clip(rewards, -clip, clip)
