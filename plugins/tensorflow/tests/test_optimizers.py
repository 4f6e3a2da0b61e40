"""Our optimisers against tf_keras and TensorFlow 1, and a step by hand."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from lab_tensorflow.optimizers import Adam, RAdam, RMSProp


def weights(seed: int) -> list[tf.Variable]:
    rng = np.random.default_rng(seed)
    return [tf.Variable(rng.normal(size=shape).astype(np.float32)) for shape in ((3, 4), (4,))]


def gradients(count: int) -> list[list[tf.Tensor]]:
    rng = np.random.default_rng(7)
    return [[tf.constant(rng.normal(size=shape).astype(np.float32)) for shape in ((3, 4), (4,))] for _ in range(count)]


CASES = {
    "adam": (
        lambda w: Adam(w, 1e-2, epsilon=1e-5),
        lambda: tf_keras.optimizers.legacy.Adam(1e-2, epsilon=1e-5),
    ),
    "rmsprop": (
        lambda w: RMSProp(w, 1e-2, decay=0.9, momentum=0.95, epsilon=0.01),
        lambda: tf.compat.v1.train.RMSPropOptimizer(1e-2, decay=0.9, momentum=0.95, epsilon=0.01),
    ),
    "rmsprop-centred": (
        lambda w: RMSProp(w, 1e-2, decay=0.95, momentum=0.95, epsilon=0.01, centred=True),
        lambda: tf.compat.v1.train.RMSPropOptimizer(1e-2, decay=0.95, momentum=0.95, epsilon=0.01, centered=True),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_steps_equal_the_independent_optimiser(case):
    ours, theirs = weights(0), weights(0)
    make, reference = CASES[case]
    optimizer, other = make(ours), reference()
    for step in gradients(20):
        optimizer.apply_gradients(zip(step, ours, strict=True))
        other.apply_gradients(list(zip(step, theirs, strict=True)))
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), atol=1e-6)
    assert int(optimizer.updates) == 20


def test_adams_first_step_by_hand():
    weight = tf.Variable([1.0, -2.0])
    optimizer = Adam([weight], 0.1, epsilon=0.0)
    optimizer.apply_gradients([(tf.constant([3.0, -0.5]), weight)])
    # bias correction makes the first step the sign of the gradient times the step size
    np.testing.assert_allclose(weight.numpy(), [0.9, -1.9], rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_an_optimiser_goes_on_exactly_from_its_variables(case):
    make, _ = CASES[case]
    through, half = weights(1), weights(1)
    first, second = make(through), make(half)
    steps = gradients(6)
    for number, step in enumerate(steps):
        first.apply_gradients(zip(step, through, strict=True))
        if number == 2:
            for name, variable in first.variables.items():
                second.variables[name].assign(variable)
            for target, source in zip(half, through, strict=True):
                target.assign(source)
        if number > 2:
            second.apply_gradients(zip(step, half, strict=True))
    for one, two in zip(through, half, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert first.variables.keys() == second.variables.keys()


def test_rectified_adam_equals_its_formulas():
    """Liu et al. 2020, algorithm 2, in NumPy; the first five updates only gather moments."""
    rng = np.random.default_rng(5)
    weight = tf.Variable(np.zeros(3, np.float32))
    optimizer = RAdam([weight], 0.01, epsilon=1e-12)
    expected, m, v = np.zeros(3), np.zeros(3), np.zeros(3)
    for t in range(1, 41):
        gradient = rng.normal(size=3)
        optimizer.apply_gradients([(tf.constant(gradient.astype(np.float32)), weight)])
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        rho_inf = 2 / 0.001 - 1
        rho = rho_inf - 2 * t * 0.999**t / (1 - 0.999**t)
        if rho > 5:
            rectified = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            expected -= 0.01 * rectified * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        if t == 5:
            assert (weight.numpy() == 0).all()
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(weight.numpy(), expected, rtol=2e-3, atol=2e-6)


def test_decoupled_weight_decay_equals_adamw_and_spares_biases():
    ours, theirs = weights(0), weights(0)
    optimizer = Adam(ours, 1e-2, weight_decay=0.1)
    other = tf_keras.optimizers.AdamW(1e-2, weight_decay=0.1, epsilon=1e-7, jit_compile=False)
    other.exclude_from_weight_decay(var_list=[theirs[1]])
    for step in gradients(20):
        optimizer.apply_gradients(zip(step, ours, strict=True))
        other.apply_gradients(list(zip(step, theirs, strict=True)))
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), atol=1e-6)


def test_gradients_are_clipped_by_their_common_norm():
    """Norm 5 of (3, 4) becomes 1; Adam's first moment shows the gradient that came in."""
    one, other = tf.Variable([0.0]), tf.Variable([0.0])
    optimizer = Adam([one, other], 0.1, clip_norm=1.0, names=["a", "b"])
    optimizer.apply_gradients([(tf.constant([3.0]), one), (tf.constant([4.0]), other)])
    assert [float(optimizer.variables[f"m/{name}"][0]) for name in "ab"] == pytest.approx([0.06, 0.08])
    optimizer = Adam([one], 0.1, clip_norm=1.0)
    optimizer.apply_gradients([(tf.constant([0.5]), one)])
    assert float(optimizer.variables["m/0"][0]) == pytest.approx(0.05)


def test_gradients_of_an_embedding_are_added_up():
    table = tf.Variable(tf.zeros((4, 2)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table, [1, 1, 3]))
    optimizer = Adam([table], 0.1)
    optimizer.apply_gradients([(tape.gradient(loss, table), table)])
    np.testing.assert_allclose(optimizer.variables["m/0"], [[0, 0], [0.2, 0.2], [0, 0], [0.1, 0.1]], atol=1e-6)


def test_a_weight_without_a_gradient_is_named_an_error():
    weight = tf.Variable([0.0])
    with pytest.raises(ValueError, match="no gradient"):
        Adam([weight], 0.1).apply_gradients([(None, weight)])
