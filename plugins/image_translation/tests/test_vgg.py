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


def test_unknown_layers_are_named():
    with pytest.raises(UsageError, match="conv3_4"):
        vgg.check_layers(["conv3_4"])
