"""Similar training images, and what their captions say of the next word.

    x = (sqrt(mean features) - centre) A, scaled to length 1        A: the first principal axes of the training images
    P = x W + mean word weights                                     ridge regression to the TF-IDF weights of a caption's words
    similarity to training image i = mix P . y_i / |P| + (1 - mix) x . x_i

|P| is its mean over the training images, which makes the similarity one linear map of x. The k most similar images whose captions
begin with the words written so far vote for the next word, by softmax(similarity / temperature): a nearest-neighbour language
model (Khandelwal et al. 2020, arXiv 1911.00172) over captions of similar images (Devlin et al. 2015, arXiv 1505.04467).
"""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lab_seq2seq.text.vocabulary import END, PAD

Floats = NDArray[np.float32]
AXES = 256  # principal axes
RIDGE = 0.3  # added to the diagonal of x' x
MIX = 0.75  # share of the words in the similarity
TEMPERATURE = 0.05


class Fitted(NamedTuple):
    """centre [channels], axes [channels, d], map [d, n], offset [n], captions int32 [n, width] (words, END, padding)."""

    centre: Floats
    axes: Floats
    map: Floats
    offset: Floats
    captions: NDArray[np.int32]


def fit(means: Floats, others: Floats, captions: NDArray[np.int32], words: int) -> Fitted:
    """From mean features [n, channels] of training images, of the mirrored ones [m, channels], and captions with numbered words.

    ``others`` belong to the first m captions; none is as good as the images themselves.
    """
    roots = np.sqrt(np.maximum(means, 0))
    centre = roots.mean(0)
    inside = _unit(roots - centre)
    _, vectors = np.linalg.eigh(inside.T @ inside)
    axes = vectors[:, -min(AXES, len(means)) :]
    x = _unit((roots - centre) @ axes)
    more = _unit((np.sqrt(np.maximum(others, 0)) - centre) @ axes)
    y = _weights(captions, words)
    mean = y.mean(0)
    both, targets = np.concatenate([x, more]), np.concatenate([y, y[: len(more)]]) - mean
    slope = np.linalg.solve(both.T @ both + RIDGE * np.eye(axes.shape[1], dtype=np.float32), both.T @ targets)
    size = float(np.linalg.norm(x @ slope + mean, axis=1).mean())
    found = (centre, axes, MIX / size * slope @ y.T + (1 - MIX) * x.T, MIX / size * y @ mean)
    return Fitted(*(array.astype(np.float32) for array in found), captions)


def shapes(count: int, width: int, channels: int) -> dict[str, tuple[int, ...]]:
    """Of the arrays of :class:`Fitted` for ``count`` training captions of at most ``width`` words."""
    size = min(AXES, count)
    return {"centre": (channels,), "axes": (channels, size), "map": (size, count), "offset": (count,), "captions": (count, width)}


def similar(mean: Any, fitted: Any, count: int) -> tuple[Any, Any]:
    """Captions int32 [batch, count, width] and votes [batch, count] of the images most similar to ``mean`` [batch, channels]."""
    x = tf.matmul(tf.sqrt(tf.maximum(mean, 0.0)) - fitted.centre, fitted.axes)
    x = tf.math.l2_normalize(x, axis=1)
    best, places = tf.math.top_k(tf.matmul(x, fitted.map) + fitted.offset, count)
    return tf.gather(tf.convert_to_tensor(fitted.captions), places), tf.nn.softmax(best / TEMPERATURE)


def next_word(captions: Any, votes: Any, fitting: Any, place: Any, words: int) -> Any:
    """Votes for every word [rows, words] at position ``place`` by captions that fit so far (``fitting`` [rows, count], 0 or 1).

    Sums to 1 where a caption fits, else it is 0 everywhere.
    """
    width = tf.shape(captions)[2]
    said = tf.where(place < width, captions[:, :, tf.minimum(place, width - 1)], PAD)
    votes = votes * fitting * tf.cast(said != PAD, tf.float32)
    total = tf.reduce_sum(votes, 1, keepdims=True)
    spread = tf.reduce_sum(tf.one_hot(said, words) * votes[:, :, None], 1)
    return tf.math.divide_no_nan(spread, total)


def still_fitting(captions: Any, fitting: Any, tokens: Any, place: Any) -> Any:
    """``fitting`` after ``tokens`` int32 [rows] were read at position ``place``, which is the word before; the start fits all."""
    width = tf.shape(captions)[2]
    said = captions[:, :, tf.clip_by_value(place - 1, 0, width - 1)]
    same = (said == tokens[:, None]) | (place == 0)
    return tf.ensure_shape(fitting * tf.cast(same, tf.float32), (None, None))


def mixed(logits: Any, votes: Any, share: float) -> Any:
    """Log-probabilities (1 - share) p + share votes; the decoder's own where nobody votes."""
    own = tf.nn.softmax(logits)
    heard = tf.reduce_sum(votes, 1, keepdims=True) * share
    return tf.ensure_shape(tf.math.log((1.0 - heard) * own + share * votes + 1e-20), logits.shape)


def _unit(rows: Any) -> Any:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _weights(captions: NDArray[np.int32], words: int) -> Floats:
    """TF-IDF weights of the words of each caption, length 1: [n, words]."""
    present = np.zeros((len(captions), words), np.float32)
    np.put_along_axis(present, captions, 1.0, axis=1)
    present[:, [PAD, END]] = 0.0
    return _unit(present * np.log(len(captions) / np.maximum(present.sum(0), 1.0)))
