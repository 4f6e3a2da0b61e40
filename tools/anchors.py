"""The anchors of the Gymnasium benchmarks: a random player's mean score, and the optimum where it can be worked out.

    uv run tools/anchors.py gym/acrobot gym/taxi        those; without a name every benchmark that starts with ``gym/``

Random: exact where the environment shows its transitions (``P``), else 2,000 evenly drawn episodes under the benchmark's own
protocol. Optimum: backward induction, exact for tables and Blackjack, on a grid and then played for Pendulum.
"""

import sys
from functools import cache
from typing import Any

import msgspec
import numpy as np
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.gym import make_env

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.model import Act, Model

EPISODES = 2_000


class Nobody(Model, Act):
    """Never asked for more than a placeholder: the protocol draws every action."""

    observation: dict[str, Any] = {}

    def __init__(self, actions: Any) -> None:
        self.actions = actions

    def act(self, observations: Any, state: Any, *, epsilon: float, rng: Any) -> Any:
        return np.zeros((len(observations), *self.actions.shape), self.actions.dtype), state

    def save(self, folder: Any) -> None: ...

    @classmethod
    def load(cls, folder: Any, *, device: str) -> "Nobody":
        raise NotImplementedError


def played_at_random(benchmark: Benchmark, env: Any) -> tuple[float, float]:
    """Mean score and its standard error over evenly drawn actions."""
    name, rules = benchmark.protocol()
    drawn = msgspec.structs.replace(benchmark, protocols={name: {**rules, "epsilon": 1.0}})
    scores = EpisodeEvaluator(drawn).evaluate(Nobody(env.action_space), protocol=name, count=EPISODES, seed=0).scores
    return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(EPISODES))


def table(env: Any, horizon: int) -> tuple[float, float]:
    """Expected return of a random player and of the best one within ``horizon`` steps, from the start distribution."""
    plain = env.unwrapped
    states, actions = plain.observation_space.n, plain.action_space.n
    start = np.asarray(plain.initial_state_distrib, float)
    reward, follow = np.zeros((states, actions)), np.zeros((states, actions, states))
    for state in range(states):
        for action in range(actions):
            for chance, following, gain, over in plain.P[state][action]:
                reward[state, action] += chance * gain
                follow[state, action, following] += chance * (not over)
    even, best = np.zeros(states), np.zeros(states)
    for _ in range(horizon):
        even, best = (reward + follow @ even).mean(axis=1), (reward + follow @ best).max(axis=1)
    return float(start @ even), float(start @ best)


def blackjack() -> tuple[float, float]:
    """The same for Blackjack-v1: an infinite deck, a natural beats all but a natural (Sutton and Barto, example 5.1)."""
    deck = [(card, 1 / 13) for card in range(1, 10)] + [(10, 4 / 13)]

    def add(total: int, ace: bool, card: int) -> tuple[int, bool]:  # total counts every ace as one
        return total + card, ace or card == 1

    def worth(total: int, ace: bool) -> int:
        return total + 10 if ace and total + 10 <= 21 else total

    @cache
    def dealer(total: int, ace: bool, cards: int, natural: bool) -> dict[Any, float]:
        value = worth(total, ace)
        if value >= 17:
            return {("bust" if value > 21 else value, natural): 1.0}
        found: dict[Any, float] = {}
        for card, chance in deck:
            more = add(total, ace, card)
            for end, share in dealer(*more, cards + 1, cards == 1 and worth(*more) == 21).items():
                found[end] = found.get(end, 0.0) + chance * share
        return found

    def stick(total: int, ace: bool, shown: int, natural: bool) -> float:
        mine, value = worth(total, ace), 0.0
        for (theirs, dealt), chance in dealer(shown, shown == 1, 1, False).items():
            outcome = 1.0 if theirs == "bust" else float(np.sign(mine - theirs))
            value += chance * (1.0 if natural and not dealt else outcome)
        return value

    @cache
    def value(total: int, ace: bool, shown: int, natural: bool, best: bool) -> float:
        hit = 0.0
        for card, chance in deck:
            more = add(total, ace, card)
            hit += chance * (-1.0 if worth(*more) > 21 else value(*more, shown, False, best))
        hold = stick(total, ace, shown, natural)
        return max(hit, hold) if best else (hit + hold) / 2

    sums = [0.0, 0.0]
    for first, p in deck:
        for second, q in deck:
            for shown, r in deck:
                hand = add(first, first == 1, second)
                for best in (False, True):
                    sums[best] += p * q * r * value(*hand, shown, worth(*hand) == 21, best)
    return sums[0], sums[1]


