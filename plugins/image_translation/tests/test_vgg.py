"""VGG16's features: the network that the weights belong to."""

import numpy as np
import pytest
import tensorflow as tf
from lab_image_translation import vgg

from lab_core.errors import UsageError


def test_first_layer_by_hand():
    """A flat image of the mean colour is zero inside, so conv1_1 gives the rectified bias."""
    image = tf.reshape(tf.constant(vgg.MEAN[::-1]), (1, 1, 1, 3)) * tf.ones((1, 8, 8, 1))
    found = vgg.features(image, ["conv1_1"])["conv1_1"].numpy()[0, 4, 4]
    assert found == pytest.approx(np.maximum(vgg.arrays()["conv1_1"][1], 0), abs=1e-3)


def test_feature_distance_orders_what_people_order():
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (1, 8, 8, 3)).repeat(8, 1).repeat(8, 2).astype(np.float32)
    noisy = np.clip(blocks + rng.normal(0, 20, blocks.shape), 0, 255).astype(np.float32)
    other = rng.integers(0, 256, (1, 8, 8, 3)).repeat(8, 1).repeat(8, 2).astype(np.float32)
    same, near, far = (float(vgg.feature_distance(blocks, b)[0]) for b in (blocks, noisy, other))
    assert same == 0
    assert 0 < near < far


def test_unknown_layers_are_named():
    with pytest.raises(UsageError, match="conv3_4"):
        vgg.check_layers(["conv3_4"])
