"""Numbers about the mazes that need no learning: anchors of the benchmarks, best walks, where the best walk changes."""

from typing import Any

import numpy as np

from lab_core.evaluator import Evaluation
from lab_tabular import planning
from lab_tabular.benchmarks import benchmarks
from lab_tabular.evaluation import MazeEvaluator
from lab_tabular.maze import MAZES, TRAP_REWARD, load_maze
from lab_tabular.model import TabularModel
from lab_tabular.tables import Problem, maze_problem


def anchors(name: str) -> dict[str, float]:
    """The default protocol's score of the uniformly random policy and of the best one, exact, and a random one played."""
    benchmark = next(one for one in benchmarks() if one.id == f"maze/{name}")
    protocol, settings = benchmark.protocol()
    maze = load_maze(name)
    problem = maze_problem(maze)
    floor = problem.representative[list(maze.floor)]
    policy = np.full((problem.observations, problem.actions), 1 / problem.actions)
    gamma, horizon = settings["discount"], settings["max_steps"]
    uniform = TabularModel(np.zeros((problem.observations, problem.actions)))
    played: Evaluation = MazeEvaluator(benchmark).evaluate(uniform, protocol=protocol, count=2000 * len(maze.floor), seed=0)
    return {
        "random": float(planning.policy_values(problem.table, policy, gamma, horizon)[floor].mean()),
        "random_played": played.value,
        "random_played_episodes": len(played.scores),
        "optimum": float(planning.optimal_values(problem, gamma)[floor].mean()),
    }


def soft_values(problem: Problem, gamma: float, epsilon: float, *, sweeps: int = 5000) -> np.ndarray:
    """Action values [states, actions] of the best policy that acts at random a share ``epsilon`` of the time."""
    values = np.zeros(problem.states)
    for _ in range(sweeps):
        q = planning.action_values(problem.table, problem.actions, gamma, values)
        new = (1 - epsilon) * q.max(axis=1) + epsilon * q.mean(axis=1)
        if np.abs(new - values).max() < 1e-12:
            break
        values = new
    return planning.action_values(problem.table, problem.actions, gamma, values)


def best_walk(name: str, gamma: float, epsilon: float) -> dict[str, Any]:
    """The greedy walk of :func:`soft_values`: moves, traps stepped on, and the value of the start."""
    problem = maze_problem(load_maze(name))
    q = soft_values(problem, gamma, epsilon)
    table, state = problem.table, int(problem.table.start_state[0])
    moves = traps = 0
    while moves < 100:
        outcome = table.first[state * problem.actions + int(q[state].argmax())]
        moves += 1
        traps += table.reward[outcome] == TRAP_REWARD
        if table.terminal[outcome]:
            break
        state = int(table.next_state[outcome])
    start = q[table.start_state[0]]
    return {"moves": moves, "traps": int(traps), "value": float((1 - epsilon) * start.max() + epsilon * start.mean())}


def exact() -> dict[str, Any]:
    """All of it as plain data."""
    turn = float(np.sqrt((1 + np.sqrt(1 - 4 * -TRAP_REWARD / 100)) / 2))
    return {
        "anchors": {name: anchors(name) for name in MAZES},
        "best_walks": [
            {"maze": name, "gamma": gamma, "epsilon": epsilon, **best_walk(name, gamma, epsilon)}
            for name in MAZES
            for gamma in (0.9, 0.97, 0.98, 0.99)
            for epsilon in (0.0, 0.1, 0.3)
        ],
        # 100 g**7 = 100 g**5 - 5 g**3: from this discount on the detour is worth more than the walk through one trap
        "detour_pays_from_gamma": turn,
    }
