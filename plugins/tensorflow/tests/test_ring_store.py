"""A ring whose newest row isn't complete comes back exactly, compressed or not."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_tensorflow.ring_store import RingStore


class Folder:
    """Chunks as files."""

    def __init__(self, folder):
        self.folder, self.listed = folder, []

    def add(self, name, write):
        self.listed.append(name)
        if not (self.folder / name).exists():
            with (self.folder / name).open("wb") as file:
                write(file)

    def path(self, name):
        return self.folder / name

    def names(self):
        return tuple(self.listed)


def ring(slots):
    return SimpleNamespace(arrays={"frame": np.zeros((slots, 2, 3), np.uint8), "reward": np.zeros(slots)}, position=0)


def fill(one, rng, stop):
    """Complete the rows before ``stop``, and begin that one: its reward is still that of a round before."""
    for position in range(one.position, stop + 1):
        slot = position % len(one.arrays["reward"])
        if position < stop:
            one.arrays["reward"][slot] = rng.random()
        one.arrays["frame"][slot] = rng.integers(0, 256, (2, 3))
    one.position = stop


@given(st.integers(2, 40), st.integers(0, 100), st.integers(0, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_it_comes_back_exactly(tmp_path_factory, slots, first, more, compressed):
    folder, rng = tmp_path_factory.mktemp("ring"), np.random.default_rng(0)
    one = ring(slots)
    store = RingStore(one, unfinished=1, compressed=compressed)
    for stop in (first, first + more):  # a second checkpoint shares the closed segments of the first
        fill(one, rng, stop)
        chunks = Folder(folder)
        store.save(folder / "rest", chunks)
    other = ring(slots)
    RingStore(other, unfinished=1).load(folder / "rest", chunks, one.position)
    assert other.position == one.position
    held = np.arange(max(0, one.position + 1 - slots), one.position + 1) % slots
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(other.arrays[name][held], array[held])
