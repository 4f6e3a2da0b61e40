"""Beam search, batched, as tensor operations with its whole state on the device.

A hypothesis Y of a source X has the score of Wu et al. 2016 (section 7, equation 14):

    s(Y, X) = log P(Y | X) / lp(Y) + cp(X, Y)
    lp(Y) = ((5 + |Y|) / 6)^alpha
    cp(X, Y) = beta sum_i log(min(sum_j a_ij, 1))       over the source's real positions i and the target's words j

|Y| counts the end token. Hypotheses that have ended stay in the beam with their score, as in TensorFlow's ``BeamSearchDecoder``.
The search ends when nothing that is still open can enter the ``wanted`` best: log P only falls and the penalties are bounded.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

Tensors = tuple[Any, ...]
Step = Callable[[Tensors, Any, Any], tuple[Any, Tensors, Any]]  # (state, tokens [rows], place) -> (logits, state, alignment)

LOW = -1e9


class Decoded(NamedTuple):
    """The best sequences of each batch item, the best first.

    tokens      int32 [batch, beam, longest]; the end token stands at the end and fills what follows
    lengths     int32 [batch, beam], the end token included
    scores      float32 [batch, beam]; LOW for a place that no hypothesis took
    log_probabilities  float32 [batch, beam]
    alignments  float32 [batch, beam, longest, source]: row j is the alignment with which word j was chosen
    """

    tokens: Any
    lengths: Any
    scores: Any
    log_probabilities: Any
    alignments: Any


def length_penalty(lengths: Any, alpha: Any) -> Any:
    """lp of int32 lengths, float32 of the same shape."""
    return tf.pow((5.0 + tf.cast(lengths, tf.float32)) / 6.0, alpha)


def coverage_penalty(coverage: Any, mask: Any, beta: Any) -> Any:
    """cp [batch, beam] of coverage [batch, beam, source] (the sum of the alignments) where mask [batch, source] is 1."""
    logs = tf.math.log(tf.clip_by_value(coverage, 1e-6, 1.0))
    return beta * tf.reduce_sum(logs * mask[:, None], -1)


def beam_search(
    step: Step,
    state: Tensors,
    mask: Any,
    *,
    beam: int,
    longest: Any,
    start: int,
    end: int,
    forbidden: tuple[int, ...] = (),
    alpha: Any = 0.0,
    beta: Any = 0.0,
    wanted: Any = 1,
) -> Decoded:
    """The ``beam`` best sequences.

    step       one step of batch x beam rows; row b x beam + k is hypothesis k of item b
    state      per item: tensors [batch, ...]
    mask       float32 [batch, source], 1 at real positions of the source
    longest    most tokens of a sequence, the end included
    forbidden  tokens that are never chosen (padding, the start token)
    wanted     how many of the beam's sequences have to be final when the search ends
    """
    batch, source = tf.shape(mask)[0], tf.shape(mask)[1]
    state = tuple(tf.repeat(tensor, beam, axis=0) for tensor in state)
    first = tf.tile(tf.constant([[0.0] + [LOW] * (beam - 1)]), (batch, 1))  # one empty hypothesis an item
    tokens = tf.fill((batch, beam, longest), end)
    alignments = tf.zeros((batch, beam, longest, source))
    coverage = tf.zeros((batch, beam, source))
    lengths, ended = tf.zeros((batch, beam), tf.int32), tf.zeros((batch, beam), tf.bool)
    last = tf.fill((batch * beam,), start)

    def scores_of(logs: Any, lengths: Any, coverage: Any) -> Any:
        return tf.maximum(logs / length_penalty(lengths, alpha) + coverage_penalty(coverage, mask, beta), LOW)

    def open_(place: Any, state: Any, last: Any, tokens: Any, logs: Any, lengths: Any, ended: Any, coverage: Any, _: Any) -> Any:
        final = tf.where(ended, scores_of(logs, lengths, coverage), LOW)
        worst = tf.sort(final, 1, "DESCENDING")[:, wanted - 1]
        bound = tf.reduce_max(tf.where(ended, LOW, logs / length_penalty(longest, alpha)), 1)  # coverage only adds below 0
        return (place < longest) & tf.reduce_any((bound > worst) & (bound > 0.5 * LOW))

    def body(
        place: Any, state: Any, last: Any, tokens: Any, logs: Any, lengths: Any, ended: Any, coverage: Any, alignments: Any
    ) -> Any:
        logits, state, alignment = step(state, last, place)
        size = logits.shape[-1]
        chances = tf.reshape(tf.nn.log_softmax(logits), (batch, beam, size))
        if forbidden:
            chances += LOW * tf.reduce_sum(tf.one_hot(forbidden, size), 0)
        only_end = LOW * (1.0 - tf.one_hot(end, size))
        chances = tf.where(ended[:, :, None], only_end, chances)
        total = tf.maximum(logs[:, :, None] + chances, LOW)
        alignment = tf.where(ended[:, :, None], 0.0, tf.reshape(alignment, (batch, beam, source)))
        coverage = coverage + alignment
        grown = lengths + tf.cast(~ended, tf.int32)
        ranked = total / length_penalty(grown, alpha)[:, :, None] + coverage_penalty(coverage, mask, beta)[:, :, None]
        ranked = tf.where(total > 0.5 * LOW, ranked, LOW)
        _, chosen = tf.math.top_k(tf.reshape(ranked, (batch, beam * size)), beam)
        parent, token = chosen // size, chosen % size  # [batch, beam]
        logs = tf.gather(tf.reshape(total, (batch, beam * size)), chosen, batch_dims=1)
        rows = tf.reshape(tf.range(batch)[:, None] * beam + parent, (-1,))

        def picked(tensor: Any) -> Any:
            return tf.gather(tensor, parent, batch_dims=1)

        state = tuple(tf.gather(tensor, rows) for tensor in state)
        here = tf.equal(tf.range(longest), place)
        tokens = tf.where(here[None, None], token[:, :, None], picked(tokens))
        alignments = tf.where(here[None, None, :, None], picked(alignment)[:, :, None], picked(alignments))
        ended = picked(ended) | tf.equal(token, end)
        return place + 1, state, tf.reshape(token, (-1,)), tokens, logs, picked(grown), ended, picked(coverage), alignments

    loop = (tf.constant(0), state, last, tokens, first, lengths, ended, coverage, alignments)
    shapes = tf.nest.map_structure(lambda tensor: _loose(tensor), loop)
    _, _, _, tokens, logs, lengths, ended, coverage, alignments = tf.while_loop(open_, body, loop, shape_invariants=shapes)
    scores = tf.where(logs > 0.5 * LOW, scores_of(logs, lengths, coverage), LOW)
    # what has ended goes before what was cut off at ``longest``
    order = tf.argsort(scores + tf.where(ended, 0.0, 0.1 * LOW), direction="DESCENDING")

    def sorted_(tensor: Any) -> Any:
        return tf.gather(tensor, order, batch_dims=1)

    return Decoded(sorted_(tokens), sorted_(lengths), sorted_(scores), sorted_(logs), sorted_(alignments))


def _loose(tensor: Any) -> Any:
    """A shape of unknown sizes: the loop's tensors keep theirs, but not all are known when it is traced."""
    return tf.TensorShape([None] * tensor.shape.rank) if tensor.shape.rank else tensor.shape
