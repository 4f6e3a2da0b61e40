"""Batches of few sizes; estimates of memory."""

import numpy as np
import pytest
from lab_tensorflow.batching import in_batches, padded
from lab_tensorflow.footprint import training_bytes
from lab_tensorflow.memory_columns import checked, fingerprint


def test_items_are_taken_when_their_batch_is_asked_for():
    taken = []
    batches = in_batches((taken.append(number) or number for number in range(5)), 2)
    assert next(batches) == [0, 1]
    assert taken == [0, 1]
    assert list(batches) == [[2, 3], [4]]


@pytest.mark.parametrize(("rows", "wanted"), [(1, 16), (16, 16), (17, 64), (64, 64)])
def test_there_are_two_sizes(rows, wanted):
    found = padded(np.ones((rows, 3), np.uint8), 64)
    assert found.shape == (wanted, 3)
    assert found.dtype == np.uint8
    assert found.sum() == 3 * rows
    assert padded(np.ones((1, 2)), 1).shape == (1, 2)


def test_a_fingerprint_depends_on_names_types_shapes_and_content():
    base = {"a": np.arange(6, dtype=np.int32), "b": np.ones((6, 2), np.uint8)}
    others = [
        {"a": base["a"], "c": base["b"]},
        {"a": base["a"].astype(np.int64), "b": base["b"]},
        {"a": base["a"].reshape(6, 1), "b": base["b"]},
        {"a": base["a"][::-1], "b": base["b"]},
    ]
    found = [fingerprint(checked(columns)) for columns in (base, *others)]
    assert len(set(found)) == 5
    assert fingerprint(checked(dict(reversed(base.items())))) == found[0]


def test_memory_by_hand():
    """Weights, gradients, two moments and an average of a parameter are 20 bytes; data are held twice."""
    least = training_bytes(average=False, slots=0)
    assert training_bytes(parameters=10) - least == 200
    assert training_bytes(parameters=10, average=False, slots=1) - least == 120
    assert training_bytes(data=7) - least == 14
    assert training_bytes(activations=3) - least == 24
