"""The recurrent layers against Keras' own (values and every gradient), numerically, masked, looped and in bfloat16."""

import numpy as np
import pytest
from lab_tensorflow.runtime import start

tf = start(threads=1)
import keras  # noqa: E402
from lab_tensorflow import recurrent  # noqa: E402
from lab_tensorflow.recurrent import gru, lstm, rnn  # noqa: E402

TIME, BATCH, FEATURES, UNITS = 5, 3, 4, 6
KERAS_ORDER = [0, 1, 3, 2]  # ours is i, f, o, g; Keras has i, f, g, o
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
OURS = {"lstm": lstm, "gru": gru, "rnn": rnn}


def arrays(kind, seed=0):
    """inputs, kernel, recurrent, bias and the first states, float32."""
    rng = np.random.default_rng(seed)
    gates = GATES[kind] * UNITS
    bias = (2, gates) if kind == "gru" else (gates,)
    shapes = [(TIME, BATCH, FEATURES), (FEATURES, gates), (UNITS, gates), bias] + [(BATCH, UNITS)] * (1 + (kind == "lstm"))
    return [tf.constant(rng.normal(0, 0.6, shape), tf.float32) for shape in shapes]


def keras_order(kind, array):
    if kind != "lstm":
        return array
    return np.concatenate([np.split(array, 4, axis=-1)[place] for place in KERAS_ORDER], axis=-1)


def loss(outputs, states):
    weights = tf.reshape(tf.sin(tf.range(outputs.shape.num_elements(), dtype=tf.float32)), outputs.shape)
    total = tf.reduce_sum(outputs * weights)
    return total + sum(tf.reduce_sum(state * (0.3 + index)) for index, state in enumerate(states))


def our_gradients(kind, given, mask=None, dtype=None, signature=False):
    options = {"mask": mask} | ({"dtype": dtype} if dtype else {})

    def compute(*given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            outputs, *states = OURS[kind](*given, **options)
            outputs = tf.ensure_shape(outputs, (TIME, BATCH, UNITS))
            found = loss(outputs, states)
        return outputs, states, tape.gradient(found, given)

    return tf.function(compute, autograph=False)(*given)


def keras_gradients(kind, given, mask=None):
    kinds = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
    layer = kinds[kind](UNITS, return_sequences=True, return_state=True)
    inputs, *weights = given[:4]
    states = given[4:]
    layer.build((BATCH, TIME, FEATURES))
    layer.set_weights([keras_order(kind, weight.numpy()) for weight in weights])
    with tf.GradientTape() as tape:
        tape.watch([inputs, *states])
        masks = None if mask is None else tf.transpose(mask)
        outputs, *last = layer(tf.transpose(inputs, (1, 0, 2)), initial_state=list(states), mask=masks)
        outputs = tf.transpose(outputs, (1, 0, 2))
        found = loss(outputs, last)
    wanted = [inputs, *(variable.value for variable in layer.trainable_variables), *states]
    gradients = [tf.convert_to_tensor(one).numpy() for one in tape.gradient(found, wanted)]
    return outputs, last, gradients


def unordered(kind, gradients):
    """Keras' gradients with the gates in our order (the order is its own inverse)."""
    return [keras_order(kind, array) if 1 <= place <= 3 else array for place, array in enumerate(gradients)]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_values_and_all_gradients_are_those_of_keras(kind, looped, masked, monkeypatch):
    if looped:
        monkeypatch.setattr(recurrent, "UNROLLED", 0)
    given = arrays(kind)
    mask = tf.constant(np.arange(TIME)[:, None] < np.array([5, 2, 3])[None, :]) if masked else None
    outputs, states, gradients = our_gradients(kind, given, mask)
    theirs, their_states, their_gradients = keras_gradients(kind, given, mask)
    np.testing.assert_allclose(outputs, theirs, atol=1e-6)
    for ours, other in zip(states, their_states, strict=True):
        np.testing.assert_allclose(ours, other, atol=1e-6)
    for ours, other in zip(gradients, unordered(kind, their_gradients), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_gradients_agree_with_finite_differences(kind):
    given = arrays(kind, seed=1)
    _, _, gradients = our_gradients(kind, given)
    rng = np.random.default_rng(2)
    for place, gradient in enumerate(gradients):
        direction = rng.normal(size=given[place].shape).astype(np.float32)
        values = []
        for sign in (1, -1):
            moved = list(given)
            moved[place] = given[place] + sign * 1e-2 * direction
            outputs, *states = OURS[kind](*moved)
            values.append(float(loss(outputs, states)))
        assert float(np.sum(gradient * direction)) == pytest.approx((values[0] - values[1]) / 2e-2, rel=2e-2, abs=2e-2)


def test_batch_and_length_may_be_unknown():
    given = arrays("lstm")
    signature = [tf.TensorSpec((None, None, FEATURES), tf.float32), *(tf.TensorSpec(x.shape, tf.float32) for x in given[1:4])]
    signature += [tf.TensorSpec((None, UNITS), tf.float32)] * 2

    @tf.function(input_signature=signature, autograph=False)
    def compute(*given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            outputs, h, _ = lstm(*given)
            found = tf.reduce_sum(outputs) + tf.reduce_sum(h)
        return outputs, tape.gradient(found, given)

    outputs, gradients = compute(*given)
    np.testing.assert_allclose(outputs, lstm(*given)[0], atol=1e-6)
    assert [gradient.shape for gradient in gradients] == [x.shape for x in given]
    shorter = [given[0][:2, :1], *given[1:4], given[4][:1], given[5][:1]]
    np.testing.assert_allclose(compute(*shorter)[0], outputs[:2, :1], atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_bfloat16_products_stay_close_to_float32(kind):
    given = arrays(kind)
    outputs, _, gradients = our_gradients(kind, given)
    low, _, low_gradients = our_gradients(kind, given, dtype=tf.bfloat16)
    assert low.dtype == tf.float32
    np.testing.assert_allclose(low, outputs, atol=0.03)
    for ours, other in zip(low_gradients, gradients, strict=True):
        assert float(tf.norm(ours - other) / tf.norm(other)) < 0.05


def test_state_carried_over_two_halves_gives_the_whole():
    inputs, *weights, h, c = arrays("lstm")
    whole, last_h, last_c = lstm(inputs, *weights, h, c)
    first, h, c = lstm(inputs[:2], *weights, h, c)
    second, h, c = lstm(inputs[2:], *weights, h, c)
    np.testing.assert_allclose(tf.concat([first, second], 0), whole, atol=1e-6)
    np.testing.assert_allclose(h, last_h, atol=1e-6)
    np.testing.assert_allclose(c, last_c, atol=1e-6)
