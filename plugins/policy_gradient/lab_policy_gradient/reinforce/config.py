"""Every option of REINFORCE, with its unit. Steps are episodes: the method learns from whole ones only."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from lab_core.config import TrainConfig, about
from lab_core.errors import UsageError

EARLIER = 1_000  # what ``max_episode_steps`` was by default


class ReinforceConfig(TrainConfig, frozen=True, kw_only=True):
    """REINFORCE (Williams 1992) with a learnt baseline and an entropy bonus, on whole episodes of vector environments."""

    env: Annotated[str, about("A Gymnasium id such as CartPole-v1, or package.module:Env-v0", section="environment")] = (
        "CartPole-v1"
    )
    environments: Annotated[
        int, about("Environments side by side; each plays one episode per update", unit="episodes", ge=1, le=1024)
    ] = 16
    max_steps: (
        Annotated[int, about("An episode is cut off after so many; none: the environment's cap, or 1,000", unit="steps", ge=1)]
        | None
    ) = None
    updates_per_slice: Annotated[
        int, about("Updates in one slice of the training", unit="updates", ge=1, section="updates and optimiser")
    ] = 1

    layers: Annotated[tuple[int, ...], about("Widths of the policy's hidden layers", section="network")] = (64,)
    activation: Annotated[Literal["relu", "tanh"], about("Activation after every hidden layer")] = "tanh"
    bias: Annotated[bool, about("Layers of the policy have biases")] = True
    head: Annotated[
        Literal["categorical", "bernoulli"], about("One logit per action, or for two actions only one, for the second")
    ] = "categorical"

    gamma: Annotated[float, about("Discount per step", ge=0, le=1, section="updates and optimiser")] = 0.99
    reward_scale: Annotated[float, about("Rewards are multiplied by this for learning", gt=0)] = 1.0
    baseline: Annotated[bool, about("Subtract a learnt value of the state from the return")] = True
    value_layers: Annotated[tuple[int, ...], about("Widths of the value network's hidden layers")] = (64,)
    value_weight: Annotated[float, about("Weight of the value network's squared error", ge=0)] = 1.0
    entropy_weight: Annotated[float, about("Weight of the policy's entropy, which keeps it from settling early", ge=0)] = 0.01
    normalise: Annotated[Literal["none", "batch", "episode"], about("Set in which advantages get mean 0 and deviation 1")] = (
        "batch"
    )
    whole_advantages: Annotated[bool, about("Round normalised advantages down to whole numbers, as the source's // does")] = False
    average: Annotated[
        Literal["steps", "episodes"], about("The loss is the mean over a batch's steps, or the sum over episodes of their means")
    ] = "steps"
    learning_rate: Annotated[float, about("Adam's step size", gt=0, le=1)] = 5e-3
    max_grad_norm: Annotated[float, about("Clip each variable's gradient to this norm", gt=0)] | None = None

    stop_at_batch: Annotated[
        float | None, about("Stop once the mean score of one batch reaches this; none trains on", section="length and selection")
    ] = None
    score_window: Annotated[
        int, about("Finished episodes whose mean score is reported", unit="episodes", ge=1, section="watching and checkpoints")
    ] = 100

    def resolved(self) -> "ReinforceConfig":
        """With the environment's full id, its version included."""
        from lab_environments.gym import full_env_id

        return msgspec.structs.replace(self, env=full_env_id(self.env))

    @classmethod
    def upgraded(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """``max_episode_steps`` became ``max_steps``; its old default, 1,000, cut nothing that was recorded."""
        found = {name: value for name, value in values.items() if name != "max_episode_steps"}
        earlier = values.get("max_episode_steps", EARLIER)
        return found if earlier == EARLIER else {"max_steps": earlier, **found}

    def limit(self) -> int:
        """After how many steps an episode is cut off: ``max_steps``, else what the environment says."""
        if self.max_steps is not None:
            return self.max_steps
        from lab_environments.limits import episode_limit

        return episode_limit(self.env)

    def remarks(self) -> tuple[str, ...]:
        from lab_environments.limits import limit_remarks

        return limit_remarks(self.env, cut_after=self.limit())

    def check(self) -> None:
        for name in ("layers", "value_layers"):
            if any(width < 1 for width in getattr(self, name)):
                raise UsageError(f"{name} has a layer of width {min(getattr(self, name))}; at least 1 is expected.")
        if self.whole_advantages and self.normalise == "none":
            raise UsageError("whole_advantages rounds normalised advantages, and normalise is none.", "Set normalise=episode.")