def pendulum(angles: int = 241, speeds: int = 161, torques: int = 21, horizon: int = 200) -> tuple[float, float]:
    """Mean return, and its standard error, of playing by backward induction on a grid, over 2,000 starts."""
    speed, torque = np.linspace(-8, 8, speeds), np.linspace(-2, 2, torques)
    angle = np.linspace(-np.pi, np.pi, angles)

    def move(th: Any, dot: Any, u: Any) -> tuple[Any, Any, Any]:
        cost = th**2 + 0.1 * dot**2 + 0.001 * u**2
        after = np.clip(dot + (15 * np.sin(th) + 3 * u) * 0.05, -8, 8)
        return (th + after * 0.05 + np.pi) % (2 * np.pi) - np.pi, after, cost

    def read(values: Any, th: Any, dot: Any) -> Any:
        x, y = (th + np.pi) / (2 * np.pi) * (angles - 1), (dot + 8) / 16 * (speeds - 1)
        i, j = np.minimum(x.astype(int), angles - 2), np.minimum(y.astype(int), speeds - 2)
        a, b = x - i, y - j
        low = (1 - b) * values[i, j] + b * values[i, j + 1]
        return (1 - a) * low + a * ((1 - b) * values[i + 1, j] + b * values[i + 1, j + 1])

    th, dot, cost = move(angle[:, None, None], speed[None, :, None], torque[None, None, :])
    values = [np.zeros((angles, speeds))]
    for _ in range(horizon - 1):
        values.append((cost + read(values[-1], th, dot)).min(axis=-1))
    rng = np.random.default_rng(0)
    th, dot, total = rng.uniform(-np.pi, np.pi, EPISODES), rng.uniform(-1, 1, EPISODES), np.zeros(EPISODES)
    for ahead in reversed(values):
        options = move(th[:, None], dot[:, None], torque[None, :])
        chosen = (options[2] + read(ahead, *options[:2])).argmin(axis=-1)[:, None]
        th, dot, cost = (np.take_along_axis(option, chosen, axis=-1)[:, 0] for option in options)
        total -= cost
    return float(total.mean()), float(total.std(ddof=1) / np.sqrt(EPISODES))


def main(names: list[str]) -> None:
    for benchmark in benchmarks():
        if (names and benchmark.id not in names) or not benchmark.id.startswith("gym/"):
            continue
        try:
            env = make_env(benchmark.parameters["env"])
        except LabError as error:
            print(f"{benchmark.id}: {error}")
            continue
        if benchmark.id == "gym/blackjack":
            print(f"{benchmark.id}: random %.4f, optimum %.4f, both exact" % blackjack())
        elif hasattr(env.unwrapped, "P"):
            rules = benchmark.protocol()[1]
            horizon = min(env.spec.max_episode_steps or rules["max_steps"], rules["max_steps"])
            print(f"{benchmark.id}: random %.4f, optimum %.4f, both exact" % table(env, horizon))
        else:
            print(f"{benchmark.id}: random %.3f +- %.3f" % played_at_random(benchmark, env))
        if benchmark.id == "gym/pendulum":
            print(f"{benchmark.id}: optimum on a grid %.2f +- %.2f" % pendulum())


if __name__ == "__main__":
    main(sys.argv[1:])
