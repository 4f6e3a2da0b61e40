"""Players and small environments with known answers."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from lab_core.model import Act, Model


class Player(Model, Act):
    """Acts by a function of observations and random stream; values, if any, are the same everywhere."""

    def __init__(self, observation: dict[str, Any], choose: Callable[..., Any], values: list[float] | None = None) -> None:
        self.observation = observation
        self.choose = choose
        self.values = values
        self.batches: list[tuple[int, ...]] = []

    def save(self, folder):
        raise NotImplementedError

    @classmethod
    def load(cls, folder, *, device):
        raise NotImplementedError

    def act(self, observations, state, *, epsilon, rng):
        self.batches.append(observations.shape)
        return self.choose(observations, rng), state

    def action_values(self, observations):
        return None if self.values is None else np.tile(self.values, (len(observations), 1))


class Counter(Player):
    """Answers how many steps its episode has lasted: right only if its memory starts anew with each episode."""

    def __init__(self) -> None:
        super().__init__({"kind": "vector"}, lambda *_: None)

    def start(self, batch):
        return {"steps": np.zeros(batch, np.int64), "other": (np.zeros((batch, 2)),)}

    def act(self, observations, state, *, epsilon, rng):
        return state["steps"], {"steps": state["steps"] + 1, "other": state["other"]}


class Clock(gymnasium.Env):
    """Lasts 1 to 30 steps by its seed; a reward for the action that names the step."""

    observation_space = gymnasium.spaces.Box(0, 100, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(100)
    metadata = {"render_modes": []}

    def __init__(self, render_mode=None, longest=30):
        self.render_mode = render_mode
        self.longest = longest

    @staticmethod
    def duration(seed: int) -> int:
        return 1 + seed % 30

    def reset(self, *, seed=None, options=None):
        self.left, self.now = min(self.longest, self.duration(seed or 0)), 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        reward = float(action == self.now)
        self.now += 1
        return np.full(1, self.now, np.float32), reward, self.now >= self.left, False, {}


class Dice(gymnasium.Env):
    """Lasts 1 to 30 steps, drawn evenly, and pays 1 for each: an episode's score is its length, 15.5 on average."""

    observation_space = gymnasium.spaces.Discrete(1)
    action_space = gymnasium.spaces.Discrete(2)
    metadata = {"render_modes": []}

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = int(self.np_random.integers(1, 31))
        return 0, {}

    def step(self, action):
        self.left -= 1
        return 0, 1.0, self.left == 0, False, {}


class Levers(gymnasium.Env):
    """Pays the number of the lever, 0 to 3; levers are numbered from 5. Never ends by itself."""

    observation_space = gymnasium.spaces.Discrete(3)
    action_space = gymnasium.spaces.Discrete(4, start=5)
    metadata = {"render_modes": []}

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        assert self.action_space.contains(action)
        return 1, float(action - 5), False, False, {}


gymnasium.register("lab-test/Clock-v0", Clock)
gymnasium.register("lab-test/Clock-v1", Clock, kwargs={"longest": 30})
gymnasium.register("lab-test/Dice-v0", Dice)
gymnasium.register("lab-test/Levers-v0", Levers)


@pytest.fixture
def player() -> type[Player]:
    return Player


@pytest.fixture
def still() -> Player:
    """Does nothing, ever."""
    return Player({"kind": "frames"}, lambda observations, rng: np.zeros(len(observations), np.int64))


@pytest.fixture
def chance() -> Player:
    """Any of Breakout's four actions."""
    return Player({"kind": "frames"}, lambda observations, rng: rng.integers(0, 4, len(observations)))


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def clock() -> type[Clock]:
    return Clock


@pytest.fixture
def levers() -> gymnasium.Env:
    return gymnasium.make("lab-test/Levers-v0")
