"""The four scores of attention against NumPy, the softmax over real positions."""

import numpy as np
import pytest
import tensorflow as tf
from lab_seq2seq.networks import attention

BATCH, SOURCE, UNITS, VALUES = 2, 3, 4, 5


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    shapes = {
        "query": (BATCH, UNITS),
        "values": (BATCH, SOURCE, VALUES),
        "memory": (VALUES, UNITS),
        "query_layer": (UNITS, UNITS),
        "direction": (UNITS,),
        "bias": (UNITS,),
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def _found(kind, arrays, **more):
    weights = {"memory": tf.constant(arrays["memory"]), "direction": tf.constant(arrays["direction"]), **more}
    weights["query"] = tf.constant(arrays["query_layer"])
    keys = attention.keys(tf.constant(arrays["values"]), weights)
    return attention.scores(kind, tf.constant(arrays["query"]), keys, weights).numpy()


def test_luong_is_a_product(arrays):
    expected = [[q @ (v @ arrays["memory"]) for v in vs] for q, vs in zip(arrays["query"], arrays["values"], strict=True)]
    assert _found("luong", arrays) == pytest.approx(np.array(expected), rel=1e-4)
    assert _found("scaled_luong", arrays, scale=tf.constant(0.3)) == pytest.approx(0.3 * np.array(expected), rel=1e-4)


def test_bahdanau_is_a_small_network(arrays):
    def score(q, v, bias=0.0):
        return np.tanh(q @ arrays["query_layer"] + v @ arrays["memory"] + bias)

    pairs = list(zip(arrays["query"], arrays["values"], strict=True))
    plain = [[score(q, v) @ arrays["direction"] for v in vs] for q, vs in pairs]
    assert _found("bahdanau", arrays) == pytest.approx(np.array(plain), rel=1e-4)
    unit = 0.7 * arrays["direction"] / np.linalg.norm(arrays["direction"])
    normed = [[score(q, v, arrays["bias"]) @ unit for v in vs] for q, vs in pairs]
    found = _found("normed_bahdanau", arrays, scale=tf.constant(0.7), bias=tf.constant(arrays["bias"]))
    assert found == pytest.approx(np.array(normed), rel=1e-4)


def test_padding_gets_no_weight():
    scores, values = tf.constant([[0.0, np.log(3.0), 50.0]], tf.float32), tf.constant([[[1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]])
    context, alignment = attention.attend(scores, values, tf.constant([[1.0, 1.0, 0.0]]))
    assert alignment.numpy() == pytest.approx(np.array([[0.25, 0.75, 0.0]]), abs=1e-6)
    assert context.numpy() == pytest.approx(np.array([[0.25, 0.75]]), abs=1e-6)


def test_starting_values_are_those_of_the_source():
    made = {}

    def add(name, shape, start):
        made[name] = (shape, start)
        return tf.zeros(shape)

    attention.weights("normed_bahdanau", 16, 8, add)
    assert made["scale"] == ((), 0.25)
    assert made["bias"] == ((16,), 0.0)
    assert made["memory"] == ((8, 16), None)
    made.clear()
    attention.weights("scaled_luong", 16, 8, add)
    assert made["scale"] == ((), 1.0)
    assert attention.weights("none", 16, 8, add) == {}
