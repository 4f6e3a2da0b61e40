"""Every option of DQN, with its unit. "Agent steps" count decisions of one environment; one is 4 frames on Atari."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from lab_core.config import TrainConfig, about, to_dict
from lab_core.errors import UsageError


class PlayConfig(TrainConfig, frozen=True, kw_only=True):
    """What is played, and by which network: the same for every method of this plugin."""

    suite: Annotated[Literal["atari", "gymnasium"], about("Where the environment comes from")] = "atari"
    game: Annotated[str, about("ALE game such as breakout or space-invaders, or a Gymnasium id such as CartPole-v1")] = "breakout"
    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 16
    history: Annotated[int, about("Newest frames that make one observation", unit="frames", ge=1, le=16)] = 4
    observation_size: Annotated[int, about("Height and width of an Atari frame", unit="pixels", ge=36, le=210)] = 84
    frame_skip: Annotated[int, about("Frames that one action is held", unit="frames", ge=1, le=16)] = 4
    sticky: Annotated[float, about("Chance that the emulator repeats the previous action", ge=0, le=1)] = 0.0
    noop_max: Annotated[int, about("Most no-ops at the start of a game", unit="frames", ge=0, le=1000)] = 30
    max_frames: Annotated[int, about("Length at which a training game is cut", unit="frames", ge=100)] = 108_000
    full_action_space: Annotated[bool, about("All 18 joystick actions instead of those the game reacts to")] = False
    life_loss_terminal: Annotated[bool, about("Treat a lost life as the end of the episode (the game goes on)")] = True
    fire: Annotated[bool, about("Press FIRE when a game begins and after a lost life, where the game has FIRE")] = True

    # the network
    network: Annotated[Literal["nips", "nature", "mlp"], about("Layers of the Q-network")] = "nature"
    mlp_layers: Annotated[tuple[int, ...], about("Widths of the hidden layers of network=mlp")] = (128, 128)
    layer_norm: Annotated[bool, about("Layer normalisation before each ReLU")] = False

    # rewards
    gamma: Annotated[float, about("Discount a step", ge=0, le=1)] = 0.99
    reward_clip: Annotated[float | None, about("Rewards are clipped to [-x, x] for learning; none: as they are")] = 1.0
    score_window: Annotated[int, about("Finished games whose mean score is reported", unit="games", ge=1)] = 100

    @property
    def atari(self) -> bool:
        return self.suite == "atari"

    def benchmark_fields(self) -> Mapping[str, Any]:
        from lab_environments.games import game_id

        return {**to_dict(self), "game": game_id(self.game) if self.atari else self.game}

    def check(self) -> None:
        if self.reward_clip is not None and self.reward_clip <= 0:
            raise UsageError(f"Setting 'reward_clip' can't be {self.reward_clip:g}; a positive number or none is expected.")
        if self.atari and self.network == "mlp":
            raise UsageError("network=mlp can't see Atari frames.", "Choose network=nature or network=nips.")
        if not self.atari and self.network != "mlp":
            raise UsageError(f"network={self.network} needs Atari frames.", "Choose network=mlp for Gymnasium environments.")
        if self.network == "mlp" and (not self.mlp_layers or min(self.mlp_layers) < 1):
            raise UsageError("mlp_layers needs at least one width, and each at least 1.", "Example: mlp_layers=128,128")


class DQNConfig(PlayConfig, frozen=True, kw_only=True):
    """Deep Q-learning (Mnih et al. 2013, 2015) with double Q, n-step returns and vector environments."""

    # exploration
    epsilon_start: Annotated[float, about("Chance of a random action after the warm-up", ge=0, le=1)] = 1.0
    epsilon_end: Annotated[float, about("Chance of a random action after the decay", ge=0, le=1)] = 0.01
    epsilon_steps: Annotated[
        int | None, about("Length of the linear decay after the warm-up; none: a fifth of steps", unit="agent steps")
    ] = None
    warm_up: Annotated[int, about("Random actions before learning starts", unit="agent steps", ge=0)] = 20_000

    # memory
    replay_capacity: Annotated[int, about("Transitions kept; each costs one frame of memory", unit="agent steps", ge=100)] = (
        500_000
    )
    n_step: Annotated[int, about("Rewards summed before the bootstrap", unit="agent steps", ge=1, le=20)] = 1

    # learning
    batch_size: Annotated[int, about("Transitions in one update", ge=1, le=4096)] = 32
    train_every: Annotated[int, about("Agent steps for one update", unit="agent steps", ge=1)] = 4
    updates_per_slice: Annotated[
        int, about("Updates between two looks of the actor at the new weights", unit="updates", ge=1)
    ] = 32
    target_period: Annotated[int, about("Between two copies into the target network", unit="agent steps", ge=1)] = 8192
    double_q: Annotated[bool, about("The online network chooses the action that the target network values")] = False
    loss: Annotated[Literal["huber", "mse"], about("Error of the temporal difference (huber: threshold 1)")] = "huber"
    optimizer: Annotated[Literal["adam", "rmsprop"], about("How gradients become steps")] = "adam"
    learning_rate: Annotated[float, about("Step size", gt=0, le=1)] = 1e-4
    learning_rate_end: Annotated[float | None, about("Step size at the end of steps, linear; none: constant")] = None
    adam_epsilon: Annotated[float, about("Adam's epsilon", gt=0)] = 1.5e-4
    rms_decay: Annotated[float, about("RMSProp's decay of the squared gradient", ge=0, lt=1)] = 0.9
    rms_momentum: Annotated[float, about("RMSProp's momentum", ge=0, lt=1)] = 0.95
    rms_epsilon: Annotated[float, about("RMSProp's epsilon, under the root", gt=0)] = 0.01
    rms_centred: Annotated[bool, about("RMSProp divides by the standard deviation instead of the root mean square")] = False
    max_grad_norm: Annotated[float | None, about("Clip each variable's gradient to this norm; none: no clipping")] = None
    learner: Annotated[Literal["compiled", "agent"], about("Our K-update step, or TF-Agents' own agent")] = "compiled"

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
        if agent_step < self.warm_up:
            return 1.0
        done = min(1.0, (agent_step - self.warm_up) / self.epsilon_horizon)
        return self.epsilon_start + done * (self.epsilon_end - self.epsilon_start)

    def check(self) -> None:
        super().check()
        if self.epsilon_end > self.epsilon_start:
            raise UsageError(f"epsilon_end ({self.epsilon_end:g}) is above epsilon_start ({self.epsilon_start:g}).")
        for name in ("epsilon_steps", "learning_rate_end", "max_grad_norm"):
            value = getattr(self, name)
            if value is not None and (value < 0 or (value == 0 and name != "learning_rate_end")):
                raise UsageError(f"Setting {name!r} can't be {value:g}; a positive number or none is expected.")
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
