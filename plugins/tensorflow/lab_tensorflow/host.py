"""Handing TensorFlow large NumPy arrays without a copy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

ALIGNMENT = 64  # bytes: what TensorFlow's kernels assume of every tensor


def aligned_empty(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """An uninitialised array whose first element stands where :func:`share` needs it."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def share(array: NDArray[Any]) -> Any:
    """The array as a tensor on the processor: the same memory where that is aligned and in one piece, else a copy.

    The array must not change before everything that was computed from the tensor is there.
    """
    import tensorflow as tf

    if array.ctypes.data % ALIGNMENT or not array.flags.c_contiguous or not array.flags.writeable:
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
