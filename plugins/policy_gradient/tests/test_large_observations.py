"""Observations of 1e8 +- 1: their differences survive up to the normalisation, and where nothing normalises that is said."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from lab_environments import observation
from lab_environments.arenas import GymArena
from lab_policy_gradient.continuous.environments import Environments
from lab_policy_gradient.policy_model import Architecture, PolicyModel
from lab_policy_gradient.ppo.normalise import Moments, normalised
from lab_policy_gradient.ppo.vectors import Episodes

LARGE = 1e8
SAID = "shows numbers of about 1e+08; float32, as networks compute, has steps of 8 there"


class Far(gym.Env):
    """Shows 1e8 + 1 or 1e8 - 1; the reward is 1 for the action 1 at the first and 0 at the second."""

    metadata = {"render_modes": []}

    def __init__(self, declared="float64", box=False, render_mode=None):
        self.observation_space = spaces.Box(-np.inf, np.inf, (1,), np.dtype(declared))
        self.action_space = spaces.Box(-1, 1, (1,)) if box else spaces.Discrete(2)

    def _show(self):
        self.sign = int(self.np_random.integers(2)) * 2 - 1
        return np.array([LARGE + self.sign])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._show(), {}

    def step(self, action):
        reward = float(np.sign(np.asarray(action).ravel()[0] - 0.5) == self.sign)
        return self._show(), reward, False, False, {}


gym.register("lab-test/Far-v0", Far, max_episode_steps=20)
gym.register("lab-test/FarDeclaredNarrow-v0", Far, max_episode_steps=20, kwargs={"declared": "float32"})
gym.register("lab-test/FarBox-v0", Far, max_episode_steps=20, kwargs={"box": True})
BOTH = ("lab-test/Far-v0", "lab-test/FarDeclaredNarrow-v0")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(observation, "_warned", set())


@pytest.mark.parametrize("env", BOTH)
def test_what_is_normalised_is_normalised_in_its_own_precision(env, capsys):
    vector = Episodes(env, 4, method="ppo", normalised=True)
    seen = np.concatenate([vector.reset(3), *(vector.step(np.zeros(4, np.int32)).observations for _ in range(15))])
    assert set((seen - LARGE).ravel().tolist()) == {-1.0, 1.0}
    moments = Moments((1,))
    moments.update(seen)
    shown = normalised(seen, moments.mean, moments.variance, 10.0)
    assert shown.dtype == np.float32
    assert np.abs(np.abs(shown) - 1).max() < 0.5
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("env", BOTH)
def test_a_policy_tells_them_apart_where_it_is_scored(env, tmp_path):
    arrays = {"kernel_0": [[-1.0, 1.0]], "bias_0": [0.0, 0.0], "mean": np.array([LARGE]), "std": np.array([1.0])}
    architecture = Architecture(outputs=2, observation={"kind": "vector", "shape": [1], "actions": 2}, clip=10.0)
    PolicyModel(architecture, {name: np.asarray(value) for name, value in arrays.items()}).save(tmp_path)
    model = PolicyModel.load(tmp_path, device="cpu")
    arena = GymArena(env, model.observation, slots=8, where=env)
    arena.begin(np.ones(8, bool), range(8))
    shown = arena.observations()
    actions, _ = model.act(shown, None, epsilon=0.0, rng=np.random.default_rng(0))
    assert set(actions.tolist()) == {0, 1}
    assert (actions == (shown[:, 0] > LARGE)).all()


def test_methods_that_do_not_normalise_say_what_is_lost_once(capsys):
    Episodes("lab-test/Far-v0", 2, method="ppo").reset(0)
    Environments("lab-test/FarBox-v0", 2, method="sac").reset(0)
    Environments("lab-test/FarBox-v0", 2, method="sac").reset(1)
    lines = capsys.readouterr().err.splitlines()
    assert [SAID in line for line in lines] == [True, True]
    assert lines[0].startswith("lab-test/Far-v0")


@pytest.mark.parametrize("values", [[1e8], [np.float32(1e8 + 1)], [2**30], [0.1]])
def test_numbers_that_float32_holds_well_enough_need_no_line(values, capsys):
    assert observation.narrowed(np.array(values), "x").dtype == np.float32
    assert capsys.readouterr().err == ""


@pytest.mark.learning
def test_ppo_learns_from_them(tmp_path):
    from lab_core.config import resolve, to_dict
    from lab_core.registry.discovery import discover
    from lab_core.registry.registry import config_type
    from lab_core.training.job import execute
    from lab_core.training.spec import JobSpec

    registry, _ = discover()
    task = registry.task("ppo")
    settings = {"env": "lab-test/Far-v0", "normalise_observations": True, "steps": 16_384}
    config = to_dict(resolve(config_type(task), task.preset("default"), settings))
    done = execute(JobSpec(task="ppo", config=config, device="cpu", runs_dir=str(tmp_path)), registry)
    assert done.evaluation is not None
    assert done.evaluation.value > 19  # of 20; chance is 10
