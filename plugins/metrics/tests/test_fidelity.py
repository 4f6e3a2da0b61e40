"""Images against their targets: views and fidelity against scikit-image, the perceptual distance."""

from typing import Any

import numpy as np
import pytest
from lab_datasets import load
from lab_metrics.images.fidelity import mean_absolute_error, psnr, ssim
from lab_metrics.images.perceptual import perceptual_distance
from lab_metrics.images.views import View, viewed
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from lab_core.errors import LabError


def images() -> tuple[Any, Any]:
    """Icons and the same with noise, uint8 [4, 64, 64, 3]."""
    clean = np.asarray(load("icons", "test").colour[:4])
    noise = np.random.default_rng(0).normal(0, 20, clean.shape)
    return clean, np.clip(clean + noise, 0, 255).astype(np.uint8)


def test_fidelity_is_scikit_images_in_every_view() -> None:
    clean, noisy = images()
    for view in (View(), View(crop=4), View(colour="y", crop=2), View(colour="y", rounded=True)):
        a, b = viewed(noisy, view), viewed(clean, view)
        for place in range(len(a)):
            assert psnr(a, b)[place] == pytest.approx(peak_signal_noise_ratio(b[place], a[place], data_range=1.0))
            similar: Any = structural_similarity(
                b[place],
                a[place],
                data_range=1.0,
                channel_axis=-1,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
            assert ssim(a, b)[place] == pytest.approx(float(similar))
            assert mean_absolute_error(a, b)[place] == pytest.approx(float(np.abs(a - b)[place].mean()))


def test_colour_spaces_are_scikit_images() -> None:
    clean, _ = images()
    expected = rgb2ycbcr(clean)
    assert viewed(clean, View(colour="y"))[..., 0] * 255 == pytest.approx(expected[..., 0])
    assert viewed(clean, View(colour="cbcr")) * 255 == pytest.approx(expected[..., 1:])
    rounded = viewed(clean, View(colour="y", rounded=True)) * 255
    assert rounded == pytest.approx(np.round(rounded))
    white = np.full((1, 4, 4, 1), 255, np.uint8)
    assert viewed(white, View(colour="y")) * 255 == pytest.approx(np.full((1, 4, 4, 1), 235.0))
    with pytest.raises(LabError, match="leaves nothing"):
        viewed(white, View(crop=2))


def test_the_perceptual_distance_grows_with_noise_and_sees_blur() -> None:
    clean, noisy = images()
    grey = np.repeat(np.full_like(clean[..., :1], 128), 3, axis=3)
    same, near, far = (perceptual_distance(side, clean) for side in (clean, noisy, grey))
    assert same == pytest.approx(np.zeros(4), abs=1e-5)
    assert (near > 0.05).all()
    assert (far > near).all()
    assert perceptual_distance(noisy[:1], clean[:1])[0] == pytest.approx(near[0], rel=1e-4)  # however the batch is filled
    with pytest.raises(LabError, match="16 pixels"):
        perceptual_distance(clean[:, :8], clean[:, :8])
