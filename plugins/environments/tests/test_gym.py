"""Environments by id: the nearest named, versions resolved, strangers' modules imported, seeds that decide."""

import sys

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from lab_environments.gym import make_env, make_vector, older_game, resolve_env, resolve_env_id
from lab_environments.spaces import instead

from lab_core import imports
from lab_core.errors import LabError, UsageError


def test_a_name_without_version_is_its_newest():
    assert resolve_env_id("CartPole") == "CartPole-v1"
    assert resolve_env_id("lab-test/Clock") == "lab-test/Clock-v1"
    assert resolve_env_id("lab-test/Clock-v0") == "lab-test/Clock-v0"
    assert resolve_env_id("ALE/Pong") == "ALE/Pong-v5"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("CratPole-v1", "Did you mean CartPole"),
        ("CartPole-v7", "CartPole-v0 and CartPole-v1"),
        ("my-things/Robot-v0", "my_module:MyEnv-v0"),
        ("what is this", "not an environment id"),
        ("", "not an environment id"),
    ],
)
def test_unknown_ids_get_the_nearest(text, pattern):
    with pytest.raises(UsageError, match=pattern):
        resolve_env(text)


def test_a_module_named_in_the_id_is_imported(tmp_path, monkeypatch):
    (tmp_path / "strangers_things.py").write_text(
        "import gymnasium\nfrom gymnasium.envs.classic_control import CartPoleEnv\n"
        "gymnasium.register('strangers/Pole-v3', CartPoleEnv, max_episode_steps=7)\n"
    )
    (tmp_path / "strangers_broken.py").write_text("raise RuntimeError('no luck')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(imports.VARIABLE, "strangers_things, strangers_broken, no_such_module")
    env = make_env("strangers_things:strangers/Pole")
    assert (env.spec.id, env.spec.max_episode_steps) == ("strangers/Pole-v3", 7)
    env.close()
    with pytest.raises(UsageError, match=r"no_such_module.*can't be found.*spelt differently"):
        make_env("no_such_module:Pole-v0")
    with pytest.raises(LabError, match="RuntimeError: no luck"):
        make_env("strangers_broken:Pole-v0")


def test_a_module_that_nobody_allowed_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "strangers_trap.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv(imports.VARIABLE, raising=False)
    for read in (resolve_env, make_env, lambda text: make_vector(text, 2)):
        with pytest.raises(UsageError, match=r"strangers_trap.*--import strangers_trap"):
            read("strangers_trap:Trap-v0")
    with pytest.raises(UsageError, match="not the name of a module"):
        make_env("strangers_trap --quiet:Trap-v0")
    assert "strangers_trap" not in sys.modules


def test_what_is_imported_or_registered_already_needs_no_leave(monkeypatch):
    monkeypatch.delenv(imports.VARIABLE, raising=False)
    assert resolve_env("lab_environments.gym:CartPole").id == "CartPole-v1"
    assert resolve_env("not_imported_anywhere:lab-test/Clock-v0").id == "lab-test/Clock-v0"
    assert "not_imported_anywhere" not in sys.modules


def test_an_environment_that_can_not_be_built_is_named():
    with pytest.raises(LabError, match=r"CartPole-v1.*wheels"):
        make_env("CartPole-v1", wheels=4)


@pytest.mark.parametrize("env_id", ["CartPole-v1", "MountainCar-v0", "lab-test/Clock-v1"])
def test_vectors_restart_in_the_next_step_and_repeat_under_a_seed(env_id):
    def play():
        vector = make_vector(env_id, 3)
        assert vector.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
        seen = [vector.reset(seed=4)[0]]
        for step in range(40):
            observations, rewards, terminated, _, _ = vector.step(np.full(3, step % 2))
            seen.append(np.concatenate([observations.ravel(), rewards, terminated]))
        vector.close()
        return np.concatenate([np.ravel(one) for one in seen])

    assert np.array_equal(play(), play())


OLDER = {"PongNoFrameskip-v4": "pong", "SpaceInvadersDeterministic-v4": "space-invaders", "Pong-ram-v0": "pong", "Maze-v0": ""}


@pytest.mark.parametrize("name", OLDER)
def test_the_game_behind_an_older_name_is_known(name: str) -> None:
    assert older_game(name) == OLDER[name]
    frames = spaces.Box(0, 255, (210, 160, 3), np.uint8)
    assert f"--set game={OLDER[name] or 'pong'}" in instead(name, frames, spaces.Discrete(6), method="ppo")


def test_the_nearest_environments_of_a_module_are_named_with_it(tmp_path, monkeypatch):
    module = "lab_test_named_module"
    (tmp_path / f"{module}.py").write_text(
        "import gymnasium\nclass Env(gymnasium.Env): pass\ngymnasium.register('named/Hill-v2', Env)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("LAB_IMPORTS", module)
    with pytest.raises(UsageError, match=f"Did you mean {module}:named/Hill-v2"):
        resolve_env(f"{module}:named/Hil-v2")
    with pytest.raises(UsageError, match=f"There is {module}:named/Hill-v2"):
        resolve_env(f"{module}:named/Hill-v1")


def test_a_module_that_ends_the_process_when_it_is_imported_is_named(tmp_path, monkeypatch):
    (tmp_path / "lab_test_leaving_module.py").write_text("import sys; sys.exit(0)")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("LAB_IMPORTS", "lab_test_leaving_module")
    with pytest.raises(LabError, match="importing 'lab_test_leaving_module' failed: SystemExit: 0"):
        resolve_env("lab_test_leaving_module:E-v0")
