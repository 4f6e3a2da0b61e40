"""A loaded trainer is the saved one, and goes on like one that was never stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from lab_dqn.config import DQNConfig
from lab_dqn.tasks import tasks
from lab_environments.gym import BEGUN_ANEW

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.trainer import Chunks


class FolderChunks(Chunks):
    def __init__(self, folder: Path, listed: tuple[str, ...] = ()) -> None:
        self.folder, self._names = folder, list(listed)
        folder.mkdir(exist_ok=True)
        self.written: list[str] = []

    def add(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        self._names.append(name)
        if not (self.folder / name).exists():
            self.written.append(name)
            with (self.folder / name).open("wb") as file:
                write(file)

    def path(self, name: str) -> Path:
        assert name in self._names
        return self.folder / name

    def names(self) -> tuple[str, ...]:
        return tuple(self._names)


def make(task_id: str, *overrides: str, seed: int = 0):
    from lab_dqn.trainer import DQNTrainer

    task = next(task for task in tasks() if task.id == task_id)
    config = resolve(DQNConfig, task.preset("smoke"), overrides=overrides)
    return DQNTrainer(task, config, Context(seed=seed, threads=2))


def train(trainer, steps: int):
    step, curve = trainer.reported, []
    while step < steps:
        progress = trainer.advance(steps - step)
        assert step < progress.step <= steps
        step = progress.step
        curve.append(dict(progress.scalars))
    return curve


def save(trainer, folder: Path) -> FolderChunks:
    folder.mkdir()
    chunks = FolderChunks(folder.parent / "chunks")
    trainer.save(folder, chunks)
    return chunks


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_loaded_trainer_acts_by_what_it_has_learnt_even_before_its_next_update(tmp_path: Path):
    trained = make("dqn-cartpole", "train_every=64", "updates_per_slice=1")
    train(trained, 512)
    chunks = save(trained, tmp_path / "saved")
    loaded = make("dqn-cartpole", "train_every=64", "updates_per_slice=1", seed=1)
    loaded.load(tmp_path / "saved", FolderChunks(chunks.folder, chunks.names()))
    updates = loaded.updates
    loaded.advance(1)
    assert loaded.updates == updates
    seen = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    np.testing.assert_array_equal(loaded.actor(seen), trained.learner.online(seen))


def test_two_runs_of_cartpole_are_equal_bit_for_bit():
    digests = []
    for _ in range(2):
        trainer = make("dqn-cartpole")
        train(trainer, 1536)
        digests.append(trainer.state_digest())
        trainer.close()
    assert_same(*digests)


def test_cartpole_goes_on_bit_for_bit_after_a_resume(tmp_path):
    through = make("dqn-cartpole")
    first = train(through, 1024)
    second = train(through, 2048)
    whole = through.state_digest()
    through.close()

    half = make("dqn-cartpole")
    assert train(half, 1024) == first
    saved = half.state_digest()
    chunks = save(half, tmp_path / "half")
    assert_same(half.state_digest(), saved)
    half.close()

    resumed = make("dqn-cartpole", seed=0)
    resumed.load(tmp_path / "half", FolderChunks(tmp_path / "chunks", chunks.names()))
    assert_same(resumed.state_digest(), saved)
    assert train(resumed, 2048) == second
    assert_same(resumed.state_digest(), whole)
    resumed.close()


def test_atari_state_is_exact_after_a_load_and_chunks_are_shared(tmp_path):
    sets = ("game=breakout", "environments=4", "replay_capacity=1200")
    trainer = make("dqn-breakout", *sets)
    train(trainer, 768)
    earlier = save(trainer, tmp_path / "one")
    train(trainer, 1024)
    later = save(trainer, tmp_path / "two")
    assert set(earlier.names()) & set(later.names())
    assert set(later.written) == set(later.names()) - set(earlier.names())
    saved = trainer.state_digest()
    trainer.close()

    loaded = make("dqn-breakout", *sets, seed=0)
    loaded.load(tmp_path / "two", FolderChunks(tmp_path / "chunks", later.names()))
    assert_same(loaded.state_digest(), saved)
    before = loaded.replay.position
    assert loaded.advance(32).notes == (BEGUN_ANEW,)  # said once
    assert not loaded.advance(32).notes
    # the running games could not be saved: one step leads into new ones and is no transition
    assert loaded.replay.cut[before % loaded.replay.slots].all()
    assert not loaded.replay.age[(before + 1) % loaded.replay.slots].any()
    loaded.close()


def test_a_budget_that_is_no_whole_slice_is_met_exactly():
    trainer = make("dqn-cartpole")
    train(trainer, 1031)
    assert trainer.reported == 1031
    trainer.close()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    from lab_core.errors import LabError

    small = make("dqn-cartpole")
    chunks = save(small, tmp_path / "small")
    small.close()
    wide = make("dqn-cartpole", "mlp_layers=24")
    with pytest.raises(LabError, match="shape"):
        wide.load(tmp_path / "small", chunks)
    wide.close()
