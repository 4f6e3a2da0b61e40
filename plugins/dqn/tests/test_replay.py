"""The frame replay against a list of whole episodes, and n-step returns by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_dqn.replay import Replay

GAMMA = 0.9


def make(*, environments=2, slots=12, history=4, n_step=3, shape=(2, 3), clip=1.0) -> Replay:
    dtype = np.uint8 if len(shape) == 2 else np.float32
    return Replay(
        environments=environments,
        slots=slots,
        frame_shape=shape,
        frame_dtype=dtype,
        history=history,
        n_step=n_step,
        gamma=GAMMA,
        reward_clip=clip,
    )


class Naive:
    """Every step of every environment in plain lists; nothing is ever overwritten."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.steps = [[] for _ in range(replay.environments)]  # (frame, first, action, reward, terminal, cut)

    def stack(self, column: int, position: int) -> np.ndarray:
        frames, steps = [], self.steps[column]
        at = position
        while len(frames) < self.replay.history:
            frames.append(steps[at]["frame"])
            if steps[at]["first"]:
                break
            at -= 1
        frames += [np.zeros_like(frames[0])] * (self.replay.history - len(frames))
        return np.stack(frames[::-1], axis=-1)

    def transition(self, column: int, position: int):
        total, discount, at = 0.0, 1.0, position
        for _ in range(self.replay.n_step):
            step = self.steps[column][at]
            if step["cut"]:
                break
            total += discount * np.clip(step["reward"], -self.replay.reward_clip, self.replay.reward_clip)
            discount *= GAMMA
            at += 1
            if step["terminal"]:
                discount = 0.0
                break
        first = self.steps[column][position]
        return self.stack(column, position), first["action"], total, discount, self.stack(column, at)


def play(replay: Replay, steps: int, seed: int) -> Naive:
    rng, naive = np.random.default_rng(seed), Naive(replay)
    count, shape = replay.environments, replay.frame.shape[2:]

    def frames() -> np.ndarray:
        return rng.integers(1, 255, (count, *shape)).astype(replay.frame.dtype)

    new, over, first = frames(), np.zeros(count, bool), np.ones(count, bool)
    replay.begin(new)
    for _ in range(steps):
        actions, rewards = rng.integers(0, 5, count), rng.normal(0, 2, count)
        begun = over
        terminals = (rng.random(count) < 0.2) & ~begun
        over = (rng.random(count) < 0.15) & ~begun
        for column in range(count):
            naive.steps[column].append(
                {
                    "frame": new[column],
                    "first": first[column],
                    "action": actions[column],
                    "reward": rewards[column],
                    "terminal": terminals[column],
                    "cut": begun[column],
                }
            )
        new, first = frames(), begun
        replay.append(actions, rewards, terminals, begun, new)
    for column in range(count):
        naive.steps[column].append({"frame": new[column], "first": first[column]})
    return naive


