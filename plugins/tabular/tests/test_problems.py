"""From ``env=`` to what is learnt from: versions, strangers' environments, what is refused, and where it is scored."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from lab_tabular.config import LearnerConfig, PlannerConfig, PolicyIterationConfig, PredictionConfig, ProblemConfig
from lab_tabular.learners import QLearning
from lab_tabular.model import TabularModel
from lab_tabular.numbering import Numbering
from lab_tabular.planner import PolicyIteration, ValueIteration
from lab_tabular.predictors import Td
from lab_tabular.problems import needs_table, open_place
from lab_tabular.tasks import tasks

from lab_core.config import changed, resolve
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover

TASK = tasks()[0]


class Corridor(gym.Env):
    """A stranger's: five cells counted from 3, two actions counted from 1; no table is shown."""

    def __init__(self, fails: bool = False) -> None:
        self.observation_space, self.action_space = spaces.Discrete(5, start=3), spaces.Discrete(2, start=1)
        self.fails = fails

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cell = 0
        return 3, {}

    def step(self, action):
        assert action in (1, 2)
        if self.fails:
            raise RuntimeError("broken")
        self.cell = max(0, self.cell + (1 if action == 2 else -1))
        return self.cell + 3, float(self.cell == 4), self.cell == 4, False, {}


gym.register("tabular-tests/Corridor-v0", entry_point=Corridor, max_episode_steps=50)
gym.register("tabular-tests/Broken-v0", entry_point=Corridor, kwargs={"fails": True})


def test_the_newest_version_is_found_and_its_limit_of_steps_kept():
    config = resolve(LearnerConfig, {"env": "Taxi"})
    assert config.env == "Taxi-v4"
    assert config.limit() == 200
    assert resolve(LearnerConfig, {"env": "CliffWalking"}).limit() == 1000
    assert resolve(LearnerConfig, {"env": "Taxi", "max_steps": 7}).limit() == 7
    assert resolve(LearnerConfig, {}).limit() == 30
    assert changed(config, {"env": "Taxi"}) == {}  # what resolving fills in is no change


@pytest.mark.parametrize(
    ("settings", "benchmark"),
    [
        ({"env": "Taxi"}, "gym/taxi"),
        ({"env": "FrozenLake-v1"}, "gym/frozen-lake"),
        ({"env": "maze", "maze": "traps"}, "maze/traps"),
        ({"env": "tabular-tests/Corridor"}, "env/tabular-tests/Corridor-v0"),
    ],
)
def test_one_task_is_scored_where_its_environment_is(settings, benchmark):
    registry, _ = discover()
    config = resolve(LearnerConfig, settings)
    found = registry.benchmark_of(registry.task("q-learning"), config)
    assert found is not None
    assert found.id == benchmark
    if "env" in found.parameters:
        assert found.parameters["env"] == config.env


def test_an_environment_without_a_table_is_stepped_and_says_so(capsys):
    config = resolve(LearnerConfig, {"env": "tabular-tests/Corridor", "steps": 300, "slice_episodes": 300, "gamma": 0.5})
    trainer = QLearning(TASK, config, Context(seed=0))
    assert "stepped in Python" in capsys.readouterr().err
    scalars = trainer.advance(300).scalars
    assert "value_error" not in scalars
    model = trainer.model()
    np.testing.assert_allclose(model.values[:4, 1], [0.125, 0.25, 0.5, 1], atol=0.02)  # right is action 2, the second one
    actions, _ = model.act(np.array([3, 6]), epsilon=0.0, rng=np.random.default_rng(0))
    assert actions.tolist() == [1, 1]
    trainer.close()


def test_planning_without_a_table_is_refused_with_who_can():
    with pytest.raises(UsageError, match=r"Corridor-v0.*no transition table.*q-learning"):
        ValueIteration(TASK, resolve(PlannerConfig, {"env": "tabular-tests/Corridor"}), Context(seed=0))
    with pytest.raises(UsageError, match="policy_epsilon=1"):
        Td(TASK, resolve(PredictionConfig, {"env": "tabular-tests/Corridor", "policy_epsilon": 0.5}), Context(seed=0))


def test_the_random_policy_is_judged_without_a_table():
    settings = {"env": "tabular-tests/Corridor", "steps": 2000, "slice_episodes": 2000, "gamma": 0.9, "max_steps": 1000}
    trainer = Td(TASK, resolve(PredictionConfig, {**settings, "alpha": 0.5, "alpha_decay": 0.7}), Context(seed=0))
    trainer.advance(2000)
    walk = np.zeros((4, 4))  # cells 0 to 3; left of 0 is 0, right of 3 is the end
    for cell in range(4):
        walk[cell, max(cell - 1, 0)] += 0.5
        if cell < 3:
            walk[cell, cell + 1] += 0.5
    exact = np.linalg.solve(np.eye(4) - 0.9 * walk, [0, 0, 0, 0.5])
    np.testing.assert_allclose(trainer.model().values[:4], exact, atol=0.03)


def test_spaces_that_no_table_holds_are_refused_with_who_can():
    with pytest.raises(UsageError, match=r"CartPole-v1 shows Box.*dqn"):
        open_place(ProblemConfig(env="CartPole-v1"))
    with pytest.raises(UsageError, match=r"Pendulum-v1 shows Box.*sac"):
        open_place(ProblemConfig(env="Pendulum-v1"))


def test_a_plan_refuses_what_the_training_would():
    for trainer in (QLearning, ValueIteration, Td):
        kind = {QLearning: LearnerConfig, ValueIteration: PlannerConfig, Td: PredictionConfig}[trainer]
        with pytest.raises(UsageError, match="CartPole-v1"):
            trainer.memory(kind(env="CartPole-v1"))


def test_an_environment_that_breaks_is_named():
    trainer = QLearning(TASK, resolve(LearnerConfig, {"env": "tabular-tests/Broken"}), Context(seed=0))
    with pytest.raises(LabError, match=r"Broken-v0 failed in step\(\): RuntimeError: broken"):
        trainer.advance(1)


def test_blackjack_by_table_and_by_environment_see_the_same_rows():
    problem, numbering = needs_table(ProblemConfig(env="Blackjack-v1"))
    assert numbering == Numbering((32, 11, 2), (0, 0, 0))
    assert problem.observations == numbering.count
    assert numbering.number((14, 10, 1)) == (14 * 11 + 10) * 2 + 1
    np.testing.assert_array_equal(numbering.numbers([[14, 10, 1], [4, 1, 0]]), [329, 90])
    model = TabularModel(np.arange(704 * 2.0).reshape(704, 2), numbering=numbering)
    assert model.observation == {"kind": "vector", "shape": [3], "actions": 2}
    np.testing.assert_array_equal(model.action_values(np.array([[14, 10, 1]])), [[658, 659]])


def test_a_model_keeps_its_numbering(tmp_path):
    model = TabularModel(np.zeros((704, 2)), numbering=Numbering((32, 11, 2), (0, 0, 0)))
    model.save(tmp_path)
    assert TabularModel.load(tmp_path, device="cpu").numbering == model.numbering


@pytest.mark.parametrize(("trainer", "kind"), [(ValueIteration, PlannerConfig), (PolicyIteration, PolicyIterationConfig)])
def test_a_plan_without_a_table_is_refused_before_the_run(trainer, kind):
    with pytest.raises(UsageError, match=r"exposes no transition table.*nothing can be planned"):
        trainer.memory(kind(env="tabular-tests/Corridor-v0"))
