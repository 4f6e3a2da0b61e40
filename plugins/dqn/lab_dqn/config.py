"""Every option of DQN and what was added to it. "Agent steps" count decisions of one environment; one is 4 frames on Atari."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import msgspec
from lab_environments.config import PlayConfig
from lab_tensorflow.agent_rates import upgraded_rate
from lab_tensorflow.own_network import check_network, is_own

from lab_core.config import about
from lab_core.errors import UsageError
from lab_dqn.exploration import linear_epsilon

NETWORKS = ("nips", "nature", "impala", "mlp")


class NetworkConfig(PlayConfig, frozen=True, kw_only=True):
    """What is played, and by which network: the same for every method of this plugin."""

    game: Annotated[str, about("Atari game such as breakout; empty for Gymnasium environments")] = "breakout"
    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 16

    network: Annotated[
        str,
        about(
            "Layers of the Q-network: nips, nature, impala, mlp, or module:function, your own (see docs/dqn.md)",
            section="network",
        ),
    ] = "nature"
    mlp_layers: Annotated[tuple[int, ...], about("Widths of the hidden layers of network=mlp")] = (128, 128)
    layer_norm: Annotated[bool, about("Layer normalisation before each ReLU")] = False
    impala_width: Annotated[int, about("Channels of network=impala in multiples of Espeholt et al. 2018", ge=1, le=8)] = 1

    gamma: Annotated[float, about("Discount per step", ge=0, le=1, section="rewards")] = 0.99
    reward_clip: Annotated[float | None, about("Rewards are clipped to [-x, x] for learning; none: as they are")] = 1.0
    score_window: Annotated[
        int, about("Finished games whose mean score is reported", unit="games", ge=1, section="watching and checkpoints")
    ] = 100

    @property
    def atari(self) -> bool:
        return bool(self.game) or self.env.startswith("ALE/")

    def resolved(self) -> Self:
        """As :meth:`PlayConfig.resolved`; ``env=ALE/Pong-v5`` is ``game=pong``."""
        from lab_environments.games import known_game

        found = super().resolved()
        if found.game or not self.atari:
            return found
        return msgspec.structs.replace(found, env="", game=known_game(found.env.removeprefix("ALE/").rpartition("-v")[0]))

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Earlier versions had ``suite``, named Gymnasium environments in ``game``, and stored the last learning rate itself."""
        found = upgraded_rate(cls, values)
        if found.pop("suite", "atari") == "gymnasium":
            found |= {"env": found.get("game", ""), "game": ""}
        return found

    @property
    def architecture(self) -> dict[str, Any]:
        """What decides the network's layers, as :func:`lab_dqn.networks.build_network` takes it."""
        names = ("network", "mlp_layers", "layer_norm", "impala_width")
        return {name: getattr(self, name) for name in names}

    def benchmark_fields(self) -> Mapping[str, Any]:
        """As :meth:`PlayConfig.benchmark_fields`, and ``benchmark``, the id where this is scored."""
        from lab_environments.gym_benchmarks import benchmark_id

        found = super().benchmark_fields()
        return {**found, "benchmark": f"atari/{found['game']}" if self.game else benchmark_id(self.env)}

    def check(self) -> None:
        super().check()
        if self.reward_clip is not None and self.reward_clip <= 0:
            raise UsageError(f"Setting 'reward_clip' can't be {self.reward_clip:g}; a positive number or none is expected.")
        own = is_own(self.network)
        check_network(self.network, NETWORKS)
        if own and (self.layer_norm or getattr(self, "dueling", False)):
            raise UsageError(
                "layer_norm and dueling are not for layers of your own.", "Set them to false, or choose network=nature."
            )
        if self.atari and self.network == "mlp":
            raise UsageError(
                "network=mlp can't see Atari frames.",
                "Choose network=nature or network=nips; dqn has its settings for games in --preset atari.",
            )
        if not self.atari and self.network != "mlp" and not own:
            raise UsageError(f"network={self.network} needs Atari frames.", "Choose network=mlp for Gymnasium environments.")
        if self.network == "mlp" and (not self.mlp_layers or min(self.mlp_layers) < 1):
            raise UsageError("mlp_layers needs at least one width, and each at least 1.", "Example: mlp_layers=128,128")
        if self.layer_norm and self.network == "impala":
            raise UsageError("network=impala has no layer normalisation.", "Choose layer_norm=false or network=nature.")


