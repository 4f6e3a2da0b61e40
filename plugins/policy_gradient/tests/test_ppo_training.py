"""Training: learning toward a known optimum, resume bit for bit, schedules, and the model that is left."""

import numpy as np
import pytest
from lab_policy_gradient.ppo.tasks import tasks
from lab_tensorflow.agent_rates import learning_rate_at

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


def make(task_id: str, *overrides: str, seed: int = 0):
    task = TASKS[task_id]
    config = resolve(config_type(task), task.preset("smoke"), overrides=overrides)
    return load_object(task.trainer, what=task_id)(task, config, Context(seed=seed, threads=1))


def train(trainer, steps: int):
    curve = []
    while trainer.reported < steps:
        before = trainer.reported
        progress = trainer.advance(steps - before)
        assert before < progress.step <= steps
        curve.append(dict(progress.scalars))
    return curve


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize(
    ("task_id", "overrides"),
    [
        ("ppo-pendulum", ("normalise_observations=true", "normalise_rewards=true")),
        ("ppo-lunarlander", ()),
        ("a2c-cartpole", ()),
    ],
)
def test_training_goes_on_bit_for_bit_after_a_resume(task_id, overrides, tmp_path):
    through = make(task_id, *overrides)
    train(through, 320)
    through.save(tmp_path, None)
    saved = through.state_digest()
    later = train(through, 640)
    resumed = make(task_id, *overrides, seed=5)
    resumed.load(tmp_path, None)
    assert_same(resumed.state_digest(), saved)
    assert train(resumed, 640) == later
    assert_same(resumed.state_digest(), through.state_digest())


def test_a_budget_that_is_no_whole_rollout_is_met_exactly():
    trainer = make("ppo-cartpole")
    train(trainer, 301)
    assert trainer.reported == 301
    assert trainer.agent_steps % trainer.config.batch == 0


def test_schedules_fall_in_a_line_over_the_whole_training():
    trainer = make("ppo-cartpole", "learning_rate=0.1", "final_learning_rate=0", "clip=0.2", "clip_end=0.1")
    found = []
    for trainer.agent_steps in (0, 512, 1024, 4096):
        found.append((learning_rate_at(trainer.config, trainer.agent_steps), trainer._clip()))
    assert found == [(0.1, 0.2), (0.05, pytest.approx(0.15)), (0.0, 0.1), (0.0, 0.1)]


@pytest.mark.parametrize("task_id", ["ppo-pendulum", "ppo-cartpole"])
def test_the_model_acts_by_the_mode_of_the_trained_policy(task_id):
    trainer = make(task_id, "normalise_observations=true")
    train(trainer, 256)
    model = trainer.model()
    raw = np.random.default_rng(0).normal(size=(32, *trainer.vector.observation_shape)).astype(np.float32)
    shown = trainer.player.shown(raw)
    outputs = trainer.network(shown)[0].numpy()
    np.testing.assert_allclose(model.outputs(raw), outputs, rtol=1e-3, atol=1e-5)
    actions, _ = model.act(raw, None, epsilon=0.0, rng=np.random.default_rng(0))
    wanted = np.clip(outputs, -2.0, 2.0) if task_id == "ppo-pendulum" else outputs.argmax(axis=-1)
    np.testing.assert_allclose(actions, wanted, rtol=1e-3, atol=1e-5)


def test_the_agent_of_tf_agents_learns_through_the_same_trainer():
    ours, theirs = (make("ppo-cartpole", f"learner={kind}", "clip_end=none") for kind in ("compiled", "agent"))
    train(ours, 128)
    train(theirs, 128)
    for name, value in ours.network.numpy().items():
        np.testing.assert_allclose(theirs.network.numpy()[name], value, rtol=1e-3, atol=1e-5, err_msg=name)


def learns(task_id: str, *overrides: str) -> float:
    """The mean score of the last training episodes at the end of a short training."""
    task = TASKS[task_id]
    config = resolve(config_type(task), task.preset("default"), overrides=overrides)
    trainer = load_object(task.trainer, what=task_id)(task, config, Context(seed=1, threads=1))
    return train(trainer, config.steps)[-1]["score"]


@pytest.mark.learning
def test_ppo_learns_to_balance_a_pole_in_a_few_thousand_steps():
    assert learns("ppo-cartpole", "steps=24576", "score_window=20") > 150  # a random player gets 22


def test_ppo_finds_the_shortest_way_over_the_lake():
    """Deterministic FrozenLake under the discount: every shortest way scores 1, a random player scores 0.014."""
    import gymnasium

    gymnasium.register("PPOTestLake-v0", "gymnasium.envs.toy_text.frozen_lake:FrozenLakeEnv", kwargs={"is_slippery": False})
    score = learns(
        "ppo", "env=PPOTestLake-v0", "steps=16384", "rollout_steps=64", "minibatches=4", "normalise_observations=false"
    )
    assert score > 0.9


@pytest.mark.learning
def test_a2c_learns_to_balance_a_pole():
    assert learns("a2c-cartpole", "steps=60000", "score_window=20") > 100
