"""Value and policy iteration as trainers: they learn nothing, they know the rules, and so give what learners are measured by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_tabular import planning
from lab_tabular.config import MAZE, PlannerConfig, PolicyIterationConfig
from lab_tabular.model import TabularModel
from lab_tabular.problems import needs_table
from lab_tabular.state import load_arrays, save_arrays, table_memory


class ValueIteration(Trainer[PlannerConfig]):
    """One step is one sweep over every true state. What a slice reports:

    change          largest change of a value in the last sweep
    start_value     the value of the start so far
    greedy_return   expected plain sum of rewards of the greedy policy from the start, exact

    In a maze, where the true state is (cell, traps taken), the model's table holds the values of the cells with every trap set.
    Its greedy policy is optimal from every cell: moves can be walked back, so a best walk never returns to a trap that it
    stepped on, and what is vanished never matters to it.
    """

    def __init__(self, task: Task, config: PlannerConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self._problem, self._numbering = needs_table(config)
        self._values = np.zeros(self._problem.states)
        self._sweeps = 0
        self._change = np.inf

    def advance(self, limit: int) -> Progress:
        table, actions, gamma = self._problem.table, self._problem.actions, self.config.gamma
        for _ in range(min(limit, self.config.slice_sweeps)):
            self._values, self._change = planning.sweep(table, actions, gamma, self._values)
            self._sweeps += 1
            if self._change <= self.config.tolerance:
                break
        policy = planning.greedy_policy(self._table(), random_ties=True)
        scalars = {
            "change": float(self._change),
            "start_value": float(self._values[table.start_state] @ table.start_probability),
            "greedy_return": planning.expected_return(self._problem, policy, gamma=1.0, horizon=self.config.limit()),
        }
        return Progress(self._sweeps, scalars, done=self._change <= self.config.tolerance)

    def model(self) -> TabularModel:
        return TabularModel(self._table(), numbering=self._numbering, random_ties=True)

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder, self.state_digest())

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder, self.state_digest())
        self._values, self._sweeps, self._change = arrays["values"], int(arrays["sweeps"]), float(arrays["change"])

    def state_digest(self) -> Mapping[str, Any]:
        return {"values": self._values.copy(), "sweeps": np.int64(self._sweeps), "change": np.float64(self._change)}

    @classmethod
    def memory(cls, config: PlannerConfig) -> int:
        if config.env != MAZE:
            needs_table(config)  # a plan refuses what the training would
        return table_memory(config)

    def _table(self) -> np.ndarray:
        """Action values float64 [observations, actions] by one look ahead from the values so far."""
        problem = self._problem
        return planning.observed(problem, planning.action_values(problem.table, problem.actions, self.config.gamma, self._values))


class PolicyIteration(Trainer[PolicyIterationConfig]):
    """One step solves for the values of a policy exactly and improves it (Howard 1960; Sutton and Barto, section 4.3).

    The first policy is the uniformly random one. A state keeps its actions unless another one is better, so ties can't make
    two equally good policies take turns. What a slice reports:

    changed         states whose action changed
    start_value     the value of the start under the policy that was solved for
    greedy_return   expected plain sum of rewards of the improved policy from the start, exact
    """

    def __init__(self, task: Task, config: PolicyIterationConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self._problem, self._numbering = needs_table(config)
        self._policy = np.full((self._problem.states, self._problem.actions), 1 / self._problem.actions)
        self._improvements = 0

    def advance(self, limit: int) -> Progress:
        problem, table, gamma = self._problem, self._problem.table, self.config.gamma
        values = planning.solve(problem, self._policy, gamma)
        q = planning.action_values(table, problem.actions, gamma, values)
        self._policy, changed = planning.improve(self._policy, q)
        self._improvements += 1
        greedy = planning.greedy_policy(planning.observed(problem, self._policy), random_ties=True)
        scalars = {
            "changed": float(changed),
            "start_value": float(values[table.start_state] @ table.start_probability),
            "greedy_return": planning.expected_return(problem, greedy, gamma=1.0, horizon=self.config.limit()),
        }
        return Progress(self._improvements, scalars, done=changed == 0)

    def model(self) -> TabularModel:
        """The action values of the policy so far; once nothing changes any more they are the optimal ones."""
        problem, gamma = self._problem, self.config.gamma
        values = planning.solve(problem, self._policy, gamma)
        q = planning.action_values(problem.table, problem.actions, gamma, values)
        return TabularModel(planning.observed(problem, q), numbering=self._numbering, random_ties=True)

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder, self.state_digest())

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder, self.state_digest())
        self._policy, self._improvements = arrays["policy"], int(arrays["improvements"])

    def state_digest(self) -> Mapping[str, Any]:
        return {"policy": self._policy.copy(), "improvements": np.int64(self._improvements)}

    @classmethod
    def memory(cls, config: PolicyIterationConfig) -> int:
        if config.env != MAZE:
            needs_table(config)  # a plan refuses what the training would
        return table_memory(config)