class DQNConfig(NetworkConfig, frozen=True, kw_only=True):
    """Deep Q-learning (Mnih et al. 2013, 2015) and what was added to it: double Q, n-step returns, C51, dueling heads."""

    steps: Annotated[int, about("Length of the training, and the horizon of its schedules", unit="agent steps", ge=1)] = 1_000_000

    atoms: Annotated[
        int,
        about(
            "Atoms of the return's distribution (Bellemare et al. 2017: 51); 1: its mean alone", ge=1, le=1001, section="network"
        ),
    ] = 1
    value_min: Annotated[float, about("Return of the lowest atom")] = -10.0
    value_max: Annotated[float, about("Return of the highest atom")] = 10.0
    dueling: Annotated[bool, about("Separate streams for the value and each action's advantage (Wang et al. 2016)")] = False

    epsilon_start: Annotated[float, about("Chance of a random action after the warm-up", ge=0, le=1, section="exploration")] = 1.0
    epsilon_end: Annotated[float, about("Chance of a random action after the decay", ge=0, le=1)] = 0.01
    epsilon_steps: Annotated[
        int | None, about("Length of the linear decay after the warm-up; none: a fifth of steps", unit="agent steps")
    ] = None
    warm_up: Annotated[int, about("Random actions before learning starts", unit="agent steps", ge=0)] = 20_000

    replay_capacity: Annotated[
        int, about("Transitions kept; each costs one frame of memory", unit="agent steps", ge=100, section="replay memory")
    ] = 500_000
    n_step: Annotated[int, about("Rewards summed before the bootstrap", unit="agent steps", ge=1, le=20)] = 1
    prioritised: Annotated[bool, about("Sample transitions by the size of their last error (Schaul et al. 2016)")] = False
    priority_alpha: Annotated[float, about("Exponent of the priorities; 0 samples uniformly", ge=0, le=1)] = 0.5
    priority_beta: Annotated[float, about("Exponent of the importance weights at first", ge=0, le=1)] = 0.4
    priority_beta_end: Annotated[float, about("That exponent at the end of steps, linear", ge=0, le=1)] = 1.0

    batch_size: Annotated[int, about("Transitions in one update", ge=1, le=4096, section="updates and optimiser")] = 32
    train_every: Annotated[int, about("Agent steps for one update", unit="agent steps", ge=1)] = 4
    updates_per_slice: Annotated[int, about("Updates between copies of the weights to the actor", unit="updates", ge=1)] = 32
    target_period: Annotated[
        int, about("Steps between copies of the weights to the target network", unit="agent steps", ge=1)
    ] = 8192
    double_q: Annotated[
        bool, about("The online network chooses the action that the target network values (van Hasselt et al. 2016)")
    ] = False
    loss: Annotated[Literal["huber", "mse"], about("Error of the temporal difference (huber: threshold 1)")] = "huber"
    optimizer: Annotated[Literal["adam", "rmsprop"], about("How gradients become steps")] = "adam"
    learning_rate: Annotated[float, about("Step size", gt=0, le=1)] = 1e-4
    final_learning_rate: Annotated[
        float, about("Learning rate at the end of steps, as a share of learning_rate, linear; 1: constant", ge=0, le=1)
    ] = 1.0
    adam_epsilon: Annotated[float, about("Adam's epsilon", gt=0)] = 1.5e-4
    rms_decay: Annotated[float, about("RMSProp's decay of the squared gradient", ge=0, lt=1)] = 0.9
    rms_momentum: Annotated[float, about("RMSProp's momentum", ge=0, lt=1)] = 0.95
    rms_epsilon: Annotated[float, about("RMSProp's epsilon, under the root", gt=0)] = 0.01
    rms_centred: Annotated[bool, about("RMSProp divides by the standard deviation instead of the root mean square")] = False
    max_grad_norm: Annotated[float | None, about("Clip each variable's gradient to this norm; none: no clipping")] = None
    learner: Annotated[Literal["compiled", "agent"], about("Our K-update step, or TF-Agents' own agent")] = "compiled"

    @property
    def architecture(self) -> dict[str, Any]:
        names = ("dueling", "atoms", "value_min", "value_max")
        return super().architecture | {name: getattr(self, name) for name in names}

    @property
    def slice_steps(self) -> int:
        """Agent steps in one slice: those of ``updates_per_slice`` updates, in whole vector steps."""
        steps = self.updates_per_slice * self.train_every
        return max(1, steps // self.environments) * self.environments

    @property
    def epsilon_horizon(self) -> int:
        """Agent steps from the end of the warm-up until epsilon reaches its end."""
        return self.epsilon_steps if self.epsilon_steps is not None else max(1, self.steps // 5)

    @property
    def slots(self) -> int:
        """Replay slots for each environment."""
        return self.replay_capacity // self.environments

    def epsilon(self, agent_step: int) -> float:
        """Chance of a random action at an agent step: 1 in the warm-up, then linear, then constant."""
        return linear_epsilon(
            agent_step, start=self.epsilon_start, end=self.epsilon_end, horizon=self.epsilon_horizon, warm_up=self.warm_up
        )

    def beta(self, agent_step: int) -> float:
        """Exponent of the importance weights at an agent step."""
        return self.priority_beta + min(1.0, agent_step / self.steps) * (self.priority_beta_end - self.priority_beta)

    def check(self) -> None:
        super().check()
        if self.epsilon_end > self.epsilon_start:
            raise UsageError(f"epsilon_end ({self.epsilon_end:g}) is above epsilon_start ({self.epsilon_start:g}).")
        for name in ("epsilon_steps", "max_grad_norm"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise UsageError(f"Setting {name!r} can't be {value:g}; a positive number or none is expected.")
        self._check_options()
        if self.steps < self.first_update + self.train_every:
            raise UsageError(
                f"steps={self.steps} ends in the warm-up (warm_up={self.warm_up} agent steps of random actions): "
                "nothing would be learnt.",
                f"Take --steps {self.first_update + self.slice_steps} or more, or a smaller --set warm_up=.",
            )
        steps = self.updates_per_slice * self.train_every
        if steps % self.environments:
            raise UsageError(
                f"updates_per_slice * train_every ({steps} agent steps) is not a multiple of environments ({self.environments}).",
                "Make it one, so that every slice is whole.",
            )
        if self.target_period % self.slice_steps:
            near = max(1, round(self.target_period / self.slice_steps)) * self.slice_steps
            raise UsageError(
                f"target_period ({self.target_period}) is not a multiple of a slice ({self.slice_steps} agent steps: "
                "updates_per_slice * train_every).",
                f"The nearest is target_period={near}.",
            )
        least = self.history + self.n_step + 2 * self.slice_steps // self.environments + 2
        if self.slots < least:
            raise UsageError(
                f"replay_capacity={self.replay_capacity} gives {self.slots} slots for each of {self.environments} environments; "
                f"at least {least} are needed.",
                f"Take replay_capacity={least * self.environments} or more.",
            )
        if self.warm_up < self.environments * (self.history + self.n_step + 1):
            raise UsageError(
                f"warm_up={self.warm_up} leaves nothing to learn from at the first update.",
                f"Take at least {self.environments * (self.history + self.n_step + 1)}.",
            )

    @property
    def first_update(self) -> int:
        """The agent step before which nothing is learnt: the end of the slice in which the warm-up ends."""
        return -(-self.warm_up // self.slice_steps) * self.slice_steps

    def _check_options(self) -> None:
        """Refuse options that make no sense together."""
        if self.value_min >= self.value_max:
            raise UsageError(f"value_min ({self.value_min:g}) is not below value_max ({self.value_max:g}).")
        if self.atoms > 1 and self.loss == "mse":
            raise UsageError("loss=mse fits means; a distribution is fitted by cross entropy.", "Leave loss out, or set atoms=1.")
        if self.atoms > 1 and self.learner == "agent" and self.double_q:
            raise UsageError("TF-Agents' categorical agent has no double Q.", "Choose learner=compiled or double_q=false.")
        if self.prioritised and self.learner == "agent":
            raise UsageError("learner=agent takes no importance weights.", "Choose learner=compiled or prioritised=false.")
        if self.dueling and self.layer_norm:
            raise UsageError("A dueling head has no layer normalisation.", "Choose dueling=false or layer_norm=false.")
