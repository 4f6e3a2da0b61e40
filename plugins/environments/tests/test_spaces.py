"""What environments show and take: kinds of spaces, and refusals that name the methods which can really learn them."""

import numpy as np
import pytest
from gymnasium import spaces
from lab_environments.spaces import ON_GAMES, TAKES, action_kind, check_spaces, checked_spaces, methods_for, observation_kind

from lab_core.errors import UsageError
from lab_core.registry.discovery import discover

BOX, NUMBERED, BOUNDED = spaces.Box(-1, 1, (3,)), spaces.Discrete(4), spaces.Box(-1, 1, (2,))
CARDS = spaces.Tuple([spaces.Discrete(32), spaces.Discrete(11), spaces.Discrete(2)])


@pytest.mark.parametrize(
    ("space", "kind"),
    [
        (spaces.Discrete(16), "states"),
        (spaces.Discrete(16, start=1), "shifted"),
        (CARDS, "row"),
        (spaces.MultiDiscrete([2, 3]), "row"),
        (BOX, "vector"),
        (spaces.MultiBinary(5), "vector"),
        (spaces.Box(0, 255, (8,), np.uint8), "vector"),
        (spaces.Box(-1, 1, (2, 3)), "array"),
        (spaces.MultiDiscrete([[2, 3], [4, 5]]), "array"),
        (spaces.Box(0, 255, (84, 84, 3), np.uint8), "frames"),
        (spaces.Dict({"a": BOX}), "other"),
        (spaces.Tuple([BOX, BOX]), "other"),
        (spaces.Text(5), "other"),
    ],
)
def test_every_observation_space_has_a_kind(space, kind):
    assert observation_kind(space) == kind


@pytest.mark.parametrize(
    ("space", "kind"),
    [
        (spaces.Discrete(3, start=5), "numbered"),
        (BOUNDED, "bounded"),
        (spaces.Box(-np.inf, np.inf, (1,)), "unbounded"),
        (spaces.Box(np.array([-1, 2], np.float32), np.array([1, 2], np.float32)), "unbounded"),  # no width to scale into
        (spaces.Box(0, 3, (1,), np.int32), "other"),
        (spaces.MultiDiscrete([2, 2]), "other"),
    ],
)
def test_every_action_space_has_a_kind(space, kind):
    assert action_kind(space) == kind


TABULAR = ["q-learning", "sarsa", "monte-carlo"]


@pytest.mark.parametrize(
    ("observation", "action", "able"),
    [
        (CARDS, spaces.Discrete(2), ["ppo", "a2c", "reinforce", "dqn", *TABULAR]),
        (spaces.Discrete(16), NUMBERED, ["ppo", "a2c", "reinforce", *TABULAR]),
        (spaces.Discrete(16, start=1), NUMBERED, TABULAR),
        (BOX, NUMBERED, ["ppo", "a2c", "reinforce", "dqn"]),
        (spaces.Box(-1, 1, (2, 3)), NUMBERED, ["ppo", "a2c", "reinforce"]),
        (BOX, BOUNDED, ["ppo", "a2c", "sac", "td3", "ddpg"]),
        (spaces.Discrete(16), BOUNDED, ["ppo", "a2c"]),
        (BOX, spaces.Box(-np.inf, np.inf, (1,)), ["ppo", "a2c"]),
        (spaces.Dict({"a": BOX}), NUMBERED, []),
        (BOX, spaces.MultiDiscrete([2, 2]), []),
    ],
)
def test_the_methods_that_can_are_named_and_no_others(observation, action, able):
    assert methods_for(observation, action) == able
    for method in TAKES:
        if method in able:
            check_spaces("My-v0", observation, action, method=method)
            continue
        with pytest.raises(UsageError) as error:
            check_spaces("My-v0", observation, action, method=method)
        assert "\n" not in str(error.value)
        assert (error.value.hint or "").startswith(f"{', '.join(able)} can take it: lab run" if able else "No method")


def test_frames_are_sent_to_the_tasks_for_atari():
    frames, (registry, _) = spaces.Box(0, 255, (84, 84, 3), np.uint8), discover()
    for env, method, task, game in (
        ("My-v0", "dqn", "dqn-atari", "pong"),
        ("ALE/MsPacman-v5", "ppo", "ppo-atari", "ms-pacman"),
        ("ALE/Breakout-v5", "a2c", "a2c-atari", "breakout"),
        ("ALE/Breakout-v5", "sac", "dqn-atari", "breakout"),
    ):
        with pytest.raises(UsageError, match=f"lab run {task} --set game={game}"):
            check_spaces(env, frames, NUMBERED, method=method)
        assert registry.has_task(task)
    with_games = {task.method for task in registry.tasks() if task.id == f"{task.method}-atari"}
    assert set(ON_GAMES) == with_games & set(TAKES)


def test_every_method_that_is_named_is_a_task_for_any_environment():
    registry, _ = discover()
    for method in TAKES:
        assert registry.task(method).parameter == "env"
    able = {task.method for task in registry.tasks() if task.id == task.method and task.parameter == "env"}
    networks = {task.id for task in registry.tasks() if task.family == "agents"} & able
    assert networks <= set(TAKES)


def test_an_environments_spaces_are_read_by_its_id():
    observation, action = checked_spaces("Blackjack-v1", method="dqn")
    assert (observation.shape, action.n) == ((3,), 2)
    with pytest.raises(UsageError, match=r"takes Box.*; dqn needs numbered actions.*lab run ppo --set env=Pendulum-v1"):
        checked_spaces("Pendulum-v1", method="dqn")
