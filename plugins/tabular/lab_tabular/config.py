"""Settings of the tabular tasks."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

import msgspec

from lab_core.config import TrainConfig, about, to_dict
from lab_tabular.maze import MAZES, is_text, load_maze, read_maze


class MazeConfig(TrainConfig, frozen=True, kw_only=True):
    """What every task on a maze shares."""

    maze: Annotated[
        str, about("The map: plain, traps, or a text file of your own ('.' wall, 'o' treasure, 'x' trap, 'A' start)")
    ] = "plain"
    gamma: Annotated[float, about("Discount of a reward one step later", ge=0, le=1)] = 0.9
    max_steps: Annotated[int, about("An episode is cut off after so many moves", unit="moves", ge=1, le=1_000_000)] = 30

    def check(self) -> None:
        if self.maze in MAZES or is_text(self.maze):
            load_maze(self.maze)

    def resolved(self) -> Self:
        """This config with a maze file replaced by its text, so that a run needs the file no more."""
        return msgspec.structs.replace(self, maze=read_maze(self.maze))

    def benchmark_fields(self) -> Mapping[str, Any]:
        """``maze`` as a short id (a user's map: ``custom-`` and eight digits of its hash), ``maze_text`` as the map or name."""
        short = f"custom-{sha256(self.maze.encode()).hexdigest()[:8]}" if is_text(self.maze) else self.maze
        return {**to_dict(self), "maze": short, "maze_text": self.maze}


class LearnerConfig(MazeConfig, frozen=True, kw_only=True):
    """Settings of Q-learning, SARSA and Expected SARSA."""

    steps: Annotated[int, about("Length of the training, and the horizon of its schedules", unit="episodes", ge=1)] = 5000
    alpha: Annotated[float, about("Step size of an update", gt=0, le=1)] = 0.1
    alpha_decay: Annotated[
        float, about("The n-th update of an entry has step size alpha / n**alpha_decay; 0 keeps it constant", ge=0, le=1)
    ] = 0.0
    epsilon: Annotated[float, about("Share of random actions in the first episode", ge=0, le=1)] = 1.0
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
    backend: Annotated[
        Literal["compiled", "gymnasium"], about("Compiled loop over the transition table, or step by step through Gymnasium")
    ] = "compiled"
    slice_episodes: Annotated[int, about("Episodes between two lines of metrics", unit="episodes", ge=1)] = 50


class PlannerConfig(MazeConfig, frozen=True, kw_only=True):
    """Settings of value iteration."""

    steps: Annotated[int, about("Most sweeps over all states", unit="sweeps", ge=1)] = 1000
    tolerance: Annotated[float, about("Stop once a sweep changes no value by more than this", ge=0)] = 1e-10
    slice_sweeps: Annotated[int, about("Sweeps between two lines of metrics", unit="sweeps", ge=1)] = 1
