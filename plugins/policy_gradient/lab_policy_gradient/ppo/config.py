"""Every option of PPO and A2C, with its unit. "Agent steps" count decisions of one environment; one is 4 frames on Atari."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from lab_environments.config import PlayConfig
from lab_tensorflow.agent_rates import upgraded_rate
from lab_tensorflow.own_network import check_network

from lab_core.config import about
from lab_core.errors import UsageError


class ActorCriticConfig(PlayConfig, frozen=True, kw_only=True):
    """What PPO and A2C share: environments, networks, advantages, the weights of the losses."""

    reward_clip: (
        Annotated[float, about("Rewards are clipped to [-x, x] for learning", gt=0, section="observations and rewards")] | None
    ) = None
    normalise_observations: Annotated[bool, about("Observations with running mean 0 and deviation 1 (vectors)")] = False
    normalise_rewards: Annotated[bool, about("Rewards divided by the running deviation of the discounted return")] = False
    normalise_clip: Annotated[float, about("Normalised observations and rewards are held within [-x, x]", gt=0)] = 10.0

    network: Annotated[
        str,
        about(
            "Layers of policy and critic: auto (mlp_layers for vectors, Nature for frames), or module:function, your own",
            section="network",
        ),
    ] = "auto"
    mlp_layers: Annotated[tuple[int, ...], about("Widths of the tanh layers of policy and critic, for vectors")] = (64, 64)
    log_std: Annotated[float, about("First log deviation of a Gaussian policy", ge=-5, le=3)] = 0.0

    rollout_steps: Annotated[
        int, about("Steps of each environment between two updates", ge=1, le=100_000, section="advantages")
    ] = 128
    gamma: Annotated[float, about("Discount per step", ge=0, le=1)] = 0.99
    gae_lambda: Annotated[float, about("Lambda of generalised advantage estimation; 1: Monte Carlo", ge=0, le=1)] = 0.95

    learning_rate: Annotated[float, about("Step size at the start", gt=0, le=1, section="updates and optimiser")] = 2.5e-4
    final_learning_rate: Annotated[
        float, about("Learning rate at the end of steps, as a share of learning_rate, linear; 1: constant", ge=0, le=1)
    ] = 0.0
    value_weight: Annotated[float, about("Weight of the critic's loss", ge=0)] = 0.5
    entropy_weight: Annotated[float, about("Weight of the entropy bonus", ge=0)] = 0.01
    max_grad_norm: Annotated[float, about("Clip the norm of all gradients together; none: no clipping", gt=0)] | None = 0.5
    rollouts_per_slice: Annotated[int, about("Rollouts and updates between two lines of metrics", ge=1)] = 1
    score_window: Annotated[
        int, about("Finished episodes whose mean score is reported", ge=1, section="watching and checkpoints")
    ] = 100

    @property
    def batch(self) -> int:
        """Agent steps in one rollout."""
        return self.rollout_steps * self.environments

    def check(self) -> None:
        super().check()
        check_network(self.network, ("auto",))
        if not self.mlp_layers or min(self.mlp_layers) < 1:
            raise UsageError("mlp_layers needs at least one width, and each at least 1.", "Example: mlp_layers=64,64")
        if self.atari and self.normalise_observations:
            raise UsageError("Atari frames are bytes and not normalised.", "Set normalise_observations=false.")
        if self.normalise_rewards and self.reward_clip is not None:
            raise UsageError("normalise_rewards and reward_clip are two ways to one end.", "Set one of them to false or none.")

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return super().upgraded(upgraded_rate(cls, values))


class PPOConfig(ActorCriticConfig, frozen=True, kw_only=True):
    """Proximal policy optimisation with a clipped objective (Schulman et al. 2017)."""

    epochs: Annotated[int, about("Passes over a rollout", ge=1, le=100, section="updates and optimiser")] = 4
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
    normalise_advantages: Annotated[
        bool, about("Advantages of each update with mean 0 and deviation 1", section="updates and optimiser")
    ] = False
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
