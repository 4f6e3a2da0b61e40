"""Sequences drawn from a network's distribution, word by word, at a temperature."""

from typing import Any

import tensorflow as tf

from lab_seq2seq.decoding.beam import Decoded, Step, Tensors


def sample(
    step: Step,
    state: Tensors,
    mask: Any,
    *,
    longest: Any,
    start: int,
    end: int,
    seed: Any,
    forbidden: tuple[int, ...] = (),
    temperature: Any = 1.0,
) -> Decoded:
    """One sequence an item; ``seed`` int64 [2] decides which. Arguments and result as in beam search with one beam."""
    batch, source = tf.shape(mask)[0], tf.shape(mask)[1]

    def open_(place: Any, state: Any, last: Any, tokens: Any, logs: Any, lengths: Any, ended: Any, alignments: Any) -> Any:
        return (place < longest) & ~tf.reduce_all(ended)

    def body(
        place: Any, state: Any, last: Any, tokens: Any, logs: Any, lengths: Any, ended: Any, alignments: Any
    ) -> tuple[Any, ...]:
        logits, state, alignment = step(state, last, place)
        if forbidden:
            logits += -1e9 * tf.reduce_sum(tf.one_hot(forbidden, logits.shape[-1]), 0)
        key = tf.stack([seed[0], seed[1] + tf.cast(place, tf.int64) * 2**32])
        token = tf.random.stateless_categorical(logits / temperature, 1, key, dtype=tf.int32)[:, 0]
        token = tf.where(ended, end, token)
        chance = tf.gather(tf.nn.log_softmax(logits), token, batch_dims=1)
        logs += tf.where(ended, 0.0, chance)
        lengths += tf.cast(~ended, tf.int32)
        here = tf.equal(tf.range(longest), place)
        tokens = tf.where(here[None], token[:, None], tokens)
        alignments = tf.where(here[None, :, None], tf.where(ended[:, None], 0.0, alignment)[:, None], alignments)
        return place + 1, state, token, tokens, logs, lengths, ended | tf.equal(token, end), alignments

    loop = (
        tf.constant(0),
        state,
        tf.fill((batch,), start),
        tf.fill((batch, longest), end),
        tf.zeros((batch,)),
        tf.zeros((batch,), tf.int32),
        tf.zeros((batch,), tf.bool),
        tf.zeros((batch, longest, source)),
    )
    shapes = tf.nest.map_structure(lambda t: tf.TensorShape([None] * t.shape.rank) if t.shape.rank else t.shape, loop)
    _, _, _, tokens, logs, lengths, _, alignments = tf.while_loop(open_, body, loop, shape_invariants=shapes)
    return Decoded(tokens[:, None], lengths[:, None], logs[:, None], logs[:, None], alignments[:, None])
