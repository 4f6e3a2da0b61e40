"""Every loss against values worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf
from lab_tensorflow.losses import adversarial as losses
from lab_tensorflow.losses import reconstruction

LN2, LN3, LN4 = np.log([2.0, 3.0, 4.0])


def constant(*values):
    return tf.constant(values, tf.float32)


# softplus(0) = ln 2, softplus(-ln 3) = ln(4/3), softplus(ln 3) = ln 4
DISCRIMINATOR = {
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


@pytest.mark.parametrize("kind", DISCRIMINATOR)
def test_discriminator_loss(kind):
    real, fake, options, expected = DISCRIMINATOR[kind]
    assert float(losses.discriminator_loss(kind, real, fake, **options)) == pytest.approx(expected, rel=1e-6)
    assert float(losses.discriminator_loss(kind, real[:, None], fake[:, None], **options)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", SMOOTHED)
def test_smoothed_labels_move_the_target_of_real_images_alone(kind):
    real, fake, expected = SMOOTHED[kind]
    assert float(losses.discriminator_loss(kind, real, fake, real_target=0.9)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", GENERATOR)
def test_generator_loss(kind):
    fake, expected = GENERATOR[kind]
    assert float(losses.generator_loss(kind, fake)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["minimax", "non-saturating"])
def test_the_best_discriminator_of_equal_distributions_is_undecided(kind):
    """Goodfellow et al. 2014, theorem 1: logit 0 everywhere is the minimum, 2 ln 2."""
    at = {shift: float(losses.discriminator_loss(kind, constant(shift), constant(shift))) for shift in (-0.3, 0.0, 0.3)}
    assert at[0.0] == pytest.approx(2 * LN2, rel=1e-6)
    assert at[0.0] < min(at[-0.3], at[0.3])


def test_the_saturating_loss_gives_no_gradient_where_the_discriminator_is_sure():
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
    for kind in DISCRIMINATOR:
        assert np.isfinite(losses.discriminator_loss(kind, constant(-1e4, 1e4), constant(-1e4, 1e4)))
        assert np.isfinite(losses.generator_loss(kind, constant(-1e4, 1e4)))


def test_the_norm_of_a_gradient_has_a_gradient_at_zero():
    gradient = tf.zeros((2, 3, 3, 1))
    with tf.GradientTape() as tape:
        tape.watch(gradient)
        penalty = losses.gradient_penalty(gradient)
    assert float(penalty) == pytest.approx(1, rel=1e-5)
    assert np.isfinite(tape.gradient(penalty, gradient)).all()


def test_r1_by_hand():
    gradient = tf.constant([[[3.0, 4.0]], [[0.0, 2.0]]])
    assert float(losses.r1(gradient)) == pytest.approx(0.5 * (25 + 4) / 2)
    assert float(losses.gradient_penalty(gradient)) == pytest.approx((16 + 1) / 2, rel=1e-5)


def test_accuracies_by_hand():
    real, fake = constant(1.0, -1.0, 0.4, 2.0), constant(-1.0, 0.2, 0.7, -3.0)
    found = {kind: losses.accuracies(kind, real, fake) for kind in ("hinge", "least-squares", "wasserstein")}
    shares = {kind: [float(value) for value in one.values()] for kind, one in found.items()}
    # thresholds 0, 1/2, and the middle of the means 0.6 and -0.775
    assert shares == {"hinge": [0.75, 0.5], "least-squares": [0.5, 0.75], "wasserstein": [0.75, 0.5]}


def test_reconstruction_losses_by_hand():
    target, prediction = tf.zeros((1, 2, 2, 1)), tf.reshape(constant(0.0, -1.0, 2.0, 3.0), (1, 2, 2, 1))
    assert float(reconstruction.squared_error(target, prediction)) == pytest.approx(14 / 4)
    assert float(reconstruction.absolute_error(target, prediction)) == pytest.approx(6 / 4)
    assert float(reconstruction.charbonnier(target, prediction)) == pytest.approx(6 / 4, abs=1e-3)
    # down: |2 - 0|, |3 + 1|; across: |-1 - 0|, |3 - 2|
    assert float(reconstruction.total_variation(prediction)) == pytest.approx((2 + 4) / 2 + (1 + 1) / 2)


def test_gaussian_is_the_density_of_scipy():
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    target, mean = rng.normal(size=(2, 5)).astype(np.float32)
    found = reconstruction.gaussian_nll(target, mean, 2 * np.float32(np.log(0.2)))
    np.testing.assert_allclose(found, -norm.logpdf(target, mean, 0.2), rtol=1e-4)
