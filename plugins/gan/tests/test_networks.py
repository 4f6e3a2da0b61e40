"""Shapes of every network, and how many parameters it has: as the sources say, or counted by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from lab_gan.networks import latent_size, make_discriminator, make_generator
from lab_tensorflow.naming import count


def generator_of(config, shape=(28, 28, 1), classes=10, dtype="float32"):
    return make_generator(config, latent_size(config, classes), shape, dtype=dtype, seed=0)


def discriminator_of(config, shape=(28, 28, 1), classes=10, dtype="float32"):
    return make_discriminator(config, shape, classes, dtype=dtype, seed=0)


@pytest.mark.parametrize("preset", ["default", "book"])
def test_the_mlp_generator_has_the_slides_parameters(config, preset):
    """The slide deck's table: 25,856 + 1,024 + 131,584 + 2,048 + 402,192 = 562,704, of which 1,536 aren't trained."""
    generator = generator_of(config("gan-mnist", preset=preset))
    layers = {type(layer).__name__: [] for layer in generator.layers}
    for layer in generator.layers:
        layers[type(layer).__name__].append(count(layer))
    assert layers["Dense"] == [25_856, 131_584, 402_192]
    assert layers["BatchNorm"] == [1_024, 2_048]
    assert count(generator) == 562_704
    assert count(generator, trainable=True) == 561_168
    assert count(generator) - count(generator, trainable=True) == 1_536


def test_the_convolutional_networks_have_the_parameters_counted_by_hand(config):
    """z 100 -> 7 x 7 x 128 -> 14 x 14 x 64 -> 28 x 28 x 32 -> 28 x 28 x 1, and 32, 64, 128 channels back to one number."""
    settings = config("cgan-mnist", "width=32", "discriminator_width=32", "condition=none")
    dense, up, out = 100 * 6272, 16 * 128 * 64 + 16 * 64 * 32, 9 * 32 + 1
    norms = 2 * (128 + 64 + 32)
    generator = generator_of(settings)
    assert count(generator, trainable=True) == dense + up + out + norms
    assert count(generator) - count(generator, trainable=True) == norms
    kernels, biases = 16 * (1 * 32 + 32 * 64 + 64 * 128), 32 + 64 + 128
    assert count(discriminator_of(settings)) == kernels + biases + 4 * 4 * 128 + 1


@pytest.mark.parametrize("task", ["gan-mnist", "dcgan-mnist", "cgan-mnist", "acgan-mnist", "infogan-mnist", "sngan-mnist"])
@pytest.mark.parametrize("shape", [(28, 28, 1), (48, 48, 3), (64, 64, 1), (96, 96, 3)])
def test_images_come_in_the_asked_shape_and_go_back_to_one_logit(config, task, shape):
    settings = config(task, f"size={shape[0]}")
    generator, discriminator = generator_of(settings, shape), discriminator_of(settings, shape)
    points = tf.random.stateless_normal((3, generator.input_shape[1]), (1, 2))
    images = generator(points, training=False)
    assert images.shape == (3, *shape)
    assert images.dtype == tf.float32
    assert np.abs(images).max() <= 1
    outputs = discriminator([images, tf.one_hot([0, 1, 2], 10)] if len(discriminator.inputs) == 2 else [images], training=False)
    assert outputs["logit"].shape == (3, 1)
    assert ("category" in outputs) == (task in ("acgan-mnist", "infogan-mnist"))
    assert ("codes" in outputs) == (task == "infogan-mnist")


@pytest.mark.parametrize("size", range(28, 97, 4))
def test_every_size_that_the_config_allows_has_its_networks(config, size):
    settings = config("dcgan-mnist", f"size={size}")
    shape = (size, size, 1)
    assert generator_of(settings, shape).output_shape == (None, *shape)
    smallest = [
        layer.output.shape[1] for layer in generator_of(settings, shape).layers if isinstance(layer, keras.layers.Reshape)
    ]
    assert smallest[0] >= 6
    assert smallest[0] % 2 or smallest[0] < 12
    assert smallest[0] * 2 ** round(np.log2(size / smallest[0])) == size
    discriminator_of(settings, shape)


def test_the_generator_takes_noise_label_and_codes(config):
    assert latent_size(config("dcgan-mnist"), 10) == 100
    assert latent_size(config("cgan-mnist"), 7) == 107
    assert latent_size(config("acgan-mnist"), 10) == 110
    assert latent_size(config("infogan-mnist"), 10) == 62 + 10 + 2


def test_each_condition_makes_the_discriminator_see_the_label(config):
    """As a plane or by projection the logit depends on the label; an auxiliary classifier isn't given it."""
    images = tf.random.stateless_normal((4, 28, 28, 1), (3, 4))
    for task, overrides in (("cgan-mnist", []), ("cgan-mnist", ["network=mlp"]), ("cgan-mnist", ["condition=projection"])):
        discriminator = discriminator_of(config(task, *overrides))
        logits = [discriminator([images, tf.one_hot([label] * 4, 10)])["logit"].numpy() for label in (1, 2)]
        assert not np.allclose(*logits), overrides
    assert len(discriminator_of(config("acgan-mnist")).inputs) == 1


def test_the_book_has_no_batch_normalisation_in_a_conditional_discriminator(config):
    """ "It doesn't converge with it" (Atienza 2018, chapter 4.3)."""
    names = {type(layer).__name__ for layer in discriminator_of(config("cgan-mnist", preset="book")).layers}
    assert "BatchNorm" not in names


def test_without_batch_normalisation_a_discriminator_keeps_the_scale_of_its_input(config):
    """With DCGAN's kernels of deviation .02 a logit would be a thousandth of the pixels."""
    images = tf.random.stateless_uniform((64, 28, 28, 1), (3, 4), -1, 1)
    for task in ("lsgan-mnist", "wgan-gp-mnist"):
        logits = discriminator_of(config(task))(images)["logit"].numpy()
        assert np.std(logits) > 0.02, task


def test_weights_and_images_are_float32_under_bfloat16_and_nearly_the_same(config):
    settings = config("dcgan-mnist")
    one, other = generator_of(settings), generator_of(settings, dtype="mixed_bfloat16")
    assert {str(weight.dtype) for weight in other.weights} == {"float32"}
    for mine, theirs in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    points = tf.random.stateless_normal((8, 100), (1, 2))
    images = [network(points, training=True) for network in (one, other)]
    assert images[1].dtype == tf.float32
    np.testing.assert_allclose(images[0], images[1], atol=0.02)


def test_layers_begin_from_seeds_of_their_own(config):
    settings = config("dcgan-mnist")
    make = [make_generator(settings, 100, (28, 28, 1), dtype="float32", seed=seed).weights for seed in (1, 1, 2)]
    kernels = [[weight.numpy() for weight in weights if len(weight.shape) > 1] for weights in make]
    for one, same, other in zip(*kernels, strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)
        assert one.std() == pytest.approx(0.02, rel=0.25)
    assert kernels[0][0].ravel()[:4].tolist() != kernels[0][1].ravel()[:4].tolist()
