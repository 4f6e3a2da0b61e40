"""Named arrays on disk, variables, and random streams."""

import json

import numpy as np
import pytest
import tensorflow as tf
from lab_tensorflow.state import (
    generator_state,
    load_arrays,
    read_variables,
    save_arrays,
    set_generator_state,
    write_variables,
)

from lab_core.errors import LabError


def test_arrays_come_back_exactly(tmp_path):
    arrays = {
        "a/0": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array(7, np.int64),
        "empty": np.zeros((0, 4), np.uint8),
    }
    save_arrays(tmp_path / "x.npz", arrays)
    found = load_arrays(tmp_path / "x.npz")
    assert found.keys() == arrays.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_one_clear_error(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(LabError, match="can't be read"):
        load_arrays(tmp_path / "x.npz")


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(LabError, match="can't be read"):
        load_arrays(tmp_path / "none.npz")


def test_pickled_objects_are_refused(tmp_path):
    with (tmp_path / "x.npz").open("wb") as file:
        np.savez(file, bad=np.array([{"a": 1}], dtype=object))
    with pytest.raises(LabError, match="holds Python objects"):
        load_arrays(tmp_path / "x.npz")


def test_variables_are_written_by_name_and_misfits_are_named():
    variables = {"w": tf.Variable([[1.0, 2.0]]), "n": tf.Variable(3, dtype=tf.int64)}
    saved = read_variables(variables)
    variables["w"].assign([[5.0, 6.0]])
    write_variables(variables, saved)
    np.testing.assert_array_equal(variables["w"].numpy(), [[1.0, 2.0]])
    with pytest.raises(LabError, match="lacks 'n'"):
        write_variables(variables, {"w": saved["w"]})
    with pytest.raises(LabError, match="'w' has shape"):
        write_variables(variables, {**saved, "w": np.zeros((2, 2), np.float32)})


def test_a_random_stream_goes_on_where_it_was_through_json():
    rng = np.random.default_rng(3)
    rng.integers(0, 10, 5, dtype=np.int32)  # leaves half a word buffered in the bit generator
    text = json.dumps(generator_state(rng))
    expected = rng.integers(0, 10, 7, dtype=np.int32), rng.random(3)
    other = np.random.default_rng(99)
    set_generator_state(other, json.loads(text))
    np.testing.assert_array_equal(other.integers(0, 10, 7, dtype=np.int32), expected[0])
    np.testing.assert_array_equal(other.random(3), expected[1])


def test_another_kind_of_stream_is_refused():
    philox = np.random.Generator(np.random.Philox(0))
    state = {"bit_generator": str(philox.bit_generator.state["bit_generator"])}
    with pytest.raises(LabError, match="does not fit"):
        set_generator_state(np.random.default_rng(0), state)
