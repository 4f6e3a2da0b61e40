"""The ring of transitions against a plain list, on disk and back, and exploration noise against its formulas."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_policy_gradient.continuous.noise import Noise, OrnsteinUhlenbeck
from lab_policy_gradient.continuous.replay import Replay
from lab_tensorflow.ring_store import RingStore

from lab_core.errors import LabError
from lab_core.trainer import Chunks


class FolderChunks(Chunks):
    def __init__(self, folder: Path, listed: tuple[str, ...] = ()) -> None:
        self.folder, self._names, self.written = folder, list(listed), 0
        folder.mkdir(exist_ok=True)

    def add(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        self._names.append(name)
        if not (self.folder / name).exists():
            self.written += 1
            with (self.folder / name).open("wb") as file:
                write(file)

    def path(self, name: str) -> Path:
        assert name in self._names
        return self.folder / name

    def names(self) -> tuple[str, ...]:
        return tuple(self._names)


def rows(rng, count):
    return {
        "observation": rng.normal(size=(count, 3)).astype(np.float32),
        "action": rng.uniform(-1, 1, (count, 2)).astype(np.float32),
        "reward": rng.normal(size=count).astype(np.float32),
        "terminated": rng.random(count) < 0.3,
        "next_observation": rng.normal(size=(count, 3)).astype(np.float32),
    }


def fill(replay, rng, *counts):
    """Append transitions in groups; everything that was ever appended."""
    added = [rows(rng, count) for count in counts]
    for one in added:
        replay.append(**one)
    return {name: np.concatenate([one[name] for one in added]) for name in added[0]}


def assert_same(one, other):
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@given(st.integers(5, 40), st.lists(st.integers(1, 5), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_newest_transitions_are_kept_in_order(capacity, counts):
    replay = Replay(capacity, 3, 2)
    everything = fill(replay, np.random.default_rng(0), *counts)
    assert replay.filled == min(capacity, sum(counts))
    assert_same(replay.newest(), {name: column[-capacity:] for name, column in everything.items()})


def test_samples_are_whole_transitions_drawn_evenly():
    replay, rng = Replay(8, 3, 2), np.random.default_rng(0)
    everything = fill(replay, rng, 4, 4, 3)
    found = replay.sample(rng, 50, 64)
    assert found["observation"].shape == (50, 64, 3)
    rewards = everything["reward"][-8:]
    which = np.argmax(found["reward"][..., None] == rewards, axis=-1)
    for name, column in found.items():
        np.testing.assert_array_equal(column, everything[name][-8:][which])
    np.testing.assert_allclose(np.bincount(which.ravel()) / which.size, 1 / 8, atol=4 * np.sqrt(7 / 64 / which.size))


def test_nothing_can_be_drawn_from_an_empty_replay():
    with pytest.raises(ValueError):
        Replay(8, 3, 2).sample(np.random.default_rng(0), 1, 1)


@given(st.integers(3, 60), st.lists(st.integers(1, 5), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_saved_replay_comes_back_exactly(tmp_path_factory, capacity, counts):
    folder = tmp_path_factory.mktemp("replay")
    replay = Replay(capacity, 3, 2)
    fill(replay, np.random.default_rng(1), *counts)
    chunks = FolderChunks(folder / "chunks")
    RingStore(replay).save(folder / "rest", chunks)
    loaded = Replay(capacity, 3, 2)
    RingStore(loaded).load(folder / "rest", FolderChunks(folder / "chunks", chunks.names()), replay.position)
    assert loaded.position == replay.position
    assert_same(loaded.newest(), replay.newest())


def test_closed_segments_are_written_once_and_never_shared_by_two_pasts(tmp_path):
    replay, rng = Replay(64, 3, 2), np.random.default_rng(2)
    store = RingStore(replay)
    assert store.segment == 8
    fill(replay, rng, 20)
    first = FolderChunks(tmp_path / "chunks")
    store.save(tmp_path / "one", first)
    assert len(first.names()) == 2
    fill(replay, rng, 10)
    second = FolderChunks(tmp_path / "chunks")
    store.save(tmp_path / "two", second)
    assert second.names()[:2] == first.names()
    assert second.written == 1
    other = Replay(64, 3, 2)
    fill(other, np.random.default_rng(3), 20)
    third = FolderChunks(tmp_path / "chunks")
    RingStore(other).save(tmp_path / "three", third)
    assert not set(third.names()) & set(first.names())


def test_a_replay_that_does_not_fit_is_refused(tmp_path):
    replay = Replay(16, 3, 2)
    fill(replay, np.random.default_rng(0), 9)
    chunks = FolderChunks(tmp_path / "chunks")
    RingStore(replay).save(tmp_path / "rest", chunks)
    with pytest.raises(LabError, match="does not fit"):
        RingStore(Replay(16, 4, 2)).load(tmp_path / "rest", chunks, 9)
    with pytest.raises(LabError, match="lacks the replay"):
        RingStore(Replay(16, 3, 2)).load(tmp_path / "rest", FolderChunks(tmp_path / "none"), 9)
    (tmp_path / "rest").write_bytes(b"what is this")
    with pytest.raises(LabError, match="can't be read"):
        RingStore(Replay(16, 3, 2)).load(tmp_path / "rest", chunks, 9)


def test_gaussian_noise_is_independent_from_step_to_step():
    noise, rng = Noise(0.3, 4, 2), np.random.default_rng(0)
    drawn = np.stack([noise.step(rng) for _ in range(20_000)])
    assert drawn.std() == pytest.approx(0.3, rel=0.01)
    assert abs(np.mean(drawn[1:] * drawn[:-1])) < 0.09 * 4 / np.sqrt(drawn[1:].size)


def test_ornstein_uhlenbeck_noise_drifts_as_its_formula_says():
    """Stationary deviation sigma / sqrt(theta (2 - theta)), correlation 1 - theta from one step to the next; 0 at a restart."""
    noise, rng = OrnsteinUhlenbeck(0.2, 64, 1, theta=0.15), np.random.default_rng(0)
    drawn = np.stack([noise.step(rng) for _ in range(5_000)])[100:, :, 0]
    assert drawn.std() == pytest.approx(0.2 / np.sqrt(0.15 * 1.85), rel=0.02)
    assert np.mean(drawn[1:] * drawn[:-1]) / np.mean(drawn**2) == pytest.approx(0.85, abs=0.01)
    noise.restart(np.arange(64) < 3)
    assert not noise.state[:3].any()
    assert noise.state[3:].all()
