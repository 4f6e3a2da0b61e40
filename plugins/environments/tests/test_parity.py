"""The vector of games against Gymnasium's ``AtariPreprocessing`` and ``FrameStackObservation``, frame by frame.

What is the same, step by step, in each game below: the start behind as many no-ops, the emulator's sticky actions under one
emulator seed, holding an action for four frames, the pixelwise maximum of the last two, grey or colour, area interpolation, the
stack of four, raw rewards, lives, and the end of the game.

What differs, each held by a test here:

* Resizing rounds differently in two builds of OpenCV: at most one grey level of 255.
* Gymnasium draws 1 to 30 no-ops, the lab 0 to 30; each from a stream of its own, so the tests hand over the number.
* Gymnasium fills a stack up with the first frame unless told ``padding_type="zero"``, which is what the emulator's vector does.
* With ``terminal_on_life_loss`` Gymnasium lets go of a held action in the frame in which the life is lost. The lab plays all its
  frames, because it tells a learner of the life and goes on playing; both report the end in the same step.
* Gymnasium derives the emulator's seed from ``reset(seed=...)``; the lab's seed is the emulator's.
"""

import numpy as np
import pytest
from lab_environments.atari import AtariVector


class Drawn:
    """In the place of a generator: always draws ``number``."""

    def __init__(self, number: int) -> None:
        self.number = number

    def integers(self, low: int, high: int) -> int:
        assert low == 1
        return self.number


def peer_of(game: str, seed: int, *, noops: int, sticky: float, grey: bool, size: int, life_loss: bool = False):
    """Gymnasium's game in its first state, with the emulator's ``seed``; the environment and its first observation."""
    import ale_py
    import gymnasium
    from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

    gymnasium.register_envs(ale_py)
    name = "".join(word.title() for word in game.split("-"))
    plain = gymnasium.make(f"ALE/{name}-v5", frameskip=1, repeat_action_probability=sticky, disable_env_checker=True)

    def seed_game(number):
        plain.unwrapped.ale.setInt("random_seed", seed)
        plain.unwrapped._np_random = Drawn(noops)
        return number, seed

    plain.unwrapped.seed_game = seed_game
    prepared = AtariPreprocessing(
        plain, noop_max=30 if noops else 0, frame_skip=4, screen_size=size, grayscale_obs=grey, terminal_on_life_loss=life_loss
    )
    env = FrameStackObservation(prepared, 4, padding_type="zero")
    first, _ = env.reset(seed=0)
    return env, first


@pytest.mark.parametrize(
    ("game", "seed", "noops", "sticky", "grey", "size"),
    [
        ("breakout", 3, 0, 0.0, True, 84),
        ("breakout", 5, 30, 0.25, True, 84),
        ("pong", 1, 30, 0.25, True, 84),
        ("space-invaders", 7, 30, 0.0, True, 84),
        ("seaquest", 2, 30, 0.25, False, 84),
        ("ms-pacman", 9, 30, 0.25, True, 64),
        ("freeway", 4, 0, 0.25, False, 42),
    ],
)
def test_stacks_rewards_lives_and_ends_are_gymnasiums(game, seed, noops, sticky, grey, size):
    vector = AtariVector(game, 1, size=size, stack=4, grey=grey, sticky=sticky, noops=noops, fire=False)
    mine = vector.reset([seed])
    env, theirs = peer_of(game, seed, noops=int(vector.start_frames[0]), sticky=sticky, grey=grey, size=size)
    rng = np.random.default_rng(seed)
    steps = 0
    for _ in range(120):
        assert mine.shape[1:] == theirs.shape
        assert np.abs(mine[0].astype(int) - theirs).max() <= 1, steps
        action = 1 if steps % 40 == 0 else int(rng.integers(vector.actions))
        theirs, reward, terminated, truncated, info = env.step(action)
        found = vector.step([action])
        mine = found.observations
        assert (found.rewards[0], found.terminated[0], found.truncated[0]) == (reward, terminated, truncated), steps
        assert found.lives[0] == info["lives"], steps
        steps += 1
        if terminated:
            break
    env.close()
    vector.close()
    assert steps > 80


def test_a_lost_life_is_reported_in_the_step_in_which_gymnasium_ends_the_episode():
    vector = AtariVector("breakout", 1, stack=4, noops=0, fire=False)
    vector.reset([1])
    env, _ = peer_of("breakout", 1, noops=0, sticky=0.0, grey=True, size=84, life_loss=True)
    for step in range(200):
        action = 1 if step % 20 == 0 else 2
        *_, terminated, _, info = env.step(action)
        found = vector.step([action])
        assert bool(found.life_lost[0] | found.terminated[0]) == terminated, step
        assert found.lives[0] == info["lives"]
        if terminated:
            break
    env.close()
    vector.close()
    assert (terminated, info["lives"], found.terminated[0]) == (True, 4, False)


def test_gymnasium_stacks_the_first_frame_unless_told_otherwise():
    env, first = peer_of("breakout", 1, noops=0, sticky=0.0, grey=True, size=84)
    assert not first[:3].any()
    env.padding_type = "reset"
    again, _ = env.reset(seed=0)
    assert all(np.array_equal(again[place], again[3]) for place in range(3))
    env.close()
