"""Every loss against values worked out by hand; the penalties where they have a closed form."""

import numpy as np
import pytest
import tensorflow as tf
from lab_gan import losses
from lab_gan.adversarial import Adversarial
from lab_gan.learner import Noise

LN2, LN3, LN4 = np.log([2.0, 3.0, 4.0])


def constant(*values):
    return tf.constant(values, tf.float32)


# softplus(0) = ln 2, softplus(-ln 3) = ln(4/3), softplus(ln 3) = ln 4
CRITIC = {
    "minimax": (constant(0.0, LN3), constant(-LN3, 0.0), {}, LN2 + LN4 - LN3),
    "non-saturating": (constant(0.0, LN3), constant(-LN3, 0.0), {}, LN2 + LN4 - LN3),
    "least-squares": (constant(0.0, 2.0), constant(1.0, -1.0), {}, 0.5 * (1 + 1) / 2 + 0.5 * (1 + 1) / 2),
    "wasserstein": (constant(0.0, 2.0), constant(1.0, -4.0), {}, -1.5 - 1.0),
    "hinge": (constant(0.0, 2.0), constant(1.0, -4.0), {}, 0.5 + 1.0),
}
SMOOTHED = {
    # 0.9 softplus(-real) + 0.1 softplus(real)
    "non-saturating": (constant(LN3), constant(0.0), 0.9 * (LN4 - LN3) + 0.1 * LN4 + LN2),
    "least-squares": (constant(1.0), constant(0.0), 0.5 * 0.01),
}
GENERATOR = {
    "minimax": (constant(-LN3, 0.0), -0.5 * (LN4 - LN3 + LN2)),
    "non-saturating": (constant(-LN3, 0.0), 0.5 * (LN4 + LN2)),
    "least-squares": (constant(1.0, -1.0), 0.5 * (0 + 4) / 2),
    "wasserstein": (constant(1.0, -4.0), 1.5),
    "hinge": (constant(1.0, -4.0), 1.5),
}


@pytest.mark.parametrize("kind", CRITIC)
def test_critic_loss(kind):
    real, fake, options, expected = CRITIC[kind]
    assert float(losses.critic_loss(kind, real, fake, **options)) == pytest.approx(expected, rel=1e-6)
    assert float(losses.critic_loss(kind, real[:, None], fake[:, None], **options)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", SMOOTHED)
def test_smoothed_labels_move_the_target_of_real_images_alone(kind):
    real, fake, expected = SMOOTHED[kind]
    assert float(losses.critic_loss(kind, real, fake, real_target=0.9)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", GENERATOR)
def test_generator_loss(kind):
    fake, expected = GENERATOR[kind]
    assert float(losses.generator_loss(kind, fake)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["minimax", "non-saturating"])
def test_the_best_critic_of_equal_distributions_knows_nothing(kind):
    """Goodfellow et al. 2014, theorem 1: logit 0 everywhere is the minimum, 2 ln 2."""
    at = {shift: float(losses.critic_loss(kind, constant(shift), constant(shift))) for shift in (-0.3, 0.0, 0.3)}
    assert at[0.0] == pytest.approx(2 * LN2, rel=1e-6)
    assert at[0.0] < min(at[-0.3], at[0.3])


def test_the_saturating_loss_gives_no_gradient_where_the_critic_is_sure():
    """The reason for the other one: fakes at logit -20."""
    fake = constant(-20.0)
    gradients = {}
    for kind in ("minimax", "non-saturating"):
        with tf.GradientTape() as tape:
            tape.watch(fake)
            loss = losses.generator_loss(kind, fake)
        gradients[kind] = float(tape.gradient(loss, fake)[0])
    assert gradients["minimax"] == pytest.approx(0, abs=1e-8)
    assert gradients["non-saturating"] == pytest.approx(-1, abs=1e-6)


def test_losses_of_extreme_logits_are_finite():
    for kind in CRITIC:
        assert np.isfinite(losses.critic_loss(kind, constant(-1e4, 1e4), constant(-1e4, 1e4)))
        assert np.isfinite(losses.generator_loss(kind, constant(-1e4, 1e4)))


def test_class_and_code_losses():
    logits = tf.constant([[LN3, 0.0], [0.0, 0.0]], tf.float32)
    assert float(losses.class_loss(logits, tf.constant([0, 1]))) == pytest.approx((LN4 - LN3 + LN2) / 2, rel=1e-6)
    means, codes = tf.constant([[1.0, 2.0], [0.0, 0.0]]), tf.constant([[0.0, 0.0], [0.0, 1.0]])
    assert float(losses.code_loss(means, codes)) == pytest.approx((0.5 * 5 + 0.5 * 1) / 2)


def test_the_size_of_a_gradient_has_a_gradient_at_zero():
    gradient = tf.zeros((2, 3, 3, 1))
    with tf.GradientTape() as tape:
        tape.watch(gradient)
        penalty = losses.gradient_penalty(gradient)
    assert float(penalty) == pytest.approx(1, rel=1e-5)
    assert np.isfinite(tape.gradient(penalty, gradient)).all()


def linear(config, *overrides):
    """A learner whose critic is one dense layer, with kernel w of 48 numbers: its gradient is w at every image."""
    settings = config("wgan-gp-mnist", "network=mlp", *overrides)
    learner = Adversarial(settings, (4, 4, 3), 1, precision="float32", seed=1)
    kernel = next(weight for weight in learner.critic.trainable_variables if len(weight.shape) == 2)
    w = np.linspace(-1, 1, 48, dtype=np.float32)[:, None]
    kernel.assign(w)
    return learner, kernel, w


@pytest.mark.parametrize("penalty", ["gradient_penalty=10", "gradient_penalty=0 r1=2"])
def test_penalties_of_a_linear_critic_and_their_gradients(config, penalty):
    """(|w| - 1)^2 and |w|^2 / 2, whose gradients are 2 (|w| - 1) w / |w| and w."""
    learner, kernel, w = linear(config, "critic_layers=", *penalty.split())
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
    learner, _, _ = linear(config, "critic_layers=")
    seen = []
    learner._told = lambda images, labels: seen.append(images) or {"logit": tf.reduce_sum(images, axis=(1, 2, 3))}
    real, fake = tf.zeros((8, 4, 4, 3)), tf.ones((8, 4, 4, 3))
    for step in range(20):
        learner._penalty(real, tf.zeros(8, tf.int32), fake, tf.zeros(8, tf.int32), Noise(1, tf.constant(step)))
    shares = np.stack(seen)[..., 0, 0, 0].ravel()
    assert np.ptp(np.stack(seen), axis=(2, 3, 4)).max() == 0  # one share an image
    assert 0 <= shares.min() < 0.05
    assert 0.95 < shares.max() <= 1
    assert shares.mean() == pytest.approx(0.5, abs=0.1)
