"""Experiments of Sutton and Barto (2018) run again with this package's own loops, each figure's claim in numbers.

figure 6.6  Q-learning and SARSA on the cliff        figure 7.2   n-step TD on a random walk of 19 states
figure 6.5  maximisation bias, double Q-learning     figure 12.3  TD(lambda) on the same walk
figure 8.2  Dyna-Q in the Dyna maze                  figure 5.2   Blackjack (drawn from a training, not recorded)
"""

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from lab_tabular import double_q, dyna, kernels, n_step, planning, rng, traces
from lab_tabular.kernels import EXPECTED_SARSA, Q_LEARNING, SARSA, Step
from lab_tabular.maze import parse_maze
from lab_tabular.tables import Problem, build, from_environment, maze_problem, world

CLIFF_EPISODES, BIAS_EPISODES, DYNA_EPISODES, WALK_EPISODES = 500, 300, 50, 10
DYNA_MAZE = "       .o\n  .    . \nA .    . \n  .      \n     .   \n         "
PLANNING = (0, 5, 50)
STEPS = (1, 2, 4, 8, 16, 32)
LAMBDAS = (0.0, 0.4, 0.8, 0.9, 0.95, 1.0)
ALPHAS = tuple(round(float(alpha), 3) for alpha in np.linspace(0.05, 1.0, 20))
_WALK = 19
_NEVER = 1_000_000  # steps: an episode of these problems always ends by itself


