"""The vector of games against Gymnasium's own preprocessing, the bare emulator, and the rules of its protocol."""

import numpy as np
import pytest
from lab_environments.atari import AtariVector
from lab_environments.games import find_rom, rom_names
from lab_environments.mirror import Mirror
from lab_environments.protocol import AtariProtocol

from lab_core.errors import LabError, UsageError


@pytest.fixture
def games():
    made = []

    def make(*arguments, **settings):
        made.append(AtariVector(*arguments, **settings))
        return made[-1]

    yield make
    for vector in made:
        vector.close()


@pytest.mark.parametrize(
    ("rom", "name", "size"), [("breakout", "Breakout", 84), ("pong", "Pong", 80), ("seaquest", "Seaquest", 84)]
)
def test_frames_rewards_and_lives_equal_gymnasiums_own_preprocessing(games, rom, name, size):
    import ale_py
    import gymnasium
    from gymnasium.wrappers import AtariPreprocessing

    gymnasium.register_envs(ale_py)
    plain = gymnasium.make(f"ALE/{name}-v5", frameskip=1, repeat_action_probability=0.0)
    peer = AtariPreprocessing(plain, noop_max=0, frame_skip=4, screen_size=size)
    vector = games(rom, 1, size=size, noops=0, fire=False)
    expected, _ = peer.reset(seed=1)
    assert np.array_equal(vector.reset(1)[0, 0], expected)
    rng = np.random.default_rng(0)
    for step in range(250):
        action = 1 if step % 40 == 0 else int(rng.integers(vector.actions))
        expected, reward, terminated, _, info = peer.step(action)
        found = vector.step([action])
        # both resize by area with different builds of OpenCV: a grey level of rounding is all that may lie between them
        assert np.abs(found.observations[0, 0].astype(int) - expected).max() <= 1, step
        assert (found.rewards[0], found.terminated[0], found.lives[0]) == (reward, terminated, info["lives"]), step
        if terminated:
            break
    peer.close()
    assert step > 100


@pytest.mark.parametrize(("game", "sticky"), [("breakout", 0.0), ("breakout", 0.25), ("space-invaders", 0.25)])
def test_mirror_shows_the_very_game_that_the_vector_plays(games, game, sticky):
    rules = AtariProtocol(count=1, sticky=sticky, noops=30, fire=True, actions="minimal", epsilon=0.0)
    # frames in their own size and colours are not resized: the observation is the picture
    vector = games(game, 2, size=(210, 160), grey=False, sticky=sticky, noops=30)
    mirror = Mirror(vector.rom, rules)
    vector.reset([5, 77])
    mirror.begin(77, int(vector.start_frames[1]))
    rng = np.random.default_rng(0)
    for step in range(300):
        found = vector.step(rng.integers(0, vector.actions, 2))
        assert mirror.step(int(found.actions[1])) == found.rewards[1]
        if found.over[1]:
            break
        assert np.array_equal(mirror.picture, found.observations[1, 0]), step
    assert step > 80


def test_stack_is_black_before_the_first_frame_and_newest_last(games):
    stacked, single = (games("breakout", 1, stack=stack, noops=0) for stack in (3, 1))
    first, frame = stacked.reset(0), single.reset(0)
    assert not first[0, :2].any()
    assert np.array_equal(first[0, 2], frame[0, 0])
    frames = [frame[0, 0]] + [single.step([2]).observations[0, 0] for _ in range(3)]
    for _ in range(3):
        found = stacked.step([2])
    assert np.array_equal(found.observations[0], frames[-3:])


def test_lives_are_told_apart_from_games_and_scores_go_on_across_lives(games):
    from ale_py.vector_env import AtariVectorEnv

    vector = games("breakout", 4, noops=0)
    peer = AtariVectorEnv(
        "breakout", 4, noop_max=0, life_loss_info=True, reward_clipping=False, use_fire_reset=False, stack_num=1
    )
    peer.reset(seed=0)
    vector.reset(0)
    rng = np.random.default_rng(3)
    totals, lost, ended = np.zeros(4), np.zeros(4), 0
    for _ in range(400):
        found = vector.step(rng.integers(0, 4, 4))
        *_, terminated, _, info = peer.step(found.actions)
        assert np.array_equal(terminated, found.terminated | found.life_lost)
        assert np.array_equal(info["lives"], found.lives)
        totals[found.begun], lost[found.begun] = 0.0, 0.0
        assert not found.rewards[found.begun].any()
        totals, lost = totals + found.rewards, lost + found.life_lost
        assert np.array_equal(totals, found.scores)
        assert (lost[found.terminated] == 4).all()  # the fifth life ends the game
        ended += int(found.terminated.sum())
    assert ended >= 4


