"""The tasks as a person meets them: the conformance kit, exact resumes, the model that is left, contradictions, learning."""

import gymnasium
import numpy as np
import pytest
from lab_environments.evaluation import EpisodeEvaluator
from lab_policy_gradient.continuous.config import DDPGConfig, SACConfig, TD3Config
from lab_policy_gradient.continuous.policy import best_action
from lab_policy_gradient.continuous.tasks import tasks
from lab_policy_gradient.continuous.trainer import ContinuousTrainer

from lab_app.testing import check_errors, check_record, check_task, differences
from lab_core.config import from_dict, resolve, to_dict
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

TASKS = {task.id: task for task in tasks()}


def make(task_id, *overrides, preset="smoke", seed=0):
    task = TASKS[task_id]
    config = resolve(config_type(task), task.preset(preset), overrides=overrides)
    return ContinuousTrainer(task, config, Context(seed=seed, threads=1))


@pytest.mark.parametrize("task_id", ["ddpg-pendulum", "td3-pendulum", "sac-pendulum"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task_id", TASKS)
def test_records_are_complete_and_bad_settings_are_refused(task_id):
    registry, _ = discover()
    check_record(TASKS[task_id], registry)
    check_errors(TASKS[task_id])


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("steps=10000", r"ends in the warm-up.*--steps 10064"),
        ("slice_steps=63", "not a multiple of environments"),
        ("actor_layers=0,4", "actor_layers needs at least one width"),
        ("critic_layers=none", "critic_layers"),
        ("updates_per_slice=7", "not a multiple of policy_delay"),
        ("replay_capacity=100", "less than a slice"),
        ("env=Pendulm-v1", "Did you mean Pendulum"),
        ("tau=0", "tau"),
        ("learner=keras", "compiled"),
    ],
)
def test_contradictions_are_refused_with_what_to_do(text, pattern):
    task = TASKS["td3"]
    overrides = [text, "slice_steps=128", "updates_per_slice=128"] if text.startswith("replay") else [text]
    with pytest.raises(UsageError, match=pattern):
        resolve(TD3Config, task.preset("default"), overrides=overrides)


def test_xla_and_the_agent_exclude_each_other():
    with pytest.raises(UsageError, match="xla=true"):
        from_dict(SACConfig, {"learner": "agent", "xla": True})


def test_the_environments_version_is_resolved_and_its_benchmark_found():
    registry, _ = discover()
    config = resolve(SACConfig, TASKS["sac"].preset("default"), overrides=["env=MountainCarContinuous"])
    assert config.env == "MountainCarContinuous-v0"
    assert registry.benchmark_of(TASKS["sac"], config).id == "gym/mountain-car-continuous"
    pendulum = resolve(SACConfig, TASKS["sac-pendulum"].preset("default"))
    assert registry.benchmark_of(TASKS["sac-pendulum"], pendulum).id == "gym/pendulum"


def test_a_strangers_environment_keeps_the_module_that_brings_it(tmp_path, monkeypatch):
    (tmp_path / "strangers_swing.py").write_text(
        "import gymnasium\nfrom gymnasium.envs.classic_control import PendulumEnv\n"
        "gymnasium.register('strangers/Swing-v2', PendulumEnv, max_episode_steps=9)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LAB_IMPORTS", "strangers_swing")
    config = resolve(DDPGConfig, TASKS["ddpg"].preset("default"), overrides=["env=strangers_swing:strangers/Swing"])
    assert config.env == "strangers_swing:strangers/Swing-v2"


def test_the_papers_settings():
    """Lillicrap et al. 2016 section 7; Fujimoto et al. 2018 table 3; Haarnoja et al. 2018b table 1."""
    ddpg, td3, sac = (resolve(kind, TASKS[kind.method].preset("paper")) for kind in (DDPGConfig, TD3Config, SACConfig))
    assert (ddpg.batch_size, ddpg.tau, ddpg.critic_l2, ddpg.noise_theta, ddpg.noise_sigma) == (64, 0.001, 0.01, 0.15, 0.2)
    assert (ddpg.actor_learning_rate, ddpg.critic_learning_rate, ddpg.actor_layers) == (1e-4, 1e-3, (400, 300))
    assert (td3.policy_delay, td3.target_noise, td3.target_noise_clip, td3.noise_sigma, td3.tau) == (2, 0.2, 0.5, 0.1, 0.005)
    assert (td3.batch_size, td3.actor_learning_rate) == (100, 1e-3)
    assert (sac.batch_size, sac.actor_learning_rate, sac.tau, sac.target_entropy, sac.critic_layers) == (
        256,
        3e-4,
        0.005,
        None,
        (256, 256),
    )
    for config in (ddpg, td3, sac):
        assert config.gamma == 0.99
        assert config.replay_capacity == 1_000_000
        assert config.slice_steps == config.updates_per_slice == getattr(config, "policy_delay", 1)