def run_textbook(runs: int, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Every experiment as plain data, averaged over ``runs`` independent trainings of each method."""
    found: dict[str, Any] = {"runs": runs}
    for name, experiment in (("cliff", cliff), ("bias", bias), ("dyna", dyna_maze), ("walk", random_walk)):
        say(f"{name}: {runs} runs")
        found[name] = experiment(runs)
    return found


def cliff(runs: int) -> dict[str, Any]:
    """Figure 6.6: mean return of each episode while learning, and the greedy policy's own after it."""
    import gymnasium

    problem = from_environment(gymnasium.make("CliffWalking-v1"))
    step, found = Step(1.0, 0.5, 0.0, True, False, _NEVER), {}
    for name, rule in (("q-learning", Q_LEARNING), ("sarsa", SARSA), ("expected-sarsa", EXPECTED_SARSA)):
        curve, greedy = np.zeros(CLIFF_EPISODES), []
        for seed in range(runs):
            q, returns = _trained(kernels, (rule,), problem, step, np.full(CLIFF_EPISODES, 0.1), seed)[:2]
            curve += returns / runs
            policy = planning.greedy_policy(q, random_ties=True)
            greedy.append(planning.expected_return(problem, policy, gamma=1.0, horizon=200))
        found[name] = {
            "curve": curve.round(2).tolist(),
            "last_100": round(float(curve[-100:].mean()), 2),
            "greedy_median": round(float(np.median(greedy)), 2),
            "greedy_optimal": round(float(np.mean(np.isclose(greedy, -13.0))), 3),
        }
    return found


def bias_problem() -> Problem:
    """Example 6.7: from A right ends with 0, left leads to B, from where ten actions end with a reward of mean -0.1, variance 1.

    A table has as many actions in each state, so A has five of each; the share of left is the same. The normal distribution
    stands as 200 equally likely values of its quantiles, scaled to variance 1.
    """
    normal = NormalDist()
    quantiles = np.array([normal.inv_cdf((index + 0.5) / 200) for index in range(200)])
    rewards = (quantiles / quantiles.std() - 0.1).tolist()
    ends = [(1 / 200, 1, reward, True) for reward in rewards]
    right, left = [(1.0, 0, 0.0, True)], [(1.0, 1, 0.0, False)]
    at_a = {action: right if action < 5 else left for action in range(10)}
    return build({0: at_a, 1: dict.fromkeys(range(10), ends)}, [1.0, 0.0])


def bias(runs: int) -> dict[str, Any]:
    """Figure 6.5: the share of episodes that go left (5 % by exploration alone), and what left is believed to be worth."""
    problem, found = bias_problem(), {}
    step, epsilons = Step(1.0, 0.1, 0.0, True, False, _NEVER), np.full(BIAS_EPISODES, 0.1)
    for name, module, before in (("q-learning", kernels, (Q_LEARNING,)), ("double-q", double_q, ())):
        went, worth = np.zeros(BIAS_EPISODES), 0.0
        for seed in range(runs):
            q, _, lengths = _trained(module, before, problem, step, epsilons, seed)
            went += (lengths == 2) / runs
            table = q.mean(axis=0) if q.ndim == 3 else q
            worth += float(table[0, 5:].max()) / runs
        found[name] = {"left": went.round(4).tolist(), "peak": round(float(went.max()), 3), "last_50": _mean(went[-50:])}
        found[name]["believed"] = round(worth, 3)
    return found


def dyna_maze(runs: int) -> dict[str, Any]:
    """Figure 8.2: mean steps of each episode by how much is planned after each real step."""
    problem, found = maze_problem(parse_maze(DYNA_MAZE)), {}
    step, epsilons = Step(0.95, 0.1, 0.0, True, False, _NEVER), np.full(DYNA_EPISODES, 0.1)
    for planning_steps in PLANNING:
        curve = np.zeros(DYNA_EPISODES)
        for seed in range(runs):
            curve += _trained(dyna, (planning_steps,), problem, step, epsilons, seed)[2] / runs
        near = np.flatnonzero(curve < 20)
        found[str(planning_steps)] = {
            "steps": curve.round(2).tolist(),
            "first_below_20": int(near[0]) + 1 if len(near) else None,
            "last_10": round(float(curve[-10:].mean()), 2),
        }
    return found


def walk_problem() -> tuple[Problem, np.ndarray]:
    """Example 7.1: 19 states in a row, left or right by chance, -1 off the left end, +1 off the right; and their true values."""
    transitions: dict[int, dict[int, list[tuple[float, int, float, bool]]]] = {}
    for state in range(_WALK):
        left = (0.5, max(state - 1, 0), -1.0 if state == 0 else 0.0, state == 0)
        right = (0.5, min(state + 1, _WALK - 1), 1.0 if state == _WALK - 1 else 0.0, state == _WALK - 1)
        transitions[state] = {0: [left, right]}
    start = [float(state == _WALK // 2) for state in range(_WALK)]
    return build(transitions, start), np.arange(-9, 10) / 10


def random_walk(runs: int) -> dict[str, Any]:
    """Figures 7.2 and 12.3: error over the first ten episodes by step size, for each n and each lambda.

    As in the book: root mean square over states, then the mean over episodes and runs.
    """
    problem, true = walk_problem()
    methods = {f"n={n}": (n_step, (n_step.ON_POLICY, n)) for n in STEPS}
    methods |= {f"lambda={fade:g}": (traces, (SARSA, traces.ACCUMULATING, fade)) for fade in LAMBDAS}
    found: dict[str, Any] = {"alphas": list(ALPHAS)}
    for name, (module, before) in methods.items():
        errors: list[float] = []
        for alpha in ALPHAS:
            step, total = Step(1.0, alpha, 0.0, True, False, 10_000), 0.0
            for seed in range(min(runs, 100)):
                total += _walk_error(module, before, problem, true, step, seed)
            errors.append(round(min(total / min(runs, 100), 9.999), 4))
        found[name] = errors
    return found


def _walk_error(module: Any, before: Sequence[Any], problem: Problem, true: np.ndarray, step: Step, seed: int) -> float:
    q, visits, random = np.zeros((_WALK, 1)), np.zeros((_WALK, 1), np.int64), rng.stream(seed)
    where, total = world(problem.table), 0.0
    for _ in range(WALK_EPISODES):
        module.run_episodes(*before, q, visits, random, where, step, np.zeros(1), np.zeros(1), np.zeros(1, np.int64))
        total += float(np.sqrt(np.mean((np.clip(q[:, 0], -1e6, 1e6) - true) ** 2))) / WALK_EPISODES
    return total


def _trained(
    module: Any, before: Sequence[Any], problem: Problem, step: Step, epsilons: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The learnt table, and the returns and lengths of its training episodes."""
    shape: tuple[int, ...] = (problem.observations, problem.actions)
    shape = (2, *shape) if module is double_q else shape
    q, visits, random = np.zeros(shape), np.zeros(shape, np.int64), rng.stream(seed)
    extra = (dyna.empty(problem.observations * problem.actions),) if module is dyna else ()
    returns, lengths = np.zeros(len(epsilons)), np.zeros(len(epsilons), np.int64)
    module.run_episodes(*before, q, visits, *extra, random, world(problem.table), step, epsilons, returns, lengths)
    return q, returns, lengths


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4)
