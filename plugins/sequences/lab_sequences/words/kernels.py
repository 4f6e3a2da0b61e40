"""One pass of word2vec over a part of a text, compiled.

Mikolov et al. 2013 (arXiv 1310.4546), equation 4, by stochastic gradient descent: the context words of a centre word are the
inputs; the centre word is the output with label 1, ``negatives`` noise words are outputs with label 0. Skip-gram predicts from
each input alone, CBOW from their mean. All inputs of a centre word share its noise words (Ji et al. 2016, arXiv 1604.04661), so
that their vectors stay in the cache.

Random numbers are a function of the seed and the place in the training: nothing has a state to save, and a part may be cut
anywhere.
"""

from typing import Any

import numba
import numpy as np

_TABLE, _REACH = 2048, 8.0  # the sigmoid between -8 and 8
_MOST_STEPS = 8  # a window looks at most this many times its width for words that subsampling has left

_middle = (np.arange(_TABLE) + 0.5) / _TABLE * 2 * _REACH - _REACH
SIGMOID = (1 / (1 + np.exp(-_middle))).astype(np.float32)


@numba.njit(cache=True, inline="always")
def _mixed(number: Any) -> Any:
    """splitmix64."""
    number = number + np.uint64(0x9E3779B97F4A7C15)
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


@numba.njit(cache=True, inline="always")
def _unit(number: Any) -> Any:
    """A uniform number from 0 to below 1."""
    return np.float32(number >> np.uint64(40)) * np.float32(5.9604645e-08)


@numba.njit(cache=True, inline="always")
def _kept(tokens: Any, keep: Any, seed: Any, place: Any) -> Any:
    """Whether subsampling leaves the word at a place of the training (epochs one after another)."""
    word = tokens[place % len(tokens)]
    return word >= 0 and _unit(_mixed(seed ^ (np.uint64(place) * np.uint64(2) + np.uint64(1)))) < keep[word]


@numba.njit(cache=True, inline="always")
def _context(tokens: Any, keep: Any, seed: Any, place: Any, wide: int, found: Any) -> int:
    """The words around a place, up to ``wide`` on each side, into ``found``; their number."""
    count = 0
    length = len(tokens)
    begin = place - place % length
    for way in range(2):
        got, at = 0, place
        for _ in range(_MOST_STEPS * wide):
            at = at - 1 if way == 0 else at + 1
            if at < begin or at >= begin + length or tokens[at - begin] < 0:
                break
            if _kept(tokens, keep, seed, at):
                found[count] = tokens[at - begin]
                count += 1
                got += 1
                if got == wide:
                    break
    return count


@numba.njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def train_part(
    tokens: Any, first: int, last: int, total: int, seed: Any, keep: Any, noise_keep: Any, noise_other: Any, inputs: Any,
    outputs: Any, biases: Any, correction: Any, window: int, dynamic: bool, skips: int, negatives: int, cbow: bool, rate: float,
    final: float,
) -> tuple[float, int]:  # fmt: skip
    """Train on the centre words at places ``first`` to ``last`` of ``total``; the sum of the losses and the predictions made.

    tokens       int32 [words], -1 between texts; read again and again
    keep         float32 [vocabulary], the chance that an occurrence is kept
    noise_keep, noise_other  an alias table
    inputs, outputs  float32 [vocabulary, dimensions], changed in place; biases float32 [vocabulary]
    correction   float32 [vocabulary], log(negatives P(word)) for NCE; empty for negative sampling, which has no biases
    rate, final  learning rate at place 0 and at ``total``
    """
    dimensions, vocabulary = inputs.shape[1], len(inputs)
    nce = len(correction) > 0
    context = np.empty(2 * window, np.int32)
    chosen = np.empty(negatives + 1, np.int32)
    hidden, gradient = np.empty(dimensions, np.float32), np.empty(dimensions, np.float32)
    loss, predictions = 0.0, 0
    for place in range(first, last):
        if not _kept(tokens, keep, seed, place):
            continue
        centre = tokens[place % len(tokens)]
        random = _mixed(seed ^ (np.uint64(place) * np.uint64(2)))
        wide = 1 + int(random % np.uint64(window)) if dynamic else window
        count = _context(tokens, keep, seed, place, wide, context)
        if count == 0:
            continue
        if skips > 0 and count > skips:
            for at in range(skips):
                random = _mixed(random)
                other = at + int(random % np.uint64(count - at))
                context[at], context[other] = context[other], context[at]
            count = skips
        chosen[0] = centre
        outcomes = 1
        for _ in range(negatives):
            random = _mixed(random)
            word = np.int32((random >> np.uint64(32)) % np.uint64(vocabulary))
            if _unit(random << np.uint64(32)) >= noise_keep[word]:
                word = noise_other[word]
            if word != centre:
                chosen[outcomes] = word
                outcomes += 1
        step = np.float32(rate + (final - rate) * place / total)
        rows = 1 if cbow else count
        for number in range(rows):
            if cbow:
                hidden[:] = 0
                for at in range(count):
                    row = inputs[context[at]]
                    for d in range(dimensions):
                        hidden[d] += row[d]
                share = np.float32(1.0 / count)
                for d in range(dimensions):
                    hidden[d] *= share
                source = hidden
            else:
                source = inputs[context[number]]
            gradient[:] = 0
            for at in range(outcomes):
                word = chosen[at]
                row = outputs[word]
                dot = np.float32(0)
                for d in range(dimensions):
                    dot += source[d] * row[d]
                if nce:
                    dot += biases[word] - correction[word]
                if dot >= np.float32(_REACH):  # beyond the table the sigmoid is 0 or 1, or rare steps would add up to a drift
                    probability = np.float32(1)
                elif dot <= np.float32(-_REACH):
                    probability = np.float32(0)
                else:
                    probability = SIGMOID[int((dot + np.float32(_REACH)) * np.float32(_TABLE / (2 * _REACH)))]
                correct = probability if at == 0 else np.float32(1) - probability
                loss -= np.log(correct) if correct > 0 else -abs(dot)
                delta = step * (np.float32(1 if at == 0 else 0) - probability)
                for d in range(dimensions):
                    gradient[d] += delta * row[d]
                    row[d] += delta * source[d]
                if nce:
                    biases[word] += delta
            if cbow:
                for at in range(count):
                    row = inputs[context[at]]
                    for d in range(dimensions):
                        row[d] += gradient[d] * share
            else:
                for d in range(dimensions):
                    source[d] += gradient[d]
        predictions += rows
    return loss, predictions