class Cut(gymnasium.Env):
    """Pays 1 a step for ever; cut after 5 steps, never over. With terminal=True the same end is a real one."""

    observation_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Box(-2, 2, (1,), np.float32)

    def __init__(self, terminal=False):
        self.terminal = terminal

    def reset(self, *, seed=None, options=None):
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        end = self.steps == 5
        return np.zeros(1, np.float32), 1.0, end and self.terminal, end and not self.terminal, {}


gymnasium.register("lab-test/Cut-v0", Cut)
gymnasium.register("lab-test/Over-v0", lambda: Cut(terminal=True))


def test_values_go_through_a_cut_and_stop_at_an_end():
    """All states look alike. Cut: V = 1 / (1 - gamma) = 2; ended after 5 steps, a fifth of them: V = 1 + gamma * 4/5 V = 5/3."""
    fast = ("gamma=0.5", "critic_learning_rate=1e-2", "tau=0.1", "steps=2048", "batch_size=64", "noise_sigma=0.5")
    for env, value in (("lab-test/Cut-v0", 2.0), ("lab-test/Over-v0", 5 / 3)):
        trainer = make("ddpg", f"env={env}", *fast)
        while trainer.reported < 1536:
            progress = trainer.advance(64)
        trainer.close()
        assert progress.scalars["q"] == pytest.approx(value, abs=0.06)
        assert progress.scalars["score"] == 5.0


def test_a_budget_that_is_no_whole_slice_is_met_exactly():
    trainer = make("sac-pendulum")
    while trainer.reported < 7:
        trainer.advance(7 - trainer.reported)
    assert trainer.reported == 7
    assert trainer.agent_steps == trainer.replay.position == 8  # whole steps of two environments
    trainer.close()


def test_a_training_with_tf_agents_own_agent_is_the_same_training():
    digests = []
    for learner in ("compiled", "agent"):
        trainer = make("sac-pendulum", f"learner={learner}")
        while trainer.reported < 256:
            trainer.advance(256 - trainer.reported)
        digests.append(trainer.state_digest())
        trainer.close()
    assert digests[0]["counters/updates"] == digests[1]["counters/updates"] == "128"
    assert differences(*digests, tolerance=1e-3) == []


def test_actions_are_drawn_evenly_first_and_then_explore_around_the_actor():
    trainer = make("td3-pendulum", "noise_sigma=0.05")
    seen = trainer.environments.observations
    drawn = np.concatenate([trainer._actions(seen) for _ in range(1000)])
    np.testing.assert_allclose(np.histogram(drawn, bins=4, range=(-1, 1))[0] / drawn.size, 0.25, atol=0.05)
    trainer.agent_steps = trainer.config.warm_up
    noisy = np.stack([trainer._actions(seen) for _ in range(2000)]) - best_action(trainer.actor, seen, 1)
    np.testing.assert_allclose(noisy.mean(axis=0), 0.0, atol=4 * 0.05 / np.sqrt(2000))
    np.testing.assert_allclose(noisy.std(axis=0), 0.05, rtol=0.08)
    trainer.close()


def test_the_model_acts_by_the_mode_within_the_bounds():
    trainer = make("sac-pendulum")
    model = trainer.model()
    seen = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32) * 3
    actions, _ = model.act(seen, None, epsilon=0.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(actions, 2 * best_action(trainer.actor, seen, 1), atol=1e-6)
    drawn, _ = model.act(np.repeat(seen, 50, axis=0), None, epsilon=1.0, rng=np.random.default_rng(0))
    assert np.abs(drawn).max() <= 2
    np.testing.assert_allclose(np.histogram(drawn, bins=4, range=(-2, 2))[0] / drawn.size, 0.25, atol=0.04)
    trainer.close()


def test_numbered_actions_are_refused_with_the_methods_that_take_them():
    with pytest.raises(LabError, match="CartPole-v1 takes Discrete") as caught:
        make("td3", "env=CartPole-v1")
    assert "\n" not in str(caught.value)
    for method in ("dqn", "ppo", "a2c", "reinforce"):
        assert method in str(caught.value)


def test_memory_grows_with_the_replay_and_the_environment():
    config = resolve(SACConfig, TASKS["sac"].preset("default"))
    small = resolve(SACConfig, TASKS["sac"].preset("default"), overrides=["replay_capacity=1000"])
    # a transition of Pendulum: twice 3 numbers, an action, a reward and a flag
    assert ContinuousTrainer.memory(config) - ContinuousTrainer.memory(small) == 999_000 * (4 * (3 + 3 + 1 + 1) + 1)


@pytest.mark.learning
@pytest.mark.parametrize("method", ["ddpg", "td3", "sac"])
def test_pendulum_is_swung_up(method):
    """The last model of 8,192 steps; standing still scores about -1,200, the optimum about -150."""
    trainer = make(f"{method}-pendulum", preset="default", seed=1)
    while trainer.reported < 8_192:
        trainer.advance(8_192 - trainer.reported)
    registry, _ = discover()
    benchmark = registry.benchmark_of(trainer.task, trainer.config)
    result = EpisodeEvaluator(benchmark).evaluate(trainer.model(), protocol="greedy", count=50, seed=0)
    trainer.close()
    assert result.value > -250
    assert to_dict(trainer.config)["env"] == "Pendulum-v1"
