"""The tasks of PPO and A2C as a person meets them: the conformance kit, presets, contradictions."""

import pytest
from lab_policy_gradient.ppo.config import PPOConfig
from lab_policy_gradient.ppo.tasks import tasks

from lab_app.testing import check_errors, check_light, check_record, check_task
from lab_core.config import resolve
from lab_core.errors import UsageError
from lab_core.imports import load_object
from lab_core.model import Model
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.trainer import Trainer

TASKS = {task.id: task for task in tasks()}

CONTRADICTIONS = {
    "ppo-cartpole game=pong": "ending in -atari",
    "ppo-cartpole env=": "Nothing to play",
    "ppo-cartpole rollout_steps=33,minibatches=7": "no multiple of minibatches=7",
    "ppo-cartpole minibatches=256": "can't be normalised",
    "ppo-cartpole mlp_layers=0": "at least one width",
    "ppo-breakout normalise_observations=true": "bytes",
    "ppo-breakout normalise_rewards=true": "reward_clip",
    "ppo-cartpole clip=0": "clip",
    "ppo-cartpole learner=torch": "agent",
}


@pytest.mark.parametrize("task_id", ["ppo-cartpole", "ppo-pendulum", "ppo-breakout", "a2c-cartpole"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task_id", [name for name in TASKS if name not in ("ppo-cartpole", "ppo-breakout")])
def test_record_is_complete_and_errors_are_clear(task_id):
    registry, _ = discover()
    check_record(TASKS[task_id], registry)
    check_errors(TASKS[task_id])


@pytest.mark.parametrize("task_id", TASKS)
def test_every_preset_has_a_plan(task_id):
    task = TASKS[task_id]
    trainer, model = (load_object(text, what=task_id) for text in (task.trainer, task.model))
    assert issubclass(trainer, Trainer)
    assert issubclass(model, Model)
    for preset in task.presets:
        assert trainer.memory(resolve(config_type(task), task.preset(preset))) > 0


def test_plugin_is_light():
    check_light("lab_policy_gradient")


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_contradictions_are_refused_with_what_to_do(text):
    task_id, overrides = text.split(" ")
    task = TASKS[task_id]
    with pytest.raises(UsageError) as error:
        resolve(config_type(task), task.preset("default"), overrides=overrides.split(","))
    assert CONTRADICTIONS[text] in f"{error.value.message} {error.value.hint}"
    assert "\n" not in str(error.value)


def test_the_version_of_an_environment_is_resolved_and_kept(monkeypatch):
    monkeypatch.setenv("LAB_IMPORTS", "lab_tabular.envs")
    config = resolve(PPOConfig, TASKS["ppo"].preset("default"), overrides=["env=Acrobot"])
    assert config.env == "Acrobot-v1"
    config = resolve(PPOConfig, TASKS["ppo"].preset("default"), overrides=["env=lab_tabular.envs:lab/Maze"])
    assert config.env == "lab_tabular.envs:lab/Maze-v0"


def test_games_find_their_benchmark_however_they_are_written():
    registry, _ = discover()
    task = registry.task("ppo-atari")
    config = resolve(config_type(task), task.preset("default"), overrides=["game=MsPacman"])
    assert registry.benchmark_of(task, config).id == "atari/ms-pacman"
