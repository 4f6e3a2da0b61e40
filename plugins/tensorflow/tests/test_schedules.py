"""Learning rates by hand; averages; random numbers by (seed, update)."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from lab_tensorflow.average import Average
from lab_tensorflow.minibatch_config import MinibatchConfig
from lab_tensorflow.noise import Noise
from lab_tensorflow.schedules import learning_rate

RATES = {
    "constant": ({}, [1, 1, 1, 1, 1, 1]),
    "warmup": ({"warmup": 4}, [0.25, 0.5, 0.75, 1, 1, 1]),
    "linear": ({"schedule": "linear"}, [1, 0.75, 0.5, 0.25, 0, 0]),
    "linear to a fifth": ({"schedule": "linear", "final_learning_rate": 0.2}, [1, 0.8, 0.6, 0.4, 0.2, 0.2]),
    "linear in the second half": ({"schedule": "linear", "decay_start": 0.5}, [1, 1, 1, 0.5, 0, 0]),
    "cosine": ({"schedule": "cosine"}, [1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5, 0, 0]),
    "cosine to a half": ({"schedule": "cosine", "final_learning_rate": 0.5}, [1, None, 0.75, None, 0.5, 0.5]),
    "warmup and linear": ({"schedule": "linear", "warmup": 2}, [0.5, 0.75, 0.5, 0.25, 0, 0]),
}


@pytest.mark.parametrize("case", RATES)
def test_learning_rates_by_hand(case):
    settings, wanted = RATES[case]
    config = MinibatchConfig(steps=4, learning_rate=0.1, **settings)
    for step, share in enumerate(wanted):
        if share is not None:
            assert float(learning_rate(tf.constant(step), config)) == pytest.approx(0.1 * share, abs=1e-8)
    assert float(learning_rate(tf.constant(0), config, 3.0)) == pytest.approx(3 * wanted[0])


def network(*values: float) -> SimpleNamespace:
    """What an average needs of a Keras model."""
    variables = [SimpleNamespace(path=f"w{place}", value=tf.Variable(value)) for place, value in enumerate(values)]
    return SimpleNamespace(name="net", variables=variables, trainable_variables=variables)


def test_the_average_by_hand():
    """Decays .1, 2/11, 3/12, ... while the ramp is below the limit, then the limit."""
    net = network(1.0, 7)
    average = Average({"g": net}, 0.2)
    weight, number = (variable.value for variable in net.variables)
    expected = 1.0
    for step, value in enumerate((2.0, -1.0, 5.0)):
        weight.assign(value)
        number.assign(step)
        average.update(tf.constant(step))
        decay = min(0.2, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
    assert decay == 0.2
    assert average.values()["g/w0"] == pytest.approx(expected, rel=1e-6)
    assert average.values()["g/w1"] == 2  # whole numbers are copied
    assert set(average.variables) == {"average/g/w0", "average/g/w1"}


def test_without_a_decay_the_live_weights_are_kept():
    net = network(1.0)
    average = Average({"g": net}, 0.0)
    net.variables[0].value.assign(3.0)
    average.update(tf.constant(100))
    assert average.values()["g/w0"] == 3.0


def test_exchanging_twice_is_exact():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    average = Average({"g": net}, 0.5)
    net.layers[0].kernel.assign(np.full((3, 2), 0.1))
    live, kept = net.layers[0].kernel.numpy(), average.values()["g/dense/kernel"]
    average.exchange()
    np.testing.assert_array_equal(net.layers[0].kernel.numpy(), kept)
    average.exchange()
    np.testing.assert_array_equal(net.layers[0].kernel.numpy(), live)
    np.testing.assert_array_equal(average.values()["g/dense/kernel"], kept)


def test_noise_belongs_to_its_update():
    def three(seed, step):
        noise = Noise(seed, tf.constant(step))
        return [noise.normal((5,)).numpy() for _ in range(3)]

    one, same = three(1, 2), three(1, 2)
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert len({tuple(part) for found in (one, three(1, 3), three(2, 2)) for part in found}) == 9


def test_noise_has_its_distributions():
    noise = Noise(3, 4)
    uniform, numbers, chance = noise.uniform((20_000,), 2.0, 4.0), noise.integers((20_000,), 3), noise.chance((20_000,), 0.25)
    assert 2 <= float(tf.reduce_min(uniform)) < 2.01 < 3.99 < float(tf.reduce_max(uniform)) < 4
    assert np.bincount(numbers) / 20_000 == pytest.approx([1 / 3] * 3, abs=0.015)
    assert float(tf.reduce_mean(tf.cast(chance, tf.float32))) == pytest.approx(0.25, abs=0.015)
