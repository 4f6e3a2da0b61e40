"""High-frequency energy: the speckle that generators leave shows in the upper half of the spectrum.

Durall et al. 2020 compare power spectra of real and generated images; here one number is taken from them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError


def high_frequency_share(images: NDArray[Any]) -> float:
    """Share of the images' power that lies above half the Nyquist frequency, images [n, height, width, channels].

    Power of the two-dimensional Fourier transform of each image less its mean, summed over all; a frequency is the length
    of its vector in cycles a pixel, half of Nyquist is 0.25. White noise has about 0.8, a smooth
    image almost 0, a flat one 0.
    """
    if images.ndim != 4 or not len(images):
        raise LabError(f"Images are {list(images.shape)}; expected [n, height, width, channels].")
    height, width = images.shape[1:3]
    high = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)) > 0.25
    power = np.zeros((height, width))
    for start in range(0, len(images), 1000):
        some = np.asarray(images[start : start + 1000], np.float32)
        some = some - some.mean(axis=(1, 2), keepdims=True)
        power += (np.abs(np.fft.fft2(some, axes=(1, 2))) ** 2).sum(axis=(0, 3), dtype=np.float64)
    total = power.sum()
    return float(power[high].sum() / total) if total > 0 else 0.0
