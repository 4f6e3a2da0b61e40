"""StackedGAN: who learns in which phase, what level 0 is given, where the gradients go, the model as both generators."""

import numpy as np
import pytest
import tensorflow as tf
from lab_tensorflow.naming import count

from lab_core.errors import UsageError

ENCODING, GENERATORS, DISCRIMINATORS = (
    ("encoder", "classifier"),
    ("feature_generator", "image_generator"),
    ("feature_discriminator", "image_discriminator"),
)


def weights_of(one):
    return {name: [v.numpy() for v in network.trainable_variables] for name, network in one.learner.networks.items()}


def moved(before, after):
    return {name for name in before if any(not np.array_equal(a, b) for a, b in zip(before[name], after[name], strict=True))}


def test_the_encoder_learns_first_then_both_games_while_it_stays(trainer):
    one = trainer("stackedgan-mnist", "updates_per_slice=1")
    at = weights_of(one)
    for phase, wanted in ((2, set(ENCODING)), (4, {*GENERATORS, *DISCRIMINATORS}), (6, {*GENERATORS, *DISCRIMINATORS})):
        while one.step < phase:
            scalars = one.advance(1).scalars
            assert (scalars["discriminator_loss"] > 0) == (one.step > 2)
        now = weights_of(one)
        assert moved(at, now) == wanted
        at = now


def losses_of(one, step):
    """One update at ``step`` with every step size next to nothing, and what level 0 was given."""
    given = []
    network = one.learner.networks["image_generator"]

    def spy(points, training=False):
        given.append(points)
        return network(points, training=training)

    networks = dict(one.learner.networks)
    one.learner.networks["image_generator"] = type("Spy", (), {"__call__": lambda self, *a, **k: spy(*a, **k)})()
    one.learner.networks["image_generator"].trainable_variables = network.trainable_variables
    images = tf.cast(one.images.pixels[:8], tf.float32) / 127.5 - 1
    one.learner.update({"image": images, "label": one.images.labels[:8]}, tf.constant(step))
    one.learner.networks.update(networks)
    features = networks["encoder"](images)
    return np.array(given[0]), np.array(features)


def test_the_image_generator_is_given_real_features_then_made_ones(trainer):
    one = trainer("stackedgan-mnist", "learning_rate=1e-30", "discriminator_learning_rate=1e-30")
    half = one.config.latent // 2
    separate, features = losses_of(one, 3)
    np.testing.assert_allclose(separate[:, half:], features, rtol=1e-5)
    joint, features = losses_of(one, 4)
    assert not np.allclose(joint[:, half:], features)
    assert joint[:, half:].min() >= 0


@pytest.mark.parametrize(("step", "reached"), [(3, False), (4, True)])
def test_the_image_game_teaches_the_feature_generator_in_the_joint_phase_alone(trainer, step, reached):
    """With no loss of its own level 1 learns from level 0, end to end, or not at all."""
    one = trainer("stackedgan-mnist", "conditional_weight=0", "entropy_weight=0")
    discriminator = one.learner.networks["feature_discriminator"]
    for weight in discriminator.trainable_variables:
        weight.assign(tf.zeros_like(weight.value))  # a logit of 0 whatever it sees: no gradient to the features
    before = weights_of(one)
    images = tf.cast(one.images.pixels[:8], tf.float32) / 127.5 - 1
    one.learner.update({"image": images, "label": one.images.labels[:8]}, tf.constant(step))
    assert ("feature_generator" in moved(before, weights_of(one))) == reached


def test_the_networks_are_the_books(config):
    """Three dense layers from label and noise; encoder 64 and 64 channels and 256 features; 50 numbers of noise a level."""
    from lab_gan.stacked import networks

    settings = config("stackedgan-mnist", preset="book")
    maker = networks.make_feature_generator(settings, 10, dtype="float32", seed=0)
    assert count(maker) == (60 * 512 + 512) + 4 * 512 + (512 * 512 + 512) + 4 * 512 + (512 * 256 + 256)
    encoder = networks.make_encoder(settings, (28, 28, 1), dtype="float32", seed=0)
    assert count(encoder) == (9 * 64 + 64) + (9 * 64 * 64 + 64) + (5 * 5 * 64 * 256 + 256)
    discriminator = networks.make_feature_discriminator(settings, dtype="float32", seed=0)
    assert count(discriminator) == (256 * 256 + 256) * 2 + (256 + 1) + (256 * 50 + 50)


def test_the_model_is_one_generator_behind_the_other(trainer):
    one = trainer("stackedgan-mnist", "average_decay=0")
    one.advance(3), one.advance(3)
    model, half = one.model(), one.config.latent // 2
    points = model.latents(5, seed=1, options={"label": 3})
    assert points.shape == (5, one.config.latent + 10)
    made = one.learner.networks["feature_generator"](np.concatenate([points[:, :half], points[:, 2 * half :]], 1))
    images = one.learner.networks["image_generator"](np.concatenate([points[:, half : 2 * half], made], 1))
    expected = np.clip(np.round(127.5 * np.array(images) + 127.5), 0, 255)
    found = np.stack(list(model.sample(5, seed=1, options={"label": 3})))
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_phases_have_to_leave_room_for_the_joint_one(config):
    with pytest.raises(UsageError, match="joint phase"):
        config("stackedgan-mnist", "separate_steps=4")
    with pytest.raises(UsageError, match="even number"):
        config("stackedgan-mnist", "latent=51")
