"""Learning updates a second of the compiled tabular loop, on one core.

    uv run python benchmarks/tabular.py [--seconds 1] [--json FILE]

One update is one change of one table entry: one for each environment step, and those from memory that Dyna-Q adds;
environment, exploration and random numbers are included. TD(0) follows the uniformly random policy. Beside it,
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
from lab_tabular import double_q, dyna, kernels, rng, stepwise
from lab_tabular.blackjack import blackjack_problem
from lab_tabular.following import followed
from lab_tabular.kernels import Step
from lab_tabular.maze import load_maze
from lab_tabular.numbering import plain
from lab_tabular.study.as_written import AsWritten
from lab_tabular.tables import Problem, from_environment, world

PLANNING = 10
# method: its loop, the arguments that come first, updates of one environment step
METHODS = {
    "q-learning": (kernels, (kernels.Q_LEARNING,), 1),
    "sarsa": (kernels, (kernels.SARSA,), 1),
    "expected-sarsa": (kernels, (kernels.EXPECTED_SARSA,), 1),
    "double-q": (double_q, (), 1),
    "dyna-q": (dyna, (PLANNING,), 1 + PLANNING),
    "td(0)": (kernels, (kernels.SARSA,), 1),
}
PROBLEMS = {
    "maze/plain": ("lab_tabular.envs:lab/Maze-v0", {"maze": "plain"}),
    "maze/traps": ("lab_tabular.envs:lab/Maze-v0", {"maze": "traps"}),
    "FrozenLake-v1": ("FrozenLake-v1", {}),
    "CliffWalking-v1": ("CliffWalking-v1", {}),
    "Taxi-v4": ("Taxi-v4", {}),
    "Blackjack-v1": ("Blackjack-v1", {}),
}
MAX_STEPS = 100
EPSILON = 0.1
STEP = Step(0.9, 0.1, 0.0, True, False, MAX_STEPS)


def rate(learn: Callable[[int], int], seconds: float, episodes: int = 20_000) -> float:
    """Updates a processor second of ``learn(episodes) -> updates``, so many episodes at a time, as trainings learn.

    One long call would mostly measure how fast the machine hands out memory for the returns of its episodes.
    """
    learn(episodes)
    updates, start = 0, time.process_time()
    while (busy := time.process_time() - start) < seconds:
        updates += learn(episodes)
    return updates / busy


def compiled(problem: Problem, method: str) -> Callable[[int], int]:
    """Learning by the compiled loop over the table."""
    module, before, updates = METHODS[method]
    if method == "td(0)":
        problem = followed(problem, np.full((problem.observations, problem.actions), 1 / problem.actions))
    shape = (problem.observations, problem.actions)
    shape = (2, *shape) if module is double_q else shape
    q, visits, random, where = np.zeros(shape), np.zeros(shape, np.int64), rng.stream(0), world(problem.table)
    extra = (dyna.empty(q.size),) if module is dyna else ()

    def learn(episodes: int) -> int:
        returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
        module.run_episodes(*before, q, visits, *extra, random, where, STEP, np.full(episodes, EPSILON), returns, lengths)
        return int(lengths.sum()) * updates

    return learn


def through_gymnasium(env: gym.Env, problem: Problem) -> Callable[[int], int]:
    """Q-learning through ``env.step``."""
    q, visits = np.zeros((problem.observations, problem.actions)), np.zeros((problem.observations, problem.actions), np.int64)
    loop, random = stepwise.interpreted(kernels.run_episodes), rng.stream(0)
    where = stepwise.world(stepwise.Numbered(env, plain(problem.observations), plain(problem.actions)))

    def learn(episodes: int) -> int:
        returns, lengths = np.zeros(episodes), np.zeros(episodes, np.int64)
        loop(kernels.Q_LEARNING, q, visits, random, where, STEP, np.full(episodes, EPSILON), returns, lengths)
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
    print(f"{'million updates a second':26}" + "".join(f"{name:>16}" for name in METHODS) + f"{'gymnasium':>12}")
    for name, (env_id, settings) in PROBLEMS.items():
        env = gym.make(env_id, max_episode_steps=MAX_STEPS, **settings)
        blackjack = env_id.startswith("Blackjack")
        problem = blackjack_problem(sab=True) if blackjack else from_environment(env)
        found = {method: rate(compiled(problem, method), options.seconds) for method in METHODS}
        if not blackjack:  # its observations are tuples, which this comparison leaves out
            found["gymnasium"] = rate(through_gymnasium(env, problem), options.seconds, 100)
        rates[name] = found
        stepped = f"{found['gymnasium'] / 1e6:12.4f}" if not blackjack else ""
        print(f"{name:26}" + "".join(f"{found[method] / 1e6:16.1f}" for method in METHODS) + stepped, flush=True)
    source = rate(as_written(), options.seconds, 100)
    rates["maze/plain"]["as written by the source"] = source
    print(f"the source's program on maze/plain: {source / 1e6:.4f}")
    slowest = min(found[method] for found in rates.values() for method in METHODS)
    print(f"slowest compiled: {slowest / 1e6:.1f} million updates a second (floor: 20)")
    if options.json:
        options.json.write_text(json.dumps({"updates_per_second": rates}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
