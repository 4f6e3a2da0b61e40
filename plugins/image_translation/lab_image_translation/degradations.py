"""What is done to a clean picture to make a restoration's input. Pure NumPy and Pillow; used by training and by scores alike."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601


def shrink(image: Pixels, factor: int) -> Pixels:
    """uint8 [h, w, c] to [h / factor, w / factor, c]: bicubic (a = -0.5) with antialiasing, rounded to bytes (Pillow).

    ``h`` and ``w`` are multiples of ``factor``.
    """
    return _resized(image, image.shape[1] // factor, image.shape[0] // factor)


def enlarge(image: Pixels, factor: int) -> Pixels:
    """uint8 [h, w, c] to [h * factor, w * factor, c]: bicubic (a = -0.5), rounded to bytes (Pillow)."""
    return _resized(image, image.shape[1] * factor, image.shape[0] * factor)


def add_noise(image: Pixels, deviation: float, seed: int) -> Pixels:
    """Gaussian noise of ``deviation`` grey levels of 255, clipped and rounded; the same seed, the same noise."""
    noise = np.random.default_rng(seed).standard_normal(image.shape) * deviation
    return np.clip(np.round(image + noise), 0, 255).astype(np.uint8)


def square_hole(height: int, width: int, share: float) -> NDArray[np.bool_]:
    """True inside a central square whose side is ``share`` of the shorter side: the source's blank."""
    side = round(min(height, width) * share)
    top, left = (height - side) // 2, (width - side) // 2
    mask = np.zeros((height, width), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def blank(image: Pixels, mask: NDArray[np.bool_]) -> Pixels:
    """The image, white where ``mask`` is true."""
    return np.where(mask[..., None], np.uint8(255), image)


def luma(images: Pixels) -> NDArray[np.float64]:
    """Y of Rec. 601 from 0 to 255 as float64 [..., h, w, 1], not rounded; grey images pass as their own Y."""
    return images.astype(np.float64) if images.shape[-1] == 1 else (images @ _LUMA)[..., None]


def equally_light_grey(images: Pixels) -> Pixels:
    """The grey levels of sRGB that have the lightness L of CIE LAB (D65) of the images, rounded, uint8 [..., h, w, 1]."""
    lightness, ab = split_lab(images)
    return join_lab(lightness, np.zeros(ab.shape))[..., :1]


def split_lab(images: Pixels) -> tuple[Pixels, NDArray[np.int8]]:
    """L as uint8 [..., 1] (255 for L = 100) and ab as int8 [..., 2], rounded, of sRGB images uint8 [..., 3]."""
    from skimage.color import rgb2lab

    lab = rgb2lab(images)
    lightness = np.round(lab[..., :1] * 2.55).clip(0, 255).astype(np.uint8)
    return lightness, np.round(lab[..., 1:]).clip(-128, 127).astype(np.int8)


def join_lab(lightness: Pixels, ab: NDArray[np.floating]) -> Pixels:
    """sRGB uint8 [..., 3] from L uint8 [..., 1] and ab [..., 2]; colours outside sRGB are clipped."""
    import warnings

    from skimage.color import lab2rgb

    lab = np.concatenate([lightness.astype(np.float64) / 2.55, ab], axis=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # counts the colours that it clips
        return np.round(lab2rgb(lab) * 255).astype(np.uint8)


def chroma(images: Pixels) -> NDArray[np.float64]:
    """Distance from grey in the ab plane [..., h, w] of sRGB images."""
    from skimage.color import rgb2lab

    return np.linalg.norm(rgb2lab(images)[..., 1:], axis=-1)


def _resized(image: Pixels, width: int, height: int) -> Pixels:
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC)).reshape(height, width, image.shape[2])
