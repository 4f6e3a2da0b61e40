"""REINFORCE as a person meets it: conformance, exact resume, any environment, refusals, and learning."""

import numpy as np
import pytest
from lab_policy_gradient.reinforce.config import ReinforceConfig
from lab_policy_gradient.reinforce.tasks import tasks

from lab_app.testing import check_light, check_task
from lab_core.config import resolve
from lab_core.context import Context
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover

TASKS = {task.id: task for task in tasks()}


def make(*overrides, task="reinforce", preset="smoke", seed=0):
    from lab_policy_gradient.reinforce.trainer import ReinforceTrainer

    config = resolve(ReinforceConfig, TASKS[task].preset(preset), overrides=overrides)
    return ReinforceTrainer(TASKS[task], config, Context(seed=seed, threads=1))


@pytest.mark.parametrize("task_id", TASKS)
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


def test_plugin_is_light():
    check_light("lab_policy_gradient")


@pytest.mark.parametrize("env", ["Acrobot-v1", "FrozenLake-v1"])
def test_any_environment_with_numbered_actions_resumes_exactly(env, tmp_path):
    """Not only CartPole: nothing of an environment outlives a batch."""
    sets = (f"env={env}", "environments=3", "max_steps=40", "baseline=false")
    straight = make(*sets)
    straight.advance(3)
    straight.save(tmp_path, None)
    straight.advance(3)
    resumed = make(*sets, seed=9)
    resumed.load(tmp_path, None)
    resumed.advance(3)
    one, other = straight.state_digest(), resumed.state_digest()
    assert one.keys() == other.keys()
    for name in one:
        assert np.array_equal(one[name], other[name]), name
    for trainer in (straight, resumed):
        trainer.close()


def test_a_last_slice_plays_no_more_episodes_than_were_asked_for():
    trainer = make("environments=4")
    assert trainer.advance(3).step == 3
    assert len(trainer.recent) == 3
    assert trainer.advance(100).step == 7
    trainer.close()


def test_batches_hold_whole_episodes_and_their_padding_is_empty():
    from lab_policy_gradient.reinforce.episodes import make_stage, play

    stage = make_stage("CartPole-v1", 4)
    batch = play(stage, lambda seen: np.ones(len(seen), np.int64), seed=3, environments=4, episodes=3, max_steps=1000)
    assert batch.rewards.shape[0] == 3
    assert batch.scores.tolist() == batch.lengths.tolist()
    for row, length in enumerate(batch.lengths):
        assert 8 <= length <= 11  # pushed to one side all the time
        assert not batch.observations[row, length:].any()
        # CartPole ends when the pole leans by more than 12 degrees: the last step that was acted on was still upright
        assert abs(batch.observations[row, length - 1, 2]) < 0.2095
    stage.close()


def test_environments_of_both_kinds_are_played_alike():
    """The same rules for an environment's own vector version and for copies: cut at max_steps, counted once."""
    from lab_policy_gradient.reinforce.episodes import Apart, Together, play

    for kind in (Together, Apart):
        stage = kind("CartPole-v1", 3)
        batch = play(stage, lambda seen: np.zeros(len(seen), np.int64), seed=0, environments=3, episodes=3, max_steps=5)
        assert batch.lengths.tolist() == [5, 5, 5]
        stage.close()


@pytest.mark.parametrize(
    ("overrides", "pattern"),
    [
        (["env=Pendulum-v1"], "needs numbered actions"),
        (["env=Acrobot-v1", "head=bernoulli"], "2 actions"),
        (["env=CratPole-v1"], "no environment"),
        (["whole_advantages=true", "normalise=none"], "whole_advantages"),
        (["layers=0"], "width 0"),
    ],
)
def test_what_it_can_not_do_is_refused(overrides, pattern):
    with pytest.raises(UsageError, match=pattern):
        make(*overrides)


def test_a_run_names_the_version_and_lands_in_its_column():
    registry, _ = discover()
    config = resolve(ReinforceConfig, TASKS["reinforce"].preset("default"), overrides=["env=Acrobot"])
    assert config.env == "Acrobot-v1"
    assert registry.benchmark_of(TASKS["reinforce"], config).id == "gym/acrobot"
    book = resolve(ReinforceConfig, TASKS["reinforce-cartpole"].preset("book"))
    assert registry.benchmark_of(TASKS["reinforce-cartpole"], book).id == "gym/cartpole-v0"


def test_the_sources_network_is_four_ten_one_without_biases():
    trainer = make(task="reinforce-cartpole", preset="book")
    assert {name: value.shape for name, value in trainer.model().weights.items()} == {"kernel_0": (4, 10), "kernel_1": (10, 1)}
    assert trainer.learner.weights.keys() == {"kernel_0", "kernel_1"}
    trainer.close()


def test_the_sources_preset_stops_when_a_whole_batch_reaches_200():
    trainer = make(task="reinforce-cartpole", preset="book")
    for _ in range(600):
        progress = trainer.advance(5)
        assert progress.done == (list(trainer.recent)[-5:] == [200.0] * 5)
        if progress.done:
            break
    assert progress.done
    trainer.close()


def test_a_third_partys_environment_with_a_known_optimum_is_learnt(tmp_path, monkeypatch):
    """Ten states in a row, reward 1 for going right each time: the optimum is 10, a random player gets 5."""
    (tmp_path / "strange_corridor.py").write_text(
        "import gymnasium\nfrom gymnasium.spaces import Discrete\n"
        "class Corridor(gymnasium.Env):\n"
        "    observation_space, action_space = Discrete(10), Discrete(2, start=5)\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        super().reset(seed=seed)\n        self.place = 0\n        return 0, {}\n"
        "    def step(self, action):\n"
        "        right = action == 5 + self.place % 2\n        self.place += 1\n"
        "        return min(self.place, 9), float(right), self.place == 10, False, {}\n"
        "gymnasium.register('strange/Corridor-v0', Corridor)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LAB_IMPORTS", "strange_corridor")
    trainer = make("env=strange_corridor:strange/Corridor", "environments=16", "layers=", "learning_rate=0.05")
    assert trainer.config.env == "strange_corridor:strange/Corridor-v0"
    for _ in range(60):
        trainer.advance(16)
    states = np.arange(10)
    assert trainer.model().act(states, None, epsilon=0.0, rng=np.random.default_rng(0))[0].tolist() == [0, 1] * 5
    trainer.close()


def test_cartpole_is_learnt_within_600_episodes():
    trainer = make(task="reinforce-cartpole", preset="default", seed=3)
    while trainer.episodes < 640:
        trainer.advance(16)
    assert np.mean(list(trainer.recent)[-32:]) > 300
    trainer.close()