def test_fire_is_pressed_after_a_game_begins_and_after_a_lost_life_and_at_no_other_time(games):
    vector = games("breakout", 2)
    vector.reset(0)
    fire = vector.action_names.index("FIRE")
    due = np.ones(2, np.bool_)
    for _ in range(300):
        assert np.array_equal(vector.forced([0, 0]) == fire, due)
        found = vector.step([0, 0])
        assert np.array_equal(found.actions == fire, due)
        assert np.array_equal(found.forced, due)
        due = found.life_lost | found.begun
    assert found.lives.min() < 5


def test_without_fire_nobody_serves(games):
    vector = games("breakout", 1, fire=False)
    vector.reset(0)
    assert [vector.step([0]).lives[0] for _ in range(200)] == [5] * 200
    assert games("freeway", 1).fire is None


def test_noops_are_drawn_from_none_to_all(games):
    drawn = []
    vector = games("pong", 8, noops=3, threads=2)
    for number in range(8):
        vector.reset(range(8) if number == 0 else [-1] * 8)
        drawn += vector.start_frames.tolist()
    assert set(drawn) == {0, 1, 2, 3}
    assert max(drawn.count(value) for value in range(4)) < 32
    none = games("pong", 2, noops=0)
    none.reset(0)
    assert none.start_frames.tolist() == [0, 0]


def test_cap_counts_frames_behind_the_noops_and_truncates(games):
    vector = games("pong", 2, max_frames=200, noops=30)
    vector.reset(4)
    ends = [vector.step([0, 0]).truncated.tolist() for _ in range(52)]
    assert ends.index([True, True]) == 49
    assert sum(map(any, ends)) == 1
    assert not vector.step([0, 0]).terminated.any()


def test_sticky_actions_repeat_a_quarter_of_the_frames(games):
    """One frame of FIRE serves the ball unless the emulator repeats the NOOP before it."""

    def served(sticky: float, rounds: int) -> float:
        vector = games("breakout", 8, sticky=sticky, noops=0, fire=False, frame_skip=1, threads=2)
        count = 0
        for number in range(rounds):
            vector.reset(range(8) if number == 0 else [-1] * 8)
            vector.step([0] * 8)
            vector.step([1] * 8)
            for _ in range(6):
                found = vector.step([0] * 8)
            before = found.observations
            after = vector.step([0] * 8).observations
            count += int((before != after).any(axis=(1, 2, 3)).sum())
        return count / (8 * rounds)

    assert served(0.0, 1) == 1.0
    assert abs(served(0.25, 24) - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 192)


def test_a_game_is_decided_by_its_seed_and_actions_alone(games):
    def play(vector, slot, steps=60):
        rng = np.random.default_rng(1)
        frames = []
        for _ in range(steps):
            actions = np.zeros(vector.count, np.int64)
            actions[slot] = rng.integers(vector.actions)
            frames.append(vector.step(actions).observations[slot])
        return np.array(frames)

    wide, narrow = games("space-invaders", 3, sticky=0.25), games("space-invaders", 1, sticky=0.25)
    wide.reset(100)
    play(wide, 0, 20)
    wide.begin(np.array([False, True, False]), [9])
    narrow.reset(9)
    assert np.array_equal(play(wide, 1), play(narrow, 0))


def test_beginning_one_game_leaves_the_others_alone(games):
    vector = games("breakout", 3)
    vector.reset(0)
    before = [vector.step([2, 2, 2]) for _ in range(5)][-1]
    shown = vector.begin(np.array([False, True, False]), [7])
    assert np.array_equal(shown[[0, 2]], before.observations[[0, 2]])
    after = vector.step([2, 2, 2])
    assert after.lengths.tolist() == [6, 1, 6]
    assert not after.begun.any()


def test_observations_are_not_overwritten_by_later_steps(games):
    vector = games("breakout", 2)
    vector.reset(0)
    kept = [vector.step([2, 3]) for _ in range(8)]
    copies = [step.observations.copy() for step in kept]
    for _ in range(8):
        vector.step([3, 2])
    assert all(np.array_equal(step.observations, copy) for step, copy in zip(kept, copies, strict=True))


@pytest.mark.parametrize("actions", [[0, 4], [0, -1], [0], [[0, 0]]])
def test_actions_that_the_emulator_would_hang_on_are_refused(games, actions):
    vector = games("breakout", 2)
    vector.reset(0)
    with pytest.raises(LabError, match="2 actions from 0 to 3"):
        vector.step(actions)
    vector.step([0, 3])


def test_full_actions_are_all_eighteen(games):
    assert games("breakout", 1, full_actions=True).actions == 18
    assert games("breakout", 1).action_names == ("NOOP", "FIRE", "RIGHT", "LEFT")


def test_games_are_found_in_any_spelling_and_the_nearest_are_named():
    assert {find_rom(text) for text in ("SpaceInvaders", "space_invaders", "space-invaders")} == {"space_invaders"}
    with pytest.raises(UsageError, match="breakout"):
        find_rom("braekout")
    with pytest.raises(LabError, match="two players"):
        find_rom("combat")
    assert len(rom_names()) > 100
