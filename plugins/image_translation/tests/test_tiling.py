"""Any size in, the same size out, whatever the network needs."""

import numpy as np
import pytest
from lab_image_translation.tiling import apply_images, padded


def image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


class Recorded:
    """A network that gives its input back, enlarged by repetition, and notes what it was given."""

    def __init__(self, scale=1):
        self.scale, self.shapes = scale, []

    def __call__(self, images):
        self.shapes.append(images.shape)
        return images.repeat(self.scale, 1).repeat(self.scale, 2)


def test_an_image_that_fits_no_multiple_is_extended_and_cropped_back():
    network, one = Recorded(), image(5, 7)
    (found,) = apply_images(network, [one], multiple=8)
    assert network.shapes == [(1, 8, 8, 3)]
    assert np.array_equal(found, one)


def test_an_image_below_the_least_size_is_extended_and_cropped_back():
    network, one = Recorded(2), image(1, 3)
    (found,) = apply_images(network, [one], multiple=4, least=8, scale=2)
    assert network.shapes == [(1, 8, 8, 3)]
    assert np.array_equal(found, one.repeat(2, 0).repeat(2, 1))


def test_padding_reflects_and_reflects_again():
    row = np.array([1, 2, 3], np.uint8).reshape(1, 1, 3, 1)
    assert padded(row, 8)[0, 0, :, 0].tolist() == [1, 2, 3, 3, 2, 1, 1, 2]


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize(("height", "width"), [(70, 100), (300, 65), (64, 64), (65, 64), (200, 201)])
def test_tiles_of_an_identity_are_the_image(height, width, scale):
    network, one = Recorded(scale), image(height, width)
    (found,) = apply_images(network, [one], multiple=4, scale=scale, tile=64)
    assert np.array_equal(found, one.repeat(scale, 0).repeat(scale, 1))
    assert all(max(shape[1:3]) <= 64 and shape[1] % 4 == shape[2] % 4 == 0 for shape in network.shapes)


def test_tiles_are_blended_without_a_seam():
    """Tiles whose network adds their number differ by a step; blended, neighbouring pixels never do."""
    count = iter(range(100))
    (found,) = apply_images(
        lambda tile: np.full_like(tile, 40 * next(count)), [np.zeros((64, 200, 1), np.uint8)], multiple=4, tile=64
    )
    steps = np.abs(np.diff(found[0, :, 0].astype(int)))
    assert found[0, 0, 0] == 0
    assert found[0, -1, 0] >= 120
    assert steps.max() <= 3


def test_images_of_one_size_go_together_and_come_out_in_order():
    network = Recorded()
    given = [image(8, 8, seed) for seed in range(5)] + [image(16, 8, 9)]
    found = list(apply_images(network, iter(given), multiple=8, batch=4))
    assert [shape[0] for shape in network.shapes] == [4, 1, 1]
    assert all(np.array_equal(a, b) for a, b in zip(found, given, strict=True))
