"""Every option of PPO and A2C, with its unit. "Agent steps" count decisions of one environment; one is 4 frames on Atari."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from lab_core.config import Config, TrainConfig, about, to_dict
from lab_core.errors import UsageError


class ActorCriticConfig(TrainConfig, frozen=True, kw_only=True):
    """What PPO and A2C share: environments, networks, advantages, the weights of the losses."""

    # what is played
    env: Annotated[str, about("Gymnasium id such as Acrobot-v1, or package.module:Env-v0; empty for Atari")] = ""
    game: Annotated[str, about("Atari game such as breakout; empty for Gymnasium environments")] = ""
    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 8
    history: Annotated[int, about("Newest frames that make one observation (Atari)", unit="frames", ge=1, le=16)] = 4
    observation_size: Annotated[int, about("Height and width of an Atari frame", unit="pixels", ge=36, le=210)] = 84
    frame_skip: Annotated[int, about("Frames that one action is held (Atari)", unit="frames", ge=1, le=16)] = 4
    sticky: Annotated[float, about("Chance that the emulator repeats the previous action (Atari)", ge=0, le=1)] = 0.0
    noop_max: Annotated[int, about("Most no-ops at the start of a game (Atari)", unit="frames", ge=0, le=1000)] = 30
    max_frames: Annotated[int, about("Length at which an Atari training game is cut", unit="frames", ge=100)] = 108_000
    full_action_space: Annotated[bool, about("All 18 joystick actions instead of those the game reacts to")] = False
    life_loss_terminal: Annotated[bool, about("Treat a lost life as the end of the episode (Atari; the game goes on)")] = True
    fire: Annotated[bool, about("Press FIRE when a game begins and after a lost life, where the game has FIRE")] = True
    reward_clip: Annotated[float, about("Rewards are clipped to [-x, x] for learning", gt=0)] | None = None
    normalise_observations: Annotated[bool, about("Observations with running mean 0 and deviation 1 (vectors)")] = False
    normalise_rewards: Annotated[bool, about("Rewards divided by the running deviation of the discounted return")] = False
    normalise_clip: Annotated[float, about("Normalised observations and rewards are held within [-x, x]", gt=0)] = 10.0

    # the networks
    mlp_layers: Annotated[tuple[int, ...], about("Widths of the tanh layers of policy and critic, for vectors")] = (64, 64)
    log_std: Annotated[float, about("First log deviation of a Gaussian policy", ge=-5, le=3)] = 0.0

    # advantages
    rollout_steps: Annotated[int, about("Steps of each environment between two updates", ge=1, le=100_000)] = 128
    gamma: Annotated[float, about("Discount a step", ge=0, le=1)] = 0.99
    gae_lambda: Annotated[float, about("Lambda of generalised advantage estimation; 1: Monte Carlo", ge=0, le=1)] = 0.95

    # learning
    learning_rate: Annotated[float, about("Step size at the start", gt=0, le=1)] = 2.5e-4
    learning_rate_end: Annotated[float, about("Step size at the end of steps, linear", ge=0)] | None = 0.0
    value_weight: Annotated[float, about("Weight of the critic's loss", ge=0)] = 0.5
    entropy_weight: Annotated[float, about("Weight of the entropy bonus", ge=0)] = 0.01
    max_grad_norm: Annotated[float, about("Clip the norm of all gradients together; none: no clipping", gt=0)] | None = 0.5
    rollouts_per_slice: Annotated[int, about("Rollouts and updates between two lines of metrics", ge=1)] = 1
    score_window: Annotated[int, about("Finished episodes whose mean score is reported", ge=1)] = 100

    @property
    def atari(self) -> bool:
        return bool(self.game)

    @property
    def batch(self) -> int:
        """Agent steps in one rollout."""
        return self.rollout_steps * self.environments

    def resolved(self) -> Config:
        """With the environment's full id, its version included, or the game's as the benchmarks spell it.

        Raises UsageError, with the nearest names, for what isn't there.
        """
        from lab_environments.games import known_game
        from lab_environments.gym import full_env_id

        if self.game:
            return msgspec.structs.replace(self, game=known_game(self.game))
        return msgspec.structs.replace(self, env=full_env_id(self.env))

    def benchmark_fields(self) -> Mapping[str, Any]:
        from lab_environments.games import game_id

        return {**to_dict(self), "game": game_id(self.game) if self.game else ""}

    def own_protocol(self) -> str | None:
        """Eighteen actions are scored where all have them."""
        return "machado-2018" if self.game and self.full_action_space else None

    def check(self) -> None:
        if self.env and self.game:
            raise UsageError(
                f"env={self.env} and game={self.game} can't both be played.",
                "game= belongs to the tasks ending in -atari, env= to the methods alone.",
            )
        if not self.env and not self.game:
            raise UsageError("Nothing to play is named.", "Example: --set env=Acrobot-v1")
        if not self.mlp_layers or min(self.mlp_layers) < 1:
            raise UsageError("mlp_layers needs at least one width, and each at least 1.", "Example: mlp_layers=64,64")
        if self.atari and self.normalise_observations:
            raise UsageError("Atari frames are bytes and not normalised.", "Set normalise_observations=false.")
        if self.normalise_rewards and self.reward_clip is not None:
            raise UsageError("normalise_rewards and reward_clip are two ways to one end.", "Set one of them to false or none.")


class PPOConfig(ActorCriticConfig, frozen=True, kw_only=True):
    """Proximal policy optimisation with a clipped objective (Schulman et al. 2017)."""

    epochs: Annotated[int, about("Passes over a rollout", ge=1, le=100)] = 4
    minibatches: Annotated[int, about("Updates in one pass", ge=1)] = 4
    clip: Annotated[float, about("How far the probability ratio may move with gain", gt=0, lt=1)] = 0.2
    clip_end: Annotated[float, about("The same at the end of steps, linear; none: constant", gt=0, lt=1)] | None = None
    value_clip: Annotated[bool, about("Hold the critic within clip of its old values, too")] = True
    normalise_advantages: Annotated[bool, about("Advantages of each minibatch with mean 0 and deviation 1")] = True
    adam_epsilon: Annotated[float, about("Adam's epsilon", gt=0)] = 1e-5
    learner: Annotated[Literal["compiled", "agent"], about("Our compiled update, or TF-Agents' PPOClipAgent")] = "compiled"

    def check(self) -> None:
        super().check()
        if self.batch % self.minibatches:
            raise UsageError(
                f"A rollout of {self.batch} agent steps (rollout_steps * environments) is no multiple of "
                f"minibatches={self.minibatches}.",
                "Make it one, so that every minibatch has the same size.",
            )
        if self.batch // self.minibatches < 2 and self.normalise_advantages:
            raise UsageError("Minibatches of one step can't be normalised.", "Take fewer minibatches or longer rollouts.")


class A2CConfig(ActorCriticConfig, frozen=True, kw_only=True):
    """Advantage actor-critic, synchronous (Mnih et al. 2016)."""

    rollout_steps: Annotated[int, about("Steps of each environment between two updates", ge=1, le=100_000)] = 5
    gae_lambda: Annotated[float, about("Lambda of generalised advantage estimation; 1: n-step", ge=0, le=1)] = 1.0
    learning_rate: Annotated[float, about("Step size at the start", gt=0, le=1)] = 7e-4
    normalise_advantages: Annotated[bool, about("Advantages of each update with mean 0 and deviation 1")] = False
    optimizer: Annotated[Literal["rmsprop", "adam"], about("How gradients become steps")] = "rmsprop"
    adam_epsilon: Annotated[float, about("Adam's epsilon", gt=0)] = 1e-5
    rms_decay: Annotated[float, about("RMSProp's decay of the squared gradient", ge=0, lt=1)] = 0.99
    rms_epsilon: Annotated[float, about("RMSProp's epsilon, under the root", gt=0)] = 1e-5
    rollouts_per_slice: Annotated[int, about("Rollouts and updates between two lines of metrics", ge=1)] = 100

    @property
    def epochs(self) -> int:
        return 1

    @property
    def minibatches(self) -> int:
        return 1
