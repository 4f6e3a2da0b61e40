"""Compiled copying out of the replay. Runs without the interpreter lock, so acting goes on meanwhile."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def _interleave4(a: Any, b: Any, c: Any, d: Any, out: Any) -> None:
    # one 32-bit word is the four frames' bytes of one pixel; little endian, as every platform TensorFlow runs on
    for i in range(out.shape[0]):
        out[i] = np.uint32(a[i]) | np.uint32(b[i]) << 8 | np.uint32(c[i]) << 16 | np.uint32(d[i]) << 24


@njit(nogil=True, cache=True)
def _stacks(frame: Any, age: Any, columns: Any, positions: Any, out: Any, words: Any, empty: Any) -> None:
    slots, history = frame.shape[0], out.shape[2]
    for i in range(columns.shape[0]):
        column, position = columns[i], positions[i]
        valid = min(history, np.int64(age[position % slots, column]) + 1)
        if history == 4:
            planes = [empty, empty, empty, empty]
            for back in range(valid):
                planes[3 - back] = frame[(position - back) % slots, column]
            _interleave4(planes[0], planes[1], planes[2], planes[3], words[i])
            continue
        for back in range(history):
            plane = frame[(position - back) % slots, column] if back < valid else empty
            for pixel in range(plane.shape[0]):
                out[i, pixel, history - 1 - back] = plane[pixel]


def gather_stacks(
    frame: NDArray[np.uint8],
    age: NDArray[np.uint8],
    columns: NDArray[np.int64],
    positions: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Fill ``out`` [count, height, width, history] with stacks, oldest frame first, zeros before a game's first frame.

    frame [slots, environments, height, width]; age [slots, environments]; columns and positions [count].
    """
    pixels = frame.shape[2] * frame.shape[3]
    flat = out.reshape(len(out), pixels, -1)
    words = flat.reshape(len(out), -1).view(np.uint32) if flat.shape[2] == 4 else np.empty((0, 0), np.uint32)
    _stacks(frame.reshape(*frame.shape[:2], pixels), age, columns, positions, flat, words, np.zeros(pixels, np.uint8))


@njit(nogil=True, cache=True)
def gather_transitions(
    action: Any, reward: Any, terminal: Any, cut: Any, discounts: Any, clip: float,
    columns: Any, positions: Any, out_action: Any, out_reward: Any, out_discount: Any, out_following: Any,
) -> None:  # fmt: skip
    """n-step transitions of (environment, position) pairs [count].

    With clipped rewards r and n+1 powers of gamma in ``discounts``: R = sum_j gamma^j r_{t+j} until the episode ends
    (discount 0), until a reset step (bootstrap from the last frame before it), or until n rewards are summed.
    """
    slots, n_step = action.shape[0], discounts.shape[0] - 1
    for i in range(columns.shape[0]):
        column, position = columns[i], positions[i]
        total = np.float32(0)
        bootstrap, steps = discounts[n_step], n_step
        for ahead in range(n_step):
            slot = (position + ahead) % slots
            if cut[slot, column]:
                bootstrap, steps = discounts[ahead], ahead
                break
            total += discounts[ahead] * np.float32(min(max(reward[slot, column], -clip), clip))
            if terminal[slot, column]:
                bootstrap, steps = np.float32(0), ahead + 1
                break
        out_action[i] = action[position % slots, column]
        out_reward[i], out_discount[i], out_following[i] = total, bootstrap, position + steps
