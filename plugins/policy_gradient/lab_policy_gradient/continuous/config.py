"""Every option of DDPG, TD3 and SAC, with its unit. "Agent steps" count decisions of one environment.

Noise and its clips are in units of the unit box: 1 is half the distance between an action's bounds.
"""

from typing import Annotated, ClassVar, Literal, Self

import msgspec

from lab_core.config import TrainConfig, about
from lab_core.errors import UsageError


class ContinuousConfig(TrainConfig, frozen=True, kw_only=True):
    """What the three methods share."""

    method: ClassVar[str]

    env: Annotated[
        str,
        about(
            "Gymnasium id with vectors to see and bounded vectors to act with, or package.module:Env-v0", section="environment"
        ),
    ] = "Pendulum-v1"
    steps: Annotated[int, about("Length of the training, and the horizon of its schedules", unit="agent steps", ge=1)] = 1_000_000
    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 4
    warm_up: Annotated[
        int, about("Uniformly random actions before learning starts", unit="agent steps", ge=1, section="exploration")
    ] = 1_000
    replay_capacity: Annotated[int, about("Transitions kept", unit="agent steps", ge=100, section="replay memory")] = 1_000_000

    slice_steps: Annotated[
        int, about("Steps between two rounds of updates", unit="agent steps", ge=1, section="updates and optimiser")
    ] = 64
    updates_per_slice: Annotated[int, about("Updates in such a round", unit="updates", ge=1)] = 64
    batch_size: Annotated[int, about("Transitions in one update", ge=1, le=65_536)] = 256
    gamma: Annotated[float, about("Discount per step", ge=0, le=1)] = 0.99
    reward_scale: Annotated[float, about("Factor on rewards for learning; scores are raw", gt=0)] = 1.0
    tau: Annotated[float, about("Share of the way that target networks move to the networks in one update", gt=0, le=1)] = 0.005

    actor_layers: Annotated[tuple[int, ...], about("Widths of the actor's hidden layers", section="network")] = (256, 256)
    critic_layers: Annotated[tuple[int, ...], about("Widths of a critic's hidden layers")] = (256, 256)
    critic_action_layer: Annotated[
        int, about("Where actions enter a critic: 0 beside the observation, 1 after the first layer", ge=0, le=1)
    ] = 0
    final_init: Annotated[float, about("Bound of the last layers' first weights, else 1/sqrt(fan-in)", gt=0)] | None = None
    actor_learning_rate: Annotated[
        float, about("Adam's step size for the actor", gt=0, le=1, section="updates and optimiser")
    ] = 3e-4
    critic_learning_rate: Annotated[float, about("Adam's step size for the critics", gt=0, le=1)] = 3e-4

    learner: Annotated[Literal["compiled", "agent"], about("Our compiled updates, or TF-Agents' own agent")] = "compiled"
    xla: Annotated[bool, about("Compile the updates with XLA: seconds more at the start, then faster for small networks")] = False
    score_window: Annotated[
        int, about("Finished episodes whose mean score is reported", unit="episodes", ge=1, section="watching and checkpoints")
    ] = 20

    def resolved(self) -> Self:
        """This config with the environment's full id, its version included, as it is recorded."""
        from lab_environments.gym import full_env_id

        return msgspec.structs.replace(self, env=full_env_id(self.env))

    def remarks(self) -> tuple[str, ...]:
        from lab_environments.limits import limit_remarks

        return limit_remarks(self.env)

    def check(self) -> None:
        for name in ("actor_layers", "critic_layers"):
            layers = getattr(self, name)
            if not layers or min(layers) < 1:
                raise UsageError(f"{name} needs at least one width, and each at least 1.", f"Example: {name}=256,256")
        if self.slice_steps % self.environments:
            raise UsageError(
                f"slice_steps ({self.slice_steps} agent steps) is not a multiple of environments ({self.environments}).",
                "Make it one, so that every slice is whole.",
            )
        if self.steps < self.warm_up + self.slice_steps:
            raise UsageError(
                f"steps={self.steps} ends in the warm-up (warm_up={self.warm_up} agent steps of random actions): "
                "nothing would be learnt.",
                f"Take --steps {self.warm_up + self.slice_steps} or more, or a smaller --set warm_up=.",
            )
        if self.replay_capacity < self.slice_steps:
            raise UsageError(f"replay_capacity ({self.replay_capacity}) is less than a slice ({self.slice_steps} agent steps).")
        if self.learner == "agent" and self.xla:
            raise UsageError("xla=true compiles our own updates; TF-Agents' agents can't be compiled so.", "Set xla=false.")


class DDPGConfig(ContinuousConfig, frozen=True, kw_only=True):
    """Deep deterministic policy gradient (Lillicrap et al. 2016)."""

    method = "ddpg"

    noise: Annotated[
        Literal["gaussian", "ornstein-uhlenbeck"], about("Exploration noise: fresh each step, or drifting", section="exploration")
    ] = "gaussian"
    noise_sigma: Annotated[float, about("Standard deviation of the noise's steps", ge=0, le=2)] = 0.1
    critic_l2: Annotated[
        float, about("Weight decay of the critics, as a term of their loss", ge=0, section="updates and optimiser")
    ] = 0.0
    noise_theta: Annotated[float, about("Pull of drifting noise towards 0 in a step", gt=0, le=1, section="exploration")] = 0.15


class TD3Config(DDPGConfig, frozen=True, kw_only=True):
    """Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018)."""

    method = "td3"

    policy_delay: Annotated[
        int,
        about(
            "Updates of the critics for one of the actor and the targets", unit="updates", ge=1, section="updates and optimiser"
        ),
    ] = 2
    target_noise: Annotated[float, about("Standard deviation of the noise on target actions", ge=0, le=2)] = 0.2
    target_noise_clip: Annotated[float, about("Bound of the noise on target actions", ge=0, le=2)] = 0.5

    def check(self) -> None:
        super().check()
        if self.updates_per_slice % self.policy_delay:
            raise UsageError(
                f"updates_per_slice ({self.updates_per_slice}) is not a multiple of policy_delay ({self.policy_delay}).",
                "Make it one, so that every round ends with a step of the actor.",
            )


class SACConfig(ContinuousConfig, frozen=True, kw_only=True):
    """Soft actor-critic with an automatic temperature (Haarnoja et al. 2018b)."""

    method = "sac"

    alpha: Annotated[float, about("Temperature at the start", gt=0, section="entropy")] = 1.0
    learn_alpha: Annotated[bool, about("Move the temperature so that the entropy reaches its target")] = True
    target_entropy: Annotated[float, about("Entropy to hold, in nats in the unit box; none: minus an action's size")] | None = (
        None
    )
    alpha_learning_rate: Annotated[float, about("Adam's step size for the logarithm of the temperature", gt=0, le=1)] = 3e-4
