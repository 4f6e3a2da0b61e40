"""Training many seeds at once, and asking after each few episodes where the greedy policy walks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lab_tabular import kernels, rng
from lab_tabular.compiling import compiled
from lab_tabular.config import LearnerConfig
from lab_tabular.kernels import Step
from lab_tabular.maze import TREASURE_REWARD, load_maze
from lab_tabular.tables import Table, World, maze_problem, world

LOST, UNDECIDED, THROUGH, CLEAR = range(4)
OUTCOMES = ("lost", "undecided", "through a trap", "clear of traps")


@dataclass(frozen=True)
class Recording:
    """What happened, one row a seed and one column a checkpoint (an episode count).

    outcome  where the greedy walk from the start ends: CLEAR (treasure, no trap), THROUGH (treasure, over a trap),
             LOST (cut off: it stands still or runs in circles), UNDECIDED (it meets an observation where chance decides)
    moves    how many moves that walk had
    still    whether it ends by walking into a wall for ever (else a lost walk runs in circles)
    blank    share of the cells in which the agent acts whose values are all exactly zero
    returns  mean plain return of the training episodes since the checkpoint before, exploration included
    """

    checkpoints: np.ndarray
    outcome: np.ndarray
    moves: np.ndarray
    still: np.ndarray
    blank: np.ndarray
    returns: np.ndarray


def record(rule: int, config: LearnerConfig, checkpoints: Sequence[int], seeds: int) -> Recording:
    """Train ``seeds`` tables by one rule. Seed k draws from ``numpy.random.SeedSequence(k)``; exploration is constant."""
    problem = maze_problem(load_maze(config.maze))
    random = np.stack([rng.stream(seed) for seed in range(seeds)])
    marks = np.asarray(checkpoints, np.int64)
    shape = (seeds, len(marks))
    outcome, moves, still = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8), np.zeros(shape, np.bool_)
    blank, returns = np.zeros(shape), np.zeros(shape)
    _train(
        rule,
        random,
        problem.table,
        world(problem.table),
        np.flatnonzero(problem.representative >= 0),
        np.zeros((problem.observations, problem.actions)),
        Step(config.gamma, config.alpha, 0.0, config.ties == "random", config.random_when_zero, config.limit()),
        config.epsilon,
        marks,
        outcome,
        moves,
        still,
        blank,
        returns,
    )
    return Recording(marks, outcome, moves, still, blank, returns)


@compiled
def greedy_walk(q: np.ndarray, table: Table, random_ties: bool, random_when_zero: bool, max_steps: int) -> tuple[int, int, bool]:
    """The greedy walk from the start: outcome, moves, whether its last one went into a wall; for deterministic tables."""
    state = table.start_state[0]
    total, still = 0.0, False
    for moves in range(max_steps):
        row = q[table.observation[state]]
        ties = (row == row.max()).sum()
        if ties > 1 and (random_ties or (random_when_zero and ties == len(row) and row[0] == 0)):
            return UNDECIDED, moves, still
        outcome = table.first[state * len(row) + row.argmax()]
        total += table.reward[outcome]
        if table.terminal[outcome]:
            return (CLEAR if total == TREASURE_REWARD else THROUGH), moves + 1, False
        still = table.next_state[outcome] == state
        state = table.next_state[outcome]
    return LOST, max_steps, still


@compiled
def _train(
    rule: int,
    random: np.ndarray,
    table: Table,
    world: World,
    cells: np.ndarray,
    empty: np.ndarray,
    step: Step,
    epsilon: float,
    checkpoints: np.ndarray,
    outcome: np.ndarray,
    moves: np.ndarray,
    still: np.ndarray,
    blank: np.ndarray,
    returns: np.ndarray,
) -> None:
    for seed in range(len(random)):
        q, visits = empty.copy(), np.zeros(empty.shape, np.int64)
        before = 0
        for mark in range(len(checkpoints)):
            count = checkpoints[mark] - before
            before = checkpoints[mark]
            totals, lengths = np.zeros(count), np.zeros(count, np.int64)
            kernels.run_episodes(rule, q, visits, random[seed], world, step, np.full(count, epsilon), totals, lengths)
            returns[seed, mark] = totals.mean()
            walk = greedy_walk(q, table, step.random_ties, step.random_when_zero, step.max_steps)
            outcome[seed, mark], moves[seed, mark], still[seed, mark] = walk
            zeros = 0
            for cell in cells:
                zeros += not q[cell].any()
            blank[seed, mark] = zeros / len(cells)
