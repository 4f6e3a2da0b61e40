"""What training and scores do to clean pictures."""

import numpy as np
import pytest
from lab_image_translation import degradations as d


def test_shrinking_and_enlarging_keep_a_flat_colour():
    flat = np.full((12, 18, 3), 77, np.uint8)
    assert np.array_equal(d.shrink(flat, 3), np.full((4, 6, 3), 77))
    assert np.array_equal(d.enlarge(flat, 2), np.full((24, 36, 3), 77))


def test_shrinking_is_antialiased():
    """A one-pixel chequerboard becomes grey; picking pixels would keep black or white."""
    board = ((np.indices((16, 16)).sum(0) % 2) * 255).astype(np.uint8)[..., None]
    assert np.abs(d.shrink(board, 2)[2:-2, 2:-2].astype(int) - 127).max() <= 2


def test_noise_has_its_deviation_and_its_seed():
    flat = np.full((100, 100, 1), 128, np.uint8)
    one = d.add_noise(flat, 25, 3)
    assert np.array_equal(one, d.add_noise(flat, 25, 3))
    assert not np.array_equal(one, d.add_noise(flat, 25, 4))
    assert one.astype(float).std() == pytest.approx(25, rel=0.03)


def test_the_hole_is_central_and_white():
    mask = d.square_hole(10, 20, 0.4)
    assert mask.sum() == 16
    assert mask[3:7, 8:12].all()
    assert d.blank(np.zeros((10, 20, 3), np.uint8), mask)[3, 8].tolist() == [255] * 3


def test_luma_has_the_weights_of_rec_601():
    assert d.luma(np.array([[[255, 0, 0]], [[0, 255, 0]]], np.uint8)).ravel().tolist() == pytest.approx([76.245, 149.685])


def test_lab_splits_and_joins():
    """White, black and red: L and ab of red are those of the CIE tables (53.24, 80.09, 67.20)."""
    picture = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0], [90, 160, 30]]], np.uint8)
    lightness, ab = d.split_lab(picture)
    assert lightness.ravel()[:3].tolist() == [255, 0, round(53.24 * 2.55)]
    assert ab[0, 2].tolist() == [80, 67]
    assert np.abs(d.join_lab(lightness, ab.astype(np.float32)).astype(int) - picture).max() <= 4
    assert d.chroma(picture)[0, :2] == pytest.approx([0, 0], abs=0.01)