@settings(max_examples=60, deadline=None)
@given(
    steps=st.integers(8, 60),
    seed=st.integers(0, 10_000),
    slots=st.integers(12, 40),
    history=st.integers(1, 5),
    n_step=st.integers(1, 4),
    ahead=st.integers(0, 2),
)
def test_samples_equal_those_of_a_list_of_episodes(steps, seed, slots, history, n_step, ahead):
    replay = make(slots=slots, history=history, n_step=n_step)
    naive = play(replay, steps, seed)
    columns, positions = replay.draw(np.random.default_rng(seed), 3, 5, ahead=ahead)
    rng = np.random.default_rng(1)
    for _ in range(ahead):  # what is written meanwhile must not change what was drawn
        replay.append(np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2), rng.integers(0, 255, (2, 2, 3)))
    got = replay.gather(columns, positions)
    for index in np.ndindex(3, 5):
        observation, action, total, discount, following = naive.transition(columns[index], positions[index])
        np.testing.assert_array_equal(got.observation[index], observation)
        np.testing.assert_array_equal(got.next_observation[index], following)
        assert got.action[index] == action
        assert got.reward[index] == pytest.approx(total, abs=1e-5)
        assert got.discount[index] == pytest.approx(discount, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(steps=st.integers(1, 50), seed=st.integers(0, 1000), history=st.integers(1, 5))
def test_newest_observation_is_the_stack_the_game_shows(steps, seed, history):
    replay = make(history=history)
    naive = play(replay, steps, seed)
    for column in range(replay.environments):
        np.testing.assert_array_equal(replay.newest()[column], naive.stack(column, replay.position))


def test_draws_reach_every_complete_transition_and_no_other():
    replay = make(environments=1, slots=10, history=3, n_step=2)
    play(replay, 25, seed=3)
    columns, positions = replay.draw(np.random.default_rng(0), 40, 50, ahead=1)
    oldest = 25 + 1 + 1 - 10  # one more slot is about to be overwritten
    allowed = {at for at in range(oldest + 2, 25 - 2 + 1) if not replay.cut[at % 10, 0]}
    assert set(positions.ravel().tolist()) == allowed
    assert not columns.any()


def _line(rewards, terminals, begun, *, n_step, clip=None) -> Replay:
    replay = make(environments=1, slots=20, history=1, n_step=n_step, clip=clip)
    replay.begin(np.zeros((1, 2, 3), np.uint8))
    for at, (reward, terminal, cut) in enumerate(zip(rewards, terminals, begun, strict=True)):
        frame = np.full((1, 2, 3), at + 1, np.uint8)
        replay.append(np.array([at]), np.array([reward]), np.array([terminal]), np.array([cut]), frame)
    return replay


def test_three_step_return_by_hand():
    replay = _line([1, 2, 3, 4, 5], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], n_step=3)
    got = replay.gather(np.zeros((1, 4), np.int64), np.array([[0, 1, 2, 3]]))
    expected = [1 + 0.9 * 2 + 0.81 * 3, 2 + 0.9 * 3 + 0.81 * 4, 3 + 0.9 * 4, 4]
    np.testing.assert_allclose(got.reward[0], expected, rtol=1e-6)
    np.testing.assert_allclose(got.discount[0], [0.729, 0, 0, 0], rtol=1e-6)
    assert got.next_observation[0, 0, 0, 0, 0] == 3


def test_a_game_cut_short_bootstraps_from_its_last_frame():
    replay = _line([1, 2, 3, 0, 5], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0], n_step=3)
    got = replay.gather(np.zeros((1, 2), np.int64), np.array([[1, 2]]))
    np.testing.assert_allclose(got.reward[0], [2 + 0.9 * 3, 3], rtol=1e-6)
    np.testing.assert_allclose(got.discount[0], [0.81, 0.9], rtol=1e-6)
    np.testing.assert_array_equal(got.next_observation[0, :, 0, 0, 0], [3, 3])


def test_rewards_are_clipped_before_they_are_summed():
    replay = _line([7, -4, 0.5], [0, 0, 0], [0, 0, 0], n_step=3, clip=1.0)
    got = replay.gather(np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int64))
    assert got.reward[0, 0] == pytest.approx(1 - 0.9 + 0.81 * 0.5)
    assert replay.reward[0, 0] == 7


def test_vectors_are_not_stacked():
    replay = make(shape=(3,), history=1)
    naive = play(replay, 20, seed=0)
    columns, positions = replay.draw(np.random.default_rng(0), 1, 6)
    got = replay.gather(columns, positions)
    for index in range(6):
        step = naive.steps[columns[0, index]][positions[0, index]]
        np.testing.assert_array_equal(got.observation[0, index], step["frame"])


def test_an_empty_replay_has_nothing_to_draw():
    replay = make()
    replay.begin(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(ValueError, match="no complete transition"):
        replay.draw(np.random.default_rng(0), 1, 1)


def test_memory_is_filled_again_and_holds_the_same():
    replay = make(n_step=1)
    play(replay, 30, seed=5)
    memory = replay.batch_memory(3, 4)
    rng = np.random.default_rng(0)
    for updates in (3, 3, 2):
        pairs = replay.draw(rng, updates, 4)
        fresh, kept = replay.gather(*pairs), replay.gather(*pairs, memory)
        np.testing.assert_array_equal(kept.observation, fresh.observation)
        np.testing.assert_array_equal(kept.next_observation, fresh.next_observation)
        assert np.shares_memory(kept.observation, memory[0])
        assert np.shares_memory(kept.next_observation, memory[1])


def test_vectors_need_no_batch_memory():
    assert make(shape=(3,), history=1).batch_memory(2, 2) is None
