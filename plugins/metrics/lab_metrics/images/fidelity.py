"""How close each image is to the one it should be: mean absolute and squared error, PSNR, SSIM; equal to scikit-image's.

All take images [n, height, width, channels] with values from 0 to 1, and give one number an image.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from lab_core.errors import LabError

WINDOW, SIGMA, K1, K2 = 11, 1.5, 0.01, 0.03  # Wang et al. 2004, section III
Floats = NDArray[Any]


def squared_error(a: Floats, b: Floats) -> Floats:
    """Mean squared difference a pixel [n]."""
    _same(a, b)
    return np.mean((a.astype(np.float64) - b) ** 2, axis=(1, 2, 3))


def mean_absolute_error(a: Floats, b: Floats) -> Floats:
    """L1: mean absolute difference a pixel [n]."""
    _same(a, b)
    return np.mean(np.abs(a.astype(np.float64) - b), axis=(1, 2, 3))


def psnr(a: Floats, b: Floats) -> Floats:
    """Peak signal-to-noise ratio [n] in decibels, ``-10 log10(MSE)``; infinite for equal images."""
    with np.errstate(divide="ignore"):
        return -10.0 * np.log10(squared_error(a, b))


def ssim(a: Floats, b: Floats) -> Floats:
    """Structural similarity [n], 1 for equal images: mean over channels and over all places where the window fits.

    An 11 x 11 Gaussian window of deviation 1.5, K1 = 0.01, K2 = 0.03. Wang et al. 2004, equation 13. Raises LabError for
    images smaller than the window.
    """
    _same(a, b)
    if min(a.shape[1:3]) < WINDOW:
        raise LabError(f"SSIM needs images of {WINDOW} pixels or more; these are {a.shape[1]} x {a.shape[2]}.")
    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x, variance_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    c1, c2 = K1**2, K2**2
    similar = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    similar /= (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return similar.mean(axis=(1, 2, 3))


def _windowed(images: Floats) -> Floats:
    half = WINDOW // 2
    window = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * SIGMA**2))
    window /= window.sum()
    blurred = correlate1d(correlate1d(images, window, axis=1), window, axis=2)
    return blurred[:, half:-half, half:-half]


def _same(a: Floats, b: Floats) -> None:
    if a.shape != b.shape or a.ndim != 4:
        raise LabError(f"Images of {list(a.shape)} and {list(b.shape)} can't be compared; [n, height, width, channels] twice.")
