"""What needs no network: sliced Wasserstein, patches, spectrum, fidelity, memorisation, CAS. By hand or by another library."""

import numpy as np
import pytest
from lab_datasets import load
from lab_metrics.images.cas import classification_accuracy
from lab_metrics.images.fidelity import psnr, squared_error, ssim
from lab_metrics.images.memorisation import Nearest, memorisation, nearest
from lab_metrics.images.patches import enlarged, patch_distances, pyramid
from lab_metrics.images.spectrum import high_frequency_share
from lab_metrics.images.wasserstein import sliced_wasserstein
from scipy.stats import wasserstein_distance

from lab_core.errors import LabError


def test_one_dimension_is_scipys_wasserstein_distance() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((50, 1)), rng.standard_normal((50, 1)) * 2 + 1
    assert sliced_wasserstein(a, b, projections=8) == pytest.approx(wasserstein_distance(a[:, 0], b[:, 0]), rel=1e-5)


def test_a_shift_costs_its_mean_length_along_the_directions() -> None:
    """In two dimensions the mean of |cos| is 2 / pi."""
    a = np.random.default_rng(0).standard_normal((100, 2))
    found = sliced_wasserstein(a, a + np.array([3.0, 0.0]), projections=4096)
    assert found == pytest.approx(3 * 2 / np.pi, rel=0.02)


def test_the_larger_set_is_thinned_and_the_seed_decides() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((300, 5)), rng.standard_normal((100, 5))
    assert sliced_wasserstein(a, b, seed=1) == sliced_wasserstein(a, b, seed=1)
    assert sliced_wasserstein(a, b, seed=1) != sliced_wasserstein(a, b, seed=2)
    with pytest.raises(LabError, match="both sets"):
        sliced_wasserstein(a[:0], b)


def test_a_pyramid_adds_up_to_the_images() -> None:
    images = np.random.default_rng(0).random((3, 64, 64, 3)).astype(np.float32)
    bands = pyramid(images)
    assert [band.shape[1] for band in bands] == [64, 32, 16]
    whole = bands[-1]
    for band in bands[-2::-1]:
        whole = band + enlarged(whole)
    assert whole == pytest.approx(images, abs=1e-5)
    assert [band.shape[1] for band in pyramid(images[:, :28, :28])] == [28, 14]


def test_patches_see_detail_in_the_fine_band_and_brightness_in_the_coarse_one() -> None:
    real = load("icons", "train").colour[:200].astype(np.float32) / 255
    speckled = np.clip(real + np.random.default_rng(0).normal(0, 0.1, real.shape), 0, 1).astype(np.float32)
    dark = real - 0.1
    floor = patch_distances(real[:100], real[100:], projections=64)
    noise, shade = patch_distances(real, speckled, projections=64), patch_distances(real, dark, projections=64)
    assert noise[64] > 2 * noise[16]
    assert noise[64] > 2 * floor[64]
    assert shade[16] > 2 * floor[16]
    assert shade[64] < 0.01 * shade[16]
    assert patch_distances(real, real, projections=8) == {64: 0.0, 32: 0.0, 16: 0.0}


def test_a_wave_is_all_low_or_all_high() -> None:
    place = np.arange(32)
    for cycles, share in ((2, 0.0), (7, 0.0), (9, 1.0), (15, 1.0)):  # of 32 pixels: half of Nyquist is 8
        wave = np.cos(2 * np.pi * cycles * place / 32)
        image = np.broadcast_to(wave, (1, 32, 32))[..., None] + 5
        assert high_frequency_share(image) == pytest.approx(share, abs=1e-6)


def test_white_noise_has_the_area_outside_the_circle() -> None:
    noise = np.random.default_rng(0).random((50, 64, 64, 1))
    assert high_frequency_share(noise) == pytest.approx(1 - np.pi / 16, abs=0.01)  # circle of radius 1/4 in a square of side 1
    assert high_frequency_share(np.ones((2, 16, 16, 3))) == 0.0


def test_error_and_psnr_by_hand() -> None:
    a, b = np.zeros((2, 2, 2, 1)), np.zeros((2, 2, 2, 1))
    b[0, 0, 0, 0] = 0.2
    assert squared_error(a, b) == pytest.approx([0.01, 0.0])
    assert psnr(a, b) == pytest.approx([20.0, np.inf])
    with pytest.raises(LabError, match="can't be compared"):
        squared_error(a, b[:1])


