"""Exact sizes of the published networks, receptive fields, and what each network does with an image."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from lab_image_translation.networks.layers import NO_DROPOUT, PlaceNorm, ReflectPad, SeededDropout
from lab_image_translation.networks.patch import FIELDS, discriminator, layout, receptive_field
from lab_image_translation.networks.resnet import resnet_generator
from lab_image_translation.networks.restoration import cae, colouriser, espcn, inpainter, residual, segmenter
from lab_image_translation.networks.transform import transform_network
from lab_image_translation.networks.unet import depth_for, unet


def trainable(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_pix2pix_at_256_pixels_has_the_published_size():
    assert depth_for(256) == 8
    assert trainable(unet(3, 3, depth=8)) == 54_420_483
    assert trainable(discriminator(6, field="70")) == 2_769_601


def test_the_other_networks_have_the_published_sizes():
    assert trainable(resnet_generator(3, 3)) == trainable(resnet_generator(3, 3, resize=True)) == 11_383_424
    assert trainable(cae()) == 3_217
    assert trainable(transform_network()) == 1_674_432
    # 5x5x64 + 3x3x64x32 + 3x3x32x9 with biases
    assert trainable(espcn(1, scale=3)) == (25 * 64 + 64) + (9 * 64 * 32 + 32) + (9 * 32 * 9 + 9)


@pytest.mark.parametrize(
    ("field", "side"),
    [("1", 1), ("16", 16), ("34", 34), ("70", 70), ("full", 286), ("4", 4), ("10", 10), ("22", 22), ("46", 46), ("94", 94)],
)
def test_receptive_fields_by_formula_and_by_gradient(field, side):
    """One logit's gradient reaches exactly that many pixels of the image."""
    assert receptive_field(layout(field)) == side
    if side > 100:
        return
    network = discriminator(1, field=field, width=2, normalisation="none")
    for variable in network.trainable_variables:  # positive everywhere, so that nothing cancels
        variable.assign(np.full(variable.shape, 0.1, np.float32))
    image = tf.ones((1, 192, 192, 1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        logits = network(image)
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    seen = np.argwhere(tape.gradient(middle, image).numpy()[0, :, :, 0] != 0)
    assert tuple(seen.max(0) - seen.min(0) + 1) == (side, side)


def test_every_field_is_in_the_table():
    assert set(FIELDS) == {"1", "16", "34", "70", "full", "4", "10", "22", "46", "94"}


def test_unet_gives_an_image_of_the_same_size_and_depth_follows_the_size():
    network = unet(1, 3, depth=depth_for(32), width=4)
    out = network([tf.zeros((2, 32, 64, 1)), tf.constant([0, 0])])
    assert out.shape == (2, 32, 64, 3)
    assert float(tf.reduce_max(tf.abs(out))) <= 1
    assert depth_for(64) == 6
    assert depth_for(256, 5) == 5


def test_without_skips_the_unet_has_fewer_weights():
    assert trainable(unet(3, 3, depth=5, width=8, skips=False)) < trainable(unet(3, 3, depth=5, width=8))


def test_dropout_repeats_with_its_seed_and_does_not_depend_on_the_batch():
    layer = SeededDropout(0.5, 1)
    ones = tf.ones((3, 4, 4, 2))
    one, again, other = (layer(ones, tf.constant(seed)).numpy() for seed in ([5, 0], [5, 0], [6, 0]))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert set(np.unique(one)) == {0, 2}
    assert np.array_equal(one[0], one[2])
    assert np.array_equal(layer(ones[:1], tf.constant([5, 0])).numpy()[0], one[0])
    trained = layer(ones, tf.constant([5, 0]), training=True).numpy()
    assert not np.array_equal(trained[0], trained[1])
    assert np.array_equal(layer(ones, tf.constant([NO_DROPOUT, 0])).numpy(), ones.numpy())


def test_instance_norm_by_hand():
    image = tf.constant([[[[1.0], [3.0]], [[1.0], [3.0]]]])
    assert PlaceNorm(epsilon=0.0)(image).numpy().ravel().tolist() == [-1, 1, -1, 1]
    assert PlaceNorm()(tf.constant([[[[7.0]]]])).numpy().ravel().tolist() == [7.0]  # a single place isn't erased


def test_instance_norm_agrees_with_keras():
    image = tf.random.stateless_normal((2, 5, 6, 3), [1, 2])
    theirs = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)(image)
    assert np.allclose(PlaceNorm()(image), theirs, atol=1e-5)


def test_reflected_border_by_hand():
    row = tf.reshape(tf.constant([1.0, 2.0, 3.0]), (1, 1, 3, 1))
    square = tf.tile(row, [1, 3, 1, 1])
    assert ReflectPad(1)(square).numpy()[0, 0, :, 0].tolist() == [2, 1, 2, 3, 2]


@pytest.mark.parametrize(
    ("network", "channels", "expected"),
    [
        (lambda: resnet_generator(3, 3, width=4, blocks=1), 3, (1, 16, 24, 3)),
        (lambda: cae(), 1, (1, 16, 24, 1)),
        (lambda: espcn(1, scale=3), 1, (1, 48, 72, 1)),
        (lambda: residual(3, scale=2, width=4, blocks=1), 3, (1, 32, 48, 3)),
        (lambda: residual(3, width=4, blocks=1), 3, (1, 16, 24, 3)),
        (lambda: inpainter(3, width=4), 4, (1, 16, 24, 3)),
        (lambda: colouriser(width=4), 1, (1, 16, 32, 2)),
        (lambda: segmenter(3, 2, width=4), 3, (1, 16, 24, 2)),
        (lambda: transform_network(width=4, blocks=1), 3, (1, 16, 24, 3)),
    ],
)
def test_output_shapes(network, channels, expected):
    height, width = 16, 32 if expected[2] == 32 else 24
    assert network()(tf.zeros((1, height, width, channels))).shape == expected


def test_a_hole_is_filled_smoothly_at_first_whatever_its_size():
    """The rest stays; a plane is continued through the hole to a tenth of its range; an image that is all hole is finite."""
    rows, columns = np.mgrid[0:64, 0:96].astype(np.float32)
    image = np.stack([columns / 48 - 1, rows / 32 - 1, (rows + columns) / 80 - 1], -1)[None]
    network = inpainter(3, width=4)
    for side in (6, 30):
        mask = np.zeros((1, 64, 96, 1), np.float32)
        mask[:, 20 : 20 + side, 40 : 40 + side] = 1
        made = network(np.concatenate([image * (1 - mask), mask], -1)).numpy()
        np.testing.assert_allclose(made * (1 - mask), image * (1 - mask), atol=1e-6)
        assert np.abs(made - image).max() < 0.2
    assert np.isfinite(network(tf.ones((1, 8, 12, 4)))).all()


def test_super_resolution_starts_from_nothing_added():
    image = tf.random.stateless_uniform((1, 8, 8, 1), [1, 2])
    assert not residual(1, scale=2, width=4, blocks=1)(image).numpy().any()
    assert not espcn(1, scale=2)(image).numpy().any()


@pytest.mark.parametrize("extra", [0, 2])
def test_a_generator_that_changes_its_input_starts_as_the_identity(extra):
    image = tf.random.stateless_uniform((1, 16, 24, 3 + extra), [1, 2], -1, 1)
    made = resnet_generator(3, 3, width=4, blocks=1, extra=extra, skip=True)(image)
    assert np.array_equal(made, image[..., :3])


def test_enlarging_by_repetition_leaves_no_grid():
    """On one colour, away from the border, transposed convolutions give a grid of period 2 and 4; repetition gives one colour."""
    grey = tf.fill((1, 64, 64, 3), 0.5)

    def spread(resize):
        network = resnet_generator(3, 3, width=4, blocks=1, resize=resize)
        for layer in network.layers:  # normalisation would bring in the border
            if layer.name.endswith("_norm"):
                layer.call = lambda x: x
        middle = network(grey).numpy()[0, 24:40, 24:40, 0].astype(float)
        return middle.std() / np.abs(middle).mean()

    assert spread(True) < 1e-4 < 1e-2 < spread(False)


def test_every_variable_has_a_stable_name():
    first, second = (unet(1, 3, depth=4, width=4) for _ in range(2))
    assert [v.path for v in first.variables] == [v.path for v in second.variables]
    assert len({v.path for v in first.variables}) == len(first.variables)


def test_the_seed_makes_the_weights():
    one, same, other = (resnet_generator(3, 3, width=4, blocks=1, seed=seed).get_weights()[0] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
