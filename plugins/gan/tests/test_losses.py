"""Losses of classes and codes by hand; the penalties where they have a closed form."""

import numpy as np
import pytest
import tensorflow as tf
from lab_gan import losses
from lab_gan.adversarial import Adversarial
from lab_tensorflow.noise import Noise

LN2, LN3, LN4 = np.log([2.0, 3.0, 4.0])


def test_class_and_code_losses():
    logits = tf.constant([[LN3, 0.0], [0.0, 0.0]], tf.float32)
    assert float(losses.class_loss(logits, tf.constant([0, 1]))) == pytest.approx((LN4 - LN3 + LN2) / 2, rel=1e-6)
    means, codes = tf.constant([[1.0, 2.0], [0.0, 0.0]]), tf.constant([[0.0, 0.0], [0.0, 1.0]])
    assert float(losses.code_loss(means, codes)) == pytest.approx((0.5 * 5 + 0.5 * 1) / 2)


def linear(config, *overrides):
    """A learner whose critic is one dense layer, with kernel w of 48 numbers: its gradient is w at every image."""
    settings = config("wgan-gp-mnist", "network=mlp", *overrides)
    learner = Adversarial(settings, (4, 4, 3), 1, precision="float32", seed=1)
    kernel = next(weight for weight in learner.discriminator.trainable_variables if len(weight.shape) == 2)
    w = np.linspace(-1, 1, 48, dtype=np.float32)[:, None]
    kernel.assign(w)
    return learner, kernel, w


@pytest.mark.parametrize("penalty", ["gradient_penalty=10", "gradient_penalty=0 r1=2"])
def test_penalties_of_a_linear_critic_and_their_gradients(config, penalty):
    """(|w| - 1)^2 and |w|^2 / 2, whose gradients are 2 (|w| - 1) w / |w| and w."""
    learner, kernel, w = linear(config, "discriminator_layers=", *penalty.split())
    rng = np.random.default_rng(0)
    real, fake = (tf.constant(rng.normal(size=(8, 4, 4, 3)), tf.float32) for _ in range(2))
    labels = tf.zeros(8, tf.int32)
    with tf.GradientTape() as tape:
        found = learner._penalty(real, labels, fake, labels, Noise(1, tf.constant(0)))
    gradient = tape.gradient(found, kernel.value)
    size = np.linalg.norm(w)
    wanted, slope = (0.5 * size**2, w) if "r1" in penalty else ((size - 1) ** 2, 2 * (size - 1) * w / size)
    assert float(found) == pytest.approx(wanted, rel=1e-5)
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-5)


def test_the_gradient_penalty_is_taken_between_real_and_generated_images(config):
    """Gulrajani et al. 2017: at a uniform share of the way, not (as copied from one example to the next) a normal one."""
    learner, _, _ = linear(config, "discriminator_layers=")
    seen = []
    learner._discriminate = lambda images, labels: seen.append(images) or {"logit": tf.reduce_sum(images, axis=(1, 2, 3))}
    real, fake = tf.zeros((8, 4, 4, 3)), tf.ones((8, 4, 4, 3))
    for step in range(20):
        learner._penalty(real, tf.zeros(8, tf.int32), fake, tf.zeros(8, tf.int32), Noise(1, tf.constant(step)))
    shares = np.stack(seen)[..., 0, 0, 0].ravel()
    assert np.ptp(np.stack(seen), axis=(2, 3, 4)).max() == 0  # one share an image
    assert 0 <= shares.min() < 0.05
    assert 0.95 < shares.max() <= 1
    assert shares.mean() == pytest.approx(0.5, abs=0.1)
