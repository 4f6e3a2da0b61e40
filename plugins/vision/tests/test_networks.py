"""Networks have the sources' sizes; preparation moves images as it says."""

import numpy as np
import pytest
from lab_tensorflow.runtime import start

from lab_core.errors import UsageError

tf = start()

from lab_tensorflow.naming import count  # noqa: E402
from lab_tensorflow.noise import Noise  # noqa: E402
from lab_vision.classification.config import ClassificationConfig  # noqa: E402
from lab_vision.classification.learner import cross_entropy  # noqa: E402
from lab_vision.classification.networks import make_network  # noqa: E402
from lab_vision.classification.preparation import prepare  # noqa: E402


def config(**settings):
    return ClassificationConfig(**{"size": 28, **settings})


@pytest.mark.parametrize(
    ("settings", "channels", "parameters"),
    [
        ({"network": "softmax"}, 1, 7_850),
        ({"network": "mlp"}, 1, 784 * 256 + 256 + 256 * 256 + 256 + 2_570),
        ({"network": "rnn"}, 1, 28 * 256 + 256 * 256 + 256 + 2_570),
        ({"network": "cnn"}, 1, 3_274_634),
        ({"network": "cifar", "size": 32, "crop_size": 24}, 3, 1_068_298),
    ],
)
def test_the_sources_networks_have_their_parameters(settings, channels, parameters):
    given = config(**settings)
    network = make_network(given, channels, 10, dtype="float32", seed=0)
    assert count(network, trainable=True) == parameters
    assert network(np.zeros((2, given.input_size, given.input_size, channels), np.float32)).shape == (2, 10)


def test_resnet20_has_the_papers_parameters_and_its_shortcuts():
    """Paper, table 6: 0.27 M; here stage by stage, with the 1 x 1 shortcuts."""
    network = make_network(config(network="resnet-v1", size=32), 3, 10, dtype="float32", seed=0)
    first = 9 * 3 * 16 + 6 * 9 * 16 * 16
    second = 9 * 16 * 32 + 5 * 9 * 32 * 32 + 16 * 32
    third = 9 * 32 * 64 + 5 * 9 * 64 * 64 + 32 * 64
    norms = 2 * (7 * 16 + 6 * 32 + 6 * 64)
    assert count(network, trainable=True) == first + second + third + norms + 65 * 10
    bottlenecks = make_network(config(network="resnet-v2", size=32, blocks=2), 3, 10, dtype="float32", seed=0)
    assert bottlenecks.get_layer("mean").output.shape == (None, 256)
    stages = 4_704 + 4_544 + 23_808 + 17_792 + 94_720 + 70_400  # each block: norms, shortcut, 1 x 1, 3 x 3, 1 x 1
    assert count(bottlenecks, trainable=True) == 9 * 3 * 16 + stages + 2 * 256 + 257 * 10


@pytest.mark.parametrize(
    ("train", "fewest", "most"), [("head", 7_686, 7_686), ("last", 7_687, 3_000_000), ("all", 3_300_000, 4_000_000)]
)
def test_fine_tuning_trains_the_layers_that_are_asked_for(train, fewest, most):
    given = config(network="efficientnet-lite0", size=64, train=train, pretrained=False)
    network = make_network(given, 3, 6, dtype="float32", seed=0)
    assert fewest <= count(network, trainable=True) <= most
    assert network.get_layer("stem").trainable == (train == "all")


def test_softmax_starts_at_equal_chances():
    network = make_network(config(network="softmax"), 1, 10, dtype="float32", seed=3)
    assert np.ptp(network(np.random.default_rng(0).random((1, 28, 28, 1), np.float32))) == 0


def test_cross_entropy_with_smoothing_by_hand():
    logits = tf.constant([[np.log(3.0), 0.0]], tf.float32)  # probabilities 3/4 and 1/4
    assert float(cross_entropy(logits, tf.constant([0]), 2, 0.0)) == pytest.approx(-np.log(0.75))
    expected = -(0.9 * np.log(0.75) + 0.1 * np.log(0.25))  # targets 0.8 + 0.2 / 2 and 0.2 / 2
    assert float(cross_entropy(logits, tf.constant([0]), 2, 0.2)) == pytest.approx(expected)


def test_scoring_changes_nothing_but_the_range():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1)).astype(np.uint8)
    given = config(flip=True, shift=0.2, rotate=30, brightness=0.5, contrast=0.5)
    np.testing.assert_allclose(prepare(images, given, None), images / 255, atol=1e-6)


def test_a_crop_is_central_when_scoring_and_anywhere_in_training():
    images = np.arange(32 * 32).astype(np.uint8).reshape(1, 32, 32, 1).repeat(64, 0)
    given = config(size=32, crop_size=24)
    np.testing.assert_allclose(prepare(images, given, None)[0, 0, 0, 0] * 255, images[0, 4, 4, 0])
    random = prepare(images, given, Noise(1, tf.constant(0))).numpy()
    assert random.shape == (64, 24, 24, 1)
    assert len({one.tobytes() for one in random}) > 20


def test_a_shift_moves_an_image_by_up_to_its_share_in_every_direction():
    image = np.zeros((200, 28, 28, 1), np.uint8)
    image[:, 14, 14] = 255
    moved = prepare(image, config(shift=4 / 28), Noise(1, tf.constant(0))).numpy()[..., 0]
    weights = moved.sum(axis=(1, 2))
    rows = (moved.sum(2) * np.arange(28)).sum(1) / weights
    assert rows.min() > 9.9
    assert rows.max() < 18.1
    assert rows.std() == pytest.approx(4 / np.sqrt(3), rel=0.2)  # uniform over -4 to 4
    np.testing.assert_allclose(weights, 1, atol=0.01)


def test_a_rotation_turns_about_the_middle_of_the_image():
    image = np.zeros((100, 29, 29, 1), np.uint8)
    image[:, 14, 14] = 255
    turned = prepare(image, config(size=29, network="mlp", rotate=90), Noise(1, tf.constant(0))).numpy()
    np.testing.assert_allclose(turned[:, 14, 14, 0], 1, atol=1e-4)


def test_half_of_the_images_are_mirrored():
    image = np.zeros((400, 28, 28, 1), np.uint8)
    image[:, :, :14] = 255
    left = prepare(image, config(flip=True), Noise(1, tf.constant(0))).numpy()[:, 0, 0, 0]
    assert 0.4 < left.mean() < 0.6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crop_size": 40}, "crop_size=40 is larger than size=28"),
        ({"network": "efficientnet-lite0", "size": 100}, "efficientnet-lite0 needs a size that 32 divides"),
        ({"train": "head"}, "belongs to network=efficientnet-lite0"),
        ({"network": "cnn", "size": 30}, "4 divides"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        config(**settings).check()
