"""Learning updates a second of the compiled tabular loop, on one core.

    uv run python benchmarks/tabular.py [--seconds 1] [--json FILE]

One update is one environment step and one change of one table entry, exploration and random numbers included. Beside it,
the same learning step by step through Gymnasium (``backend=gymnasium``), and plain NumPy as the source writes it. Compiling
is not in the time; seconds are the process's own processor time, so that other work on the machine counts for little.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium as gym
import numpy as np
from lab_tabular import kernels, rng, stepwise
from lab_tabular.maze import load_maze
from lab_tabular.study.as_written import AsWritten
from lab_tabular.tables import Problem, from_environment

RULES = {"q-learning": kernels.Q_LEARNING, "sarsa": kernels.SARSA, "expected-sarsa": kernels.EXPECTED_SARSA}
PROBLEMS = {
    "maze/plain": ("lab_tabular.envs:lab/Maze-v0", {"maze": "plain"}),
    "maze/traps": ("lab_tabular.envs:lab/Maze-v0", {"maze": "traps"}),
    "FrozenLake-v1": ("FrozenLake-v1", {}),
    "CliffWalking-v1": ("CliffWalking-v1", {}),
    "Taxi-v4": ("Taxi-v4", {}),
}
MAX_STEPS = 100
EPSILON = 0.1


def rate(learn: Callable[[int], int], seconds: float) -> float:
    """Updates a processor second of ``learn(episodes) -> updates``, grown until one call lasts ``seconds``."""
    episodes = 1
    learn(episodes)
    while True:
        start = time.process_time()
        updates = learn(episodes)
        busy = time.process_time() - start
        if busy >= seconds:
            return updates / busy
        episodes = max(episodes + 1, int(episodes * min(10.0, 1.2 * seconds / max(busy, 1e-6))))


def compiled(problem: Problem, rule: int) -> Callable[[int], int]:
    """Learning by the compiled loop over the table."""
    q = np.zeros((problem.observations, problem.actions))
    visits, random = np.zeros(q.shape, np.int64), rng.stream(0)

    def learn(episodes: int) -> int:
        returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
        step = (0.9, 0.1, 0.0, np.full(episodes, EPSILON), True, False, MAX_STEPS)
        kernels.run_episodes(rule, q, visits, random, problem.table, *step, returns, lengths)
        return int(lengths.sum())

    return learn


def through_gymnasium(env: gym.Env, rule: int) -> Callable[[int], int]:
    """The same learning through ``env.step``."""
    q = np.zeros(stepwise.sizes(env))
    visits, random = np.zeros(q.shape, np.int64), rng.stream(0)

    def learn(episodes: int) -> int:
        returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
        step = (0.9, 0.1, 0.0, np.full(episodes, EPSILON), True, False)
        stepwise.run_episodes(rule, q, visits, random, env, *step, returns, lengths)
        return int(lengths.sum())

    return learn


def as_written() -> Callable[[int], int]:
    """The source's own program on its plain maze, without its pauses."""
    training = AsWritten("q-learning", load_maze("plain"), 0, 30)
    return lambda episodes: sum(training.episode()[0] for _ in range(episodes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of each measurement")
    parser.add_argument("--json", type=Path, help="also write the rates here")
    options = parser.parse_args()
    rates: dict[str, dict[str, float]] = {}
    print(f"{'million updates a second':26}" + "".join(f"{name:>16}" for name in RULES) + f"{'gymnasium':>12}")
    for name, (env_id, settings) in PROBLEMS.items():
        env = gym.make(env_id, max_episode_steps=MAX_STEPS, **settings)
        problem = from_environment(env)
        found = {method: rate(compiled(problem, rule), options.seconds) for method, rule in RULES.items()}
        found["gymnasium"] = rate(through_gymnasium(env, kernels.Q_LEARNING), options.seconds)
        rates[name] = found
        print(f"{name:26}" + "".join(f"{found[method] / 1e6:16.1f}" for method in RULES) + f"{found['gymnasium'] / 1e6:12.4f}")
    source = rate(as_written(), options.seconds)
    rates["maze/plain"]["as written by the source"] = source
    print(f"the source's program on maze/plain: {source / 1e6:.4f}")
    slowest = min(found[method] for found in rates.values() for method in RULES)
    print(f"slowest compiled: {slowest / 1e6:.1f} million updates a second (floor: 10)")
    if options.json:
        options.json.write_text(json.dumps({"updates_per_second": rates}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
