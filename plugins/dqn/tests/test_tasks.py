"""The tasks as a person meets them: the conformance kit, presets, contradictions, and learning."""

import pytest
from lab_dqn.config import DQNConfig
from lab_dqn.tasks import tasks

from lab_app.testing import check_errors, check_light, check_record, check_task
from lab_core.config import resolve
from lab_core.errors import UsageError
from lab_core.imports import load_object
from lab_core.model import Model
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.trainer import Trainer

CONTRADICTIONS = {
    "network=mlp": "can't see Atari",
    "epsilon_start=0.001": "epsilon_end",
    "target_period=1000": "nearest is target_period=1024",
    "environments=24": "not a multiple of environments",
    "replay_capacity=200": "Take replay_capacity=",
    "warm_up=10": "nothing to learn from",
    "steps=10000": r"steps=10000 ends in the warm-up \(warm_up=20000.*--steps 20480 or more",
    "steps=20224": "--steps 20480 or more",
    "final_learning_rate=-1": ">= 0",
    "max_grad_norm=0": "positive number or none",
    "gamma=1.5": "gamma",
    "network=resnet": "nips",
    "value_min=10": "not below value_max",
    "network=impala layer_norm=true": "no layer normalisation",
    "dueling=true layer_norm=true": "no layer normalisation",
    "prioritised=true learner=agent": "takes no importance weights",
    "atoms=51 double_q=true learner=agent": "has no double Q",
    "atoms=51 loss=mse": "cross entropy",
}


@pytest.mark.parametrize("task_id", ["dqn-breakout", "dqn-cartpole", "c51-cartpole", "rainbow-cartpole"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_record_is_complete_and_every_preset_has_a_plan(task):
    """Also of the tasks that differ from one that is trained here by their game alone."""
    registry, _ = discover()
    check_record(task, registry)
    check_errors(task)
    trainer, model = (load_object(text, what=task.id) for text in (task.trainer, task.model))
    assert issubclass(trainer, Trainer)
    assert issubclass(model, Model)
    for preset in task.presets:
        assert trainer.memory(resolve(config_type(task), task.preset(preset))) > 0


def test_plugin_is_light():
    check_light("lab_dqn")


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_contradictions_are_refused_with_what_to_do(text):
    task = next(task for task in tasks() if task.id == "dqn-breakout")
    with pytest.raises(UsageError, match=CONTRADICTIONS[text]):
        resolve(DQNConfig, task.preset("default"), overrides=text.split())


def test_every_game_of_the_source_has_its_benchmark():
    registry, _ = discover()
    for task in tasks():
        for preset in task.presets:
            benchmark = registry.benchmark_of(task, resolve(config_type(task), task.preset(preset)))
            assert benchmark is not None
            assert benchmark.score.reference is not None
    other = resolve(DQNConfig, registry.task("dqn-atari").preset("default"), overrides=["game=MsPacman"])
    assert registry.benchmark_of(registry.task("dqn-atari"), other).id == "atari/ms-pacman"


def test_epsilon_is_one_in_the_warm_up_then_falls_in_a_line():
    task = next(task for task in tasks() if task.id == "dqn-breakout")
    config = resolve(DQNConfig, task.preset("default"), overrides=["warm_up=20000", "epsilon_steps=100000"])
    assert [config.epsilon(step) for step in (0, 19_999, 20_000)] == [1.0, 1.0, 1.0]
    assert config.epsilon(70_000) == pytest.approx(0.505)
    assert config.epsilon(120_000) == config.epsilon(10**8) == pytest.approx(0.01)


@pytest.mark.learning
@pytest.mark.parametrize("task_id", ["dqn-cartpole", "c51-cartpole"])
def test_a_pole_is_balanced(task_id, tmp_path):
    """The best model of a short training, chosen on seeds of its own, over 20 fresh greedy episodes; random play scores 22."""
    from lab_core.config import to_dict
    from lab_core.runs.opening import load_model
    from lab_core.training.evaluation import evaluate
    from lab_core.training.job import execute
    from lab_core.training.spec import JobSpec

    registry, _ = discover()
    task = registry.task(task_id)
    config = resolve(DQNConfig, task.preset("default"), overrides=["steps=16384", "stop_at_score=250"])
    spec = JobSpec(task=task.id, config=to_dict(config), seed=1, device="cpu", runs_dir=str(tmp_path), evaluate=False)
    model = load_model(task, execute(spec, registry).run.model_folder("best"), device="cpu")
    scores = evaluate(registry.benchmark_of(task, config), model, count=20, seed=10_001).scores
    assert len(scores) == 20
    assert sum(scores) / 20 >= 200


def test_the_shortest_training_that_is_accepted_learns():
    task = next(task for task in tasks() if task.id == "dqn-breakout")
    config = resolve(DQNConfig, task.preset("default"), overrides=["steps=20480"])
    first = next(step for step in range(0, config.steps, config.slice_steps) if step >= config.warm_up)  # as the trainer asks
    assert first == config.first_update < config.steps


@pytest.mark.parametrize("task_id", ["dqn-breakout", "pqn-breakout"])
def test_a_training_with_all_18_actions_is_scored_where_all_have_them(task_id: str):
    registry, _ = discover()
    task = registry.task(task_id)
    for setting, protocol in (("full_action_space=true", "machado-2018"), ("full_action_space=false", "dqn-classic")):
        config = resolve(config_type(task), task.preset("default"), overrides=[setting])
        found = registry.benchmark_of(task, config)
        assert found is not None
        assert (found.id, found.default_protocol) == ("atari/breakout", protocol)
