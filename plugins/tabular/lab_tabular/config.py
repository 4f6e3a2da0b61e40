"""Settings of the tabular tasks."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

import msgspec

from lab_core.config import TrainConfig, about, to_dict
from lab_core.errors import UsageError
from lab_tabular.maze import MAZES, is_text, load_maze, read_maze

MAZE = "maze"  # the value of ``env`` that means the map in ``maze``


class ProblemConfig(TrainConfig, frozen=True, kw_only=True):
    """Where a method learns: what every tabular task shares."""

    env: Annotated[
        str,
        about(
            "maze, or a Gymnasium environment (Taxi, FrozenLake-v1, my_module:MyEnv-v0); without a version the newest",
            section="environment",
        ),
    ] = MAZE
    maze: Annotated[
        str, about("The map of env=maze: plain, traps, or a text file of your own ('.' wall, 'o' treasure, 'x' trap, 'A' start)")
    ] = "plain"
    gamma: Annotated[float, about("Discount of a reward one step later", ge=0, le=1, section="updates and optimiser")] = 0.9
    max_steps: (
        Annotated[
            int,
            about(
                "An episode is cut off after so many steps; none: its own limit (30 in a maze)",
                ge=1,
                le=1_000_000,
                section="environment",
            ),
        ]
        | None
    ) = None

    def check(self) -> None:
        if self.env == MAZE and (self.maze in MAZES or is_text(self.maze)):
            load_maze(self.maze)

    def resolved(self) -> Self:
        """This config without anything outside itself: a maze file's text in its place, an environment's version named."""
        if self.env == MAZE:
            return msgspec.structs.replace(self, maze=read_maze(self.maze))
        from lab_environments.gym import resolve_env

        module, colon, _ = self.env.rpartition(":")
        return msgspec.structs.replace(self, env=f"{module}{colon}{resolve_env(self.env).id}")

    def limit(self) -> int:
        """After how many steps an episode is cut off: ``max_steps``, else what the environment says."""
        if self.max_steps is not None:
            return self.max_steps
        if self.env == MAZE:
            return 30
        from lab_environments.limits import episode_limit

        return episode_limit(self.env)

    def remarks(self) -> tuple[str, ...]:
        if self.env == MAZE:
            return ()
        from lab_environments.limits import limit_remarks

        return limit_remarks(self.env, cut_after=self.limit())

    def benchmark_fields(self) -> Mapping[str, Any]:
        """``benchmark``, the id where this is scored; ``maze`` as a short id (a user's map: ``custom-`` and eight digits of its

        hash), ``maze_text`` as the map or name.
        """
        short = f"custom-{sha256(self.maze.encode()).hexdigest()[:8]}" if is_text(self.maze) else self.maze
        benchmark = f"maze/{short}" if self.env == MAZE else gym_benchmark(self.env)
        return {**to_dict(self), "maze": short, "maze_text": self.maze, "benchmark": benchmark}


class EpisodesConfig(ProblemConfig, frozen=True, kw_only=True):
    """What every method that learns from episodes shares."""

    steps: Annotated[int, about("Length of the training, and the horizon of its schedules", unit="episodes", ge=1)] = 5000
    alpha: Annotated[float, about("Step size of an update", gt=0, le=1, section="updates and optimiser")] = 0.1
    alpha_decay: Annotated[
        float,
        about("The n-th update of an entry has step size alpha / n**alpha_decay; 0 keeps it constant", ge=0, le=1),
    ] = 0.0
    backend: Annotated[
        Literal["auto", "compiled", "gymnasium"],
        about("Compiled loop over a transition table, or step by step through Gymnasium; auto: compiled where there is a table"),
    ] = "auto"
    slice_episodes: Annotated[
        int, about("Episodes between two lines of metrics", unit="episodes", ge=1, section="watching and checkpoints")
    ] = 50


class LearnerConfig(EpisodesConfig, frozen=True, kw_only=True):
    """Settings of Q-learning, SARSA, Expected SARSA and double Q-learning."""

    epsilon: Annotated[float, about("Share of random actions in the first episode", ge=0, le=1, section="exploration")] = 1.0
    epsilon_final: (
        Annotated[
            float, about("Share of random actions in the last episode, reached in a straight line; none: constant", ge=0, le=1)
        ]
        | None
    ) = 0.1
    ties: Annotated[
        Literal["random", "first"], about("Which of several equally good actions is taken: any, or the one of lowest number")
    ] = "random"
    random_when_zero: Annotated[bool, about("Act at random where all values of an observation are still exactly zero")] = False


class DynaConfig(LearnerConfig, frozen=True, kw_only=True):
    """Settings of Dyna-Q."""

    planning: Annotated[int, about("Updates from the model after each real step", unit="updates", ge=0, le=10_000)] = 10


class TraceConfig(LearnerConfig, frozen=True, kw_only=True):
    """Settings of Sarsa(lambda) and Q(lambda)."""

    trace_lambda: Annotated[float, about("lambda: traces fade by gamma * lambda a step; 0 is one-step learning", ge=0, le=1)] = (
        0.9
    )
    traces: Annotated[
        Literal["accumulating", "replacing", "dutch"], about("What a visit does to a trace: add 1, set to 1, or between the two")
    ] = "replacing"


class NStepConfig(LearnerConfig, frozen=True, kw_only=True):
    """Settings of the n-step methods."""

    n_step: Annotated[int, about("Rewards summed before the bootstrap", unit="steps", ge=1, le=1000)] = 4
    backup: Annotated[
        Literal["sarsa", "expected", "tree"],
        about("What follows the rewards: the next action's value, the mean over the policy; or tree backup of the greedy policy"),
    ] = "sarsa"


class MonteCarloConfig(LearnerConfig, frozen=True, kw_only=True):
    """Settings of Monte Carlo control; off-policy learning averages whatever ``alpha`` says."""

    learning: Annotated[
        Literal["first-visit", "every-visit", "off-policy"],
        about("On-policy from the first or from every visit of an episode, or off-policy by weighted importance sampling"),
    ] = "first-visit"

    def check(self) -> None:
        super().check()
        if self.learning == "off-policy" and self.random_when_zero:
            raise UsageError("learning=off-policy weighs each action by its chance, which random_when_zero leaves unsaid.")


class PredictionConfig(EpisodesConfig, frozen=True, kw_only=True):
    """Settings of TD(0): what a given policy is worth."""

    policy_epsilon: Annotated[
        float, about("The evaluated policy acts at random this share of the time, else as value iteration would", ge=0, le=1)
    ] = 1.0

    def benchmark_fields(self) -> Mapping[str, Any]:
        """``problem`` too: environment, discount and policy, which decide what the right values are."""
        fields = super().benchmark_fields()
        where = f"maze-{fields['maze']}" if self.env == MAZE else self.env
        return {**fields, "problem": f"{where}-gamma{self.gamma:g}-epsilon{self.policy_epsilon:g}"}


class TdLambdaConfig(PredictionConfig, frozen=True, kw_only=True):
    """Settings of TD(lambda)."""

    trace_lambda: Annotated[float, about("Traces fade by gamma * lambda a step; 0 is TD(0)", ge=0, le=1)] = 0.8
    traces: Annotated[
        Literal["accumulating", "replacing", "dutch"], about("What a visit does to a trace: add 1, set to 1, or between the two")
    ] = "accumulating"


class NStepTdConfig(PredictionConfig, frozen=True, kw_only=True):
    """Settings of n-step TD."""

    n_step: Annotated[int, about("Rewards summed before the bootstrap", unit="steps", ge=1, le=1000)] = 4


class MonteCarloPredictionConfig(PredictionConfig, frozen=True, kw_only=True):
    """Settings of Monte Carlo prediction."""

    learning: Annotated[
        Literal["first-visit", "every-visit"], about("Learn from the first visit of a state in an episode, or from every one")
    ] = "first-visit"


class PlannerConfig(ProblemConfig, frozen=True, kw_only=True):
    """Settings of value iteration."""

    steps: Annotated[int, about("Most sweeps over all states", unit="sweeps", ge=1)] = 1000
    tolerance: Annotated[float, about("Stop once a sweep changes no value by more than this", ge=0)] = 1e-10
    slice_sweeps: Annotated[int, about("Sweeps between two lines of metrics", unit="sweeps", ge=1)] = 1


class PolicyIterationConfig(ProblemConfig, frozen=True, kw_only=True):
    """Settings of policy iteration."""

    steps: Annotated[int, about("Most improvements of the policy", unit="improvements", ge=1)] = 100


def gym_benchmark(env: str) -> str:
    """The id of the benchmark that an environment is scored on: its own, or ``env/ID``."""
    from lab_environments.gym_benchmarks import gym_benchmarks

    plain, _, version = env.rpartition("-v")
    known = {record.parameters["env"]: record.id for record in gym_benchmarks()}
    if env in known:
        return known[env]
    if not (plain and version.isdecimal()):  # no version: any that is registered under this name
        for name, found in known.items():
            if name.rpartition("-v")[0] == env:
                return found
    return f"env/{env}"
