"""Arrays and tensors in one memory."""

import numpy as np
import tensorflow as tf
from lab_tensorflow.host import aligned_empty, share


def test_an_aligned_array_and_its_tensor_are_one_memory():
    array = aligned_empty((3, 5), np.float32)
    array[:] = 1
    tensor = share(array)
    array[2, 4] = 7
    assert tensor.shape == (3, 5)
    assert float(tensor[2, 4]) == 7
    assert float(tf.function(tf.reduce_sum)(tensor)) == 14 + 7


def test_other_arrays_are_copied():
    whole = aligned_empty((8, 40), np.uint8)
    whole[:] = 1
    frozen = whole.copy()
    frozen.flags.writeable = False
    for array in (whole[:, 1:], whole.reshape(-1)[3:], frozen):
        tensor = share(array)
        np.testing.assert_array_equal(tensor, array)
    tensor = share(whole[:, 1:])
    whole[:] = 2
    assert int(tf.reduce_max(tensor)) == 1


def test_the_memory_outlives_the_array():
    array = aligned_empty((1000,), np.float32)
    array[:] = 3
    tensor = share(array)
    del array
    kept = [np.zeros(1000, np.float32) for _ in range(50)]
    assert float(tf.reduce_sum(tensor)) == 3000
    assert len(kept) == 50
