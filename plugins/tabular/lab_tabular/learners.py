"""Trainers of Q-learning, SARSA and Expected SARSA. The update rules stand in :mod:`lab_tabular.kernels`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_tabular import kernels, planning, rng, stepwise
from lab_tabular.config import LearnerConfig
from lab_tabular.maze import MOVES, load_maze
from lab_tabular.model import TabularModel
from lab_tabular.state import load_arrays, save_arrays, states_memory
from lab_tabular.tables import Problem, maze_problem


class Learner(Trainer[LearnerConfig]):
    """One step is one episode. What a slice reports:

    episode_return, episode_moves   means over the slice's training episodes (plain sum of rewards; exploration included)
    epsilon, updates                of the last episode; of the whole training
    greedy_return                   expected plain sum of rewards of the greedy policy from the start, exact
    value_error                     root mean square of ``max_a Q - v*``, ``v*`` by value iteration (see ``Problem``)
    """

    rule: ClassVar[int]

    def __init__(self, task: Task, config: LearnerConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self._env: Any = None
        self._problem: Problem | None
        if config.backend == "gymnasium":
            self._env, self._problem = _environment(config)
            shape = stepwise.sizes(self._env)
        else:
            self._problem = maze_problem(load_maze(config.maze))
            shape = (self._problem.observations, self._problem.actions)
        self._optimum = None if self._problem is None else planning.optimal_values(self._problem, config.gamma)
        self._q = np.zeros(shape)
        self._visits = np.zeros(shape, np.int64)
        self._random = rng.streams(context)
        self._episodes = 0

    def advance(self, limit: int) -> Progress:
        count = min(limit, self.config.slice_episodes)
        epsilons = self._epsilons(count)
        returns, lengths = np.zeros(count), np.zeros(count, np.int64)
        self._learn(epsilons, returns, lengths)
        self._episodes += count
        scalars = {
            "episode_return": float(returns.mean()),
            "episode_moves": float(lengths.mean()),
            "epsilon": float(epsilons[-1]),
            "updates": float(self._visits.sum()),
        }
        return Progress(self._episodes, {**scalars, **self._greedy_scalars()})

    def model(self) -> TabularModel:
        return TabularModel(self._q, random_ties=self.config.ties == "random", random_when_zero=self.config.random_when_zero)

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder, self.state_digest())

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder, self.state_digest())
        self._q, self._visits, self._random = arrays["q"], arrays["visits"], arrays["random"]
        self._episodes = int(arrays["episodes"])

    def state_digest(self) -> Mapping[str, Any]:
        return {
            "q": self._q.copy(),
            "visits": self._visits.copy(),
            "random": self._random.copy(),
            "episodes": np.int64(self._episodes),
        }

    def close(self) -> None:
        if self._env is not None:
            self._env.close()

    @classmethod
    def memory(cls, config: LearnerConfig) -> int:
        return states_memory(load_maze(config.maze))

    def _epsilons(self, count: int) -> np.ndarray:
        """The share of random actions float64 [count] in the next episodes: a straight line over the horizon, then flat."""
        first = self.config.epsilon
        last = first if self.config.epsilon_final is None else self.config.epsilon_final
        share = np.minimum(np.arange(self._episodes, self._episodes + count) / max(self.config.steps - 1, 1), 1.0)
        return first + (last - first) * share

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        c = self.config
        before = (self.rule, self._q, self._visits, self._random)
        step = (c.gamma, c.alpha, c.alpha_decay, epsilons, c.ties == "random", c.random_when_zero)
        if self._env is not None:
            stepwise.run_episodes(*before, self._env, *step, returns, lengths)
        else:
            assert self._problem is not None
            kernels.run_episodes(*before, self._problem.table, *step, c.max_steps, returns, lengths)

    def _greedy_scalars(self) -> dict[str, float]:
        if self._problem is None or self._optimum is None:
            return {}
        c = self.config
        policy = planning.greedy_policy(self._q, random_ties=c.ties == "random", random_when_zero=c.random_when_zero)
        return {
            "greedy_return": planning.expected_return(self._problem, policy, gamma=1.0, horizon=c.max_steps),
            "value_error": planning.value_error(self._problem, self._q, self._optimum),
        }


class QLearning(Learner):
    """Off-policy: values the best next action, whichever is taken (Watkins 1989; Sutton and Barto 6.8)."""

    rule = kernels.Q_LEARNING


class Sarsa(Learner):
    """On-policy: values the next action that is taken (Rummery and Niranjan 1994; Sutton and Barto 6.7)."""

    rule = kernels.SARSA


class ExpectedSarsa(Learner):
    """On-policy without the chance of the draw: values the mean over the next actions (Van Seijen 2009; Sutton and Barto 6.9)."""

    rule = kernels.EXPECTED_SARSA


def _environment(config: LearnerConfig) -> tuple[Any, Problem | None]:
    """The environment of a config and, if it is small enough for a table, its problem (for reports only)."""
    import gymnasium as gym

    from lab_core.errors import UsageError

    env = gym.make("lab_tabular.envs:lab/Maze-v0", maze=config.maze, max_episode_steps=config.max_steps)
    assert env.action_space.n == len(MOVES)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return env, maze_problem(load_maze(config.maze))
    except UsageError:  # too many traps for a table; the learner needs none
        return env, None
