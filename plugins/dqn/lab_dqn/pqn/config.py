"""Every option of PQN, with its unit. "Agent steps" count decisions of one environment; one is 4 frames on Atari."""

from typing import Annotated, Literal

from lab_core.config import about
from lab_core.errors import UsageError
from lab_dqn.config import NetworkConfig
from lab_dqn.exploration import linear_epsilon


class PQNConfig(NetworkConfig, frozen=True, kw_only=True):
    """Parallelised Q-network (Gallici et al. 2024): rollouts of many environments, Q(lambda) targets, a few epochs on each."""

    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 128
    layer_norm: Annotated[bool, about("Layer normalisation before each ReLU: what keeps PQN stable without a target")] = True

    epsilon_start: Annotated[float, about("Chance of a random action at the start", ge=0, le=1, section="exploration")] = 1.0
    epsilon_end: Annotated[float, about("Chance of a random action after the decay", ge=0, le=1)] = 0.001
    epsilon_steps: Annotated[int, about("Length of the linear decay", unit="agent steps", ge=1)] | None = None

    rollout: Annotated[
        int, about("Steps of each environment between two rounds of learning", unit="steps", ge=2, le=4096, section="targets")
    ] = 32
    trace: Annotated[float, about("Lambda of Q(lambda): 0 is the one-step target, 1 the whole return", ge=0, le=1)] = 0.65

    epochs: Annotated[int, about("Passes over each rollout", ge=1, le=100, section="updates and optimiser")] = 2
    minibatches: Annotated[int, about("Updates in one epoch over a rollout", ge=1, le=4096)] = 32
    optimizer: Annotated[Literal["radam", "adam"], about("Rectified Adam (Liu et al. 2020), or Adam")] = "radam"
    learning_rate: Annotated[float, about("Step size", gt=0, le=1)] = 2.5e-4
    final_learning_rate: Annotated[
        float, about("Learning rate at the end of steps, as a share of learning_rate, linear; 1: constant", ge=0, le=1)
    ] = 1.0
    adam_epsilon: Annotated[float, about("The optimiser's epsilon", gt=0)] = 1e-8
    max_grad_norm: Annotated[float, about("Clip the norm of the whole gradient; none: no clipping", gt=0)] | None = 10.0
    overlap: Annotated[bool, about("Act while learning, with weights one rollout older; off: in turn")] = True

    @property
    def rollout_steps(self) -> int:
        """Agent steps of one rollout, which is one slice."""
        return self.rollout * self.environments

    @property
    def batch_size(self) -> int:
        """Transitions in one update."""
        return self.rollout_steps // self.minibatches

    @property
    def epsilon_horizon(self) -> int:
        """Agent steps until epsilon reaches its end; a tenth of the training if nothing is said."""
        return self.epsilon_steps if self.epsilon_steps is not None else max(1, self.steps // 10)

    def epsilon(self, agent_step: int) -> float:
        """Chance of a random action at an agent step: linear, then constant."""
        return linear_epsilon(agent_step, start=self.epsilon_start, end=self.epsilon_end, horizon=self.epsilon_horizon)

    def check(self) -> None:
        super().check()
        if self.epsilon_end > self.epsilon_start:
            raise UsageError(f"epsilon_end ({self.epsilon_end:g}) is above epsilon_start ({self.epsilon_start:g}).")
        if self.rollout_steps % self.minibatches:
            divisors = [count for count in range(1, self.rollout_steps + 1) if self.rollout_steps % count == 0]
            near = min(divisors, key=lambda count: abs(count - self.minibatches))
            raise UsageError(
                f"A rollout ({self.rollout} steps of {self.environments} environments) can't be cut into {self.minibatches} "
                "equal minibatches.",
                f"The nearest is minibatches={near}.",
            )
