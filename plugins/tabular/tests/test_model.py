"""The learnt table as a policy, and on disk."""

import numpy as np
import pytest
from lab_tabular.model import TabularModel

from lab_core.errors import LabError

Q = np.array([[0.0, 1.0, 1.0, -1.0], [0.0, 0.0, 0.0, 0.0], [2.0, 1.0, 0.0, 3.0]])


def frequencies(model: TabularModel, observation: int, epsilon: float) -> np.ndarray:
    actions, state = model.act(np.full(40_000, observation), model.start(1), epsilon=epsilon, rng=np.random.default_rng(0))
    assert state is None
    assert actions.dtype == np.int64
    return np.bincount(actions, minlength=4) / len(actions)


@pytest.mark.parametrize(
    ("observation", "epsilon", "ties", "when_zero", "expected"),
    [
        (0, 0.0, True, False, [0, 0.5, 0.5, 0]),
        (0, 0.0, False, False, [0, 1, 0, 0]),
        (1, 0.0, False, False, [1, 0, 0, 0]),
        (1, 0.0, False, True, [0.25] * 4),
        (2, 0.0, True, False, [0, 0, 0, 1]),
        (2, 0.4, True, False, [0.1, 0.1, 0.1, 0.7]),
        (2, 1.0, True, False, [0.25] * 4),
    ],
)
def test_acts_greedily_but_for_epsilon_and_breaks_ties_as_told(observation, epsilon, ties, when_zero, expected):
    model = TabularModel(Q, random_ties=ties, random_when_zero=when_zero)
    np.testing.assert_allclose(frequencies(model, observation, epsilon), expected, atol=0.01)


def test_is_detached_from_the_table_it_was_made_of():
    q = Q.copy()
    model = TabularModel(q)
    q[:] = 7
    np.testing.assert_array_equal(model.action_values(np.array([2, 0])), Q[[2, 0]])


def test_loads_as_it_was_saved(tmp_path):
    TabularModel(Q, random_ties=False, random_when_zero=True).save(tmp_path)
    model = TabularModel.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(model.values, Q)
    assert (model.random_ties, model.random_when_zero) == (False, True)
    assert dict(model.observation) == {"kind": "discrete", "n": 3, "actions": 4}


def damage_text(folder):
    (folder / "values.npz").write_text("not a table")


def damage_cut(folder):
    data = (folder / "values.npz").read_bytes()
    (folder / "values.npz").write_bytes(data[: len(data) // 2])


def damage_nan(folder):
    np.savez(folder / "values.npz", values=np.full((2, 2), np.nan), ties=np.array([True, False]))


def damage_pickle(folder):
    np.savez(folder / "values.npz", values=np.array([{"a": 1}], object), ties=np.array([True, False]))


def damage_missing(folder):
    (folder / "values.npz").unlink()


@pytest.mark.parametrize("damage", [damage_text, damage_cut, damage_nan, damage_pickle, damage_missing])
def test_a_damaged_folder_is_refused(tmp_path, damage):
    TabularModel(Q).save(tmp_path)
    damage(tmp_path)
    with pytest.raises(LabError, match=r"values\.npz"):
        TabularModel.load(tmp_path, device="cpu")
