"""Value iteration as a trainer: it learns nothing, it knows the rules, and so gives what learners are measured against."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_core.trainer import Chunks, Progress, Trainer
from lab_tabular import planning
from lab_tabular.config import PlannerConfig
from lab_tabular.maze import load_maze
from lab_tabular.model import TabularModel
from lab_tabular.state import load_arrays, save_arrays, states_memory
from lab_tabular.tables import maze_problem


class ValueIteration(Trainer[PlannerConfig]):
    """One step is one sweep over every true state, (cell, traps taken). What a slice reports:

    change          largest change of a value in the last sweep
    start_value     the value of the start so far
    greedy_return   expected plain sum of rewards of the greedy policy from the start, exact

    The model's table holds the values of the cells with every trap set. Its greedy policy is optimal from every cell: moves
    can be walked back, so a best walk never returns to a trap that it stepped on, and what is vanished never matters to it.
    """

    def __init__(self, task: Task, config: PlannerConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self._problem = maze_problem(load_maze(config.maze))
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
            "greedy_return": planning.expected_return(self._problem, policy, gamma=1.0, horizon=self.config.max_steps),
        }
        return Progress(self._sweeps, scalars, done=self._change <= self.config.tolerance)

    def model(self) -> TabularModel:
        return TabularModel(self._table(), random_ties=True)

    def save(self, folder: Path, chunks: Chunks) -> None:
        save_arrays(folder, self.state_digest())

    def load(self, folder: Path, chunks: Chunks) -> None:
        arrays = load_arrays(folder, self.state_digest())
        self._values, self._sweeps, self._change = arrays["values"], int(arrays["sweeps"]), float(arrays["change"])

    def state_digest(self) -> Mapping[str, Any]:
        return {"values": self._values.copy(), "sweeps": np.int64(self._sweeps), "change": np.float64(self._change)}

    @classmethod
    def memory(cls, config: PlannerConfig) -> int:
        return states_memory(load_maze(config.maze))

    def _table(self) -> np.ndarray:
        """Action values float64 [cells, 4] by one look ahead from the values so far."""
        problem = self._problem
        return planning.observed(problem, planning.action_values(problem.table, problem.actions, self.config.gamma, self._values))