def test_psnr_and_ssim_agree_with_tensorflow() -> None:
    import tensorflow as tf

    rng = np.random.default_rng(0)
    real = load("icons", "validation").colour[:4].astype(np.float32) / 255
    spoilt = np.clip(real + rng.normal(0, 0.1, real.shape), 0, 1).astype(np.float32)
    assert ssim(real, spoilt) == pytest.approx(tf.image.ssim(real, spoilt, 1.0).numpy(), abs=1e-4)
    assert psnr(real, spoilt) == pytest.approx(tf.image.psnr(real, spoilt, 1.0).numpy(), abs=1e-3)
    assert ssim(real, real) == pytest.approx(np.ones(4))
    with pytest.raises(LabError, match="11 pixels"):
        ssim(real[:, :8, :8], real[:, :8, :8])


def test_the_nearest_image_is_found_and_a_copy_is_at_distance_zero() -> None:
    train = np.array([[0.0, 0.0], [3.0, 4.0], [10.0, 0.0]]).reshape(3, 1, 2, 1)
    found = nearest(np.array([[3.0, 4.0], [0.0, 1.0]]).reshape(2, 1, 2, 1), train)
    assert found.distance.tolist() == [0.0, 1.0]
    assert found.place.tolist() == [1, 0]
    alone = nearest(train, train, skip_equal_place=True)
    assert alone.distance == pytest.approx([5.0, 5.0, 65**0.5])
    assert alone.place.tolist() == [1, 0, 1]


def test_copies_are_told_within_their_class() -> None:
    """Class 0 lies close together: its samples at distance 1 are honest. Class 1 lies apart: at distance 1 they are copies."""
    labels = np.array([0, 1])
    spread = np.linspace(0.9, 1.1, 200)
    held_out = Nearest(np.concatenate([spread, 10 * spread]), np.repeat([0, 1], 200))
    honest = Nearest(np.array([1.0, 10.0]), np.array([0, 1]))
    copied = Nearest(np.array([1.0, 1.0]), np.array([0, 1]))
    assert memorisation(honest, held_out, labels).near_copies == 0.0
    found = memorisation(copied, held_out, labels)
    assert found.near_copies == 0.5
    assert found.memorised
    assert memorisation(copied, held_out).near_copies == 0.0  # without classes they can't be told


def test_duplicates_among_the_held_out_images_leave_copies_visible() -> None:
    usual = np.linspace(0.9, 1.1, 198)
    held_out = Nearest(np.concatenate([usual, [0.0, 0.001]]), np.arange(200))
    copies = Nearest(np.array([0.3, 0.3, 1.0, 1.0]), np.arange(4))
    found = memorisation(copies, held_out)
    assert found.near_copies == 0.5
    assert found.memorised


def test_held_out_images_themselves_are_a_hundredth_copies() -> None:
    rng = np.random.default_rng(0)
    held_out = Nearest(0.1 + rng.random(4000), rng.integers(0, 10, 4000))
    found = memorisation(held_out, held_out, np.arange(10) % 2)
    assert found.near_copies == pytest.approx(0.01, abs=0.002)
    assert found.distance_ratio == 1.0
    assert not found.memorised


def test_real_digits_teach_digits_and_wrong_labels_do_not() -> None:
    images, labels = (np.asarray(column) for column in load("mnist", "train"))
    tests, answers = (np.asarray(column)[:1000] for column in load("mnist", "test"))
    pixels, seen = images[:2000] / np.float32(255), tests / np.float32(255)
    right = classification_accuracy(pixels, labels[:2000], seen, answers, features=600)
    assert right > 0.8
    one_each = np.stack([pixels[labels[:2000] == digit].mean(axis=0) for digit in range(10)]).repeat(200, axis=0)
    narrow = classification_accuracy(one_each, np.arange(10).repeat(200), seen, answers, features=600)
    assert narrow < right - 0.1
    shuffled = np.random.default_rng(0).permutation(labels[:2000])
    assert classification_accuracy(pixels, shuffled, seen, answers, features=600) < 0.25
    with pytest.raises(LabError, match="one class"):
        classification_accuracy(pixels, np.zeros(2000), seen, answers)
