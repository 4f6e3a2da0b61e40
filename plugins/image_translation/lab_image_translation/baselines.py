"""What a method has to beat: models that learn nothing."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_image_translation.baseline_config import BaselineConfig

Pixels = NDArray[np.uint8]
FILE = "baseline.json"


class Baseline(Model, Apply):
    """Stored as its config alone."""

    consumes = Kind.IMAGE
    produces = Kind.IMAGE
    options: ClassVar[type[Config]] = Config
    config_type: ClassVar[type[Config]] = BaselineConfig

    def __init__(self, config: Any) -> None:
        self.config = config

    @classmethod
    def ready(cls, config: Any, *, device: str) -> Self:
        return cls(config)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(to_dict(self.config), indent=1))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            return cls(from_dict(cls.config_type, json.loads((folder / FILE).read_text())))
        except (OSError, ValueError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from error

    def apply(self, items: Iterable[Pixels], options: Config) -> Iterator[Pixels]:
        for item in items:
            yield self.result(np.asarray(item))

    def result(self, image: Pixels) -> Pixels:
        """The result for one image."""
        raise NotImplementedError


class Identity(Baseline):
    """The image as it is."""

    def result(self, image: Pixels) -> Pixels:
        return image


class White(Baseline):
    """White everywhere: what SSIM gives for the background alone."""

    def result(self, image: Pixels) -> Pixels:
        return np.full((*image.shape[:2], 3), 255, np.uint8)


class Bicubic(Baseline):
    """Bicubic enlargement."""

    def result(self, image: Pixels) -> Pixels:
        from lab_image_translation.degradations import enlarge

        return enlarge(image, self.config.scale)


class Lanczos(Baseline):
    """Lanczos enlargement, three lobes."""

    def result(self, image: Pixels) -> Pixels:
        from PIL import Image

        size = (image.shape[1] * self.config.scale, image.shape[0] * self.config.scale)
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        return np.asarray(picture.resize(size, Image.Resampling.LANCZOS)).reshape(size[1], size[0], -1)


class Grey(Baseline):
    """The image without its colours."""

    def result(self, image: Pixels) -> Pixels:
        from lab_image_translation.degradations import join_lab, split_lab
        from lab_image_translation.paired.problem import with_channels

        if image.shape[2] == 1:
            return with_channels(image, 3)
        lightness, ab = split_lab(image)
        return join_lab(lightness, np.zeros(ab.shape))


class ToneCurve(Baseline):
    """The median colour of each lightness in the training images (:mod:`lab_image_translation.paired.tones`)."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        from lab_image_translation.held_out import CROP
        from lab_image_translation.paired.tones import fit_split

        curve, self.saturation = fit_split(config, CROP)
        self.curve = self.saturation * curve

    def result(self, image: Pixels) -> Pixels:
        from lab_image_translation.degradations import join_lab, split_lab
        from lab_image_translation.paired.problem import with_channels

        lightness, _ = split_lab(with_channels(image, 3))
        return join_lab(lightness, self.curve[lightness[..., 0]])


class NonLocalMeans(Baseline):
    """Non-local means (Buades et al. 2005), given the noise's deviation."""

    def result(self, image: Pixels) -> Pixels:
        from skimage.restoration import denoise_nl_means

        deviation = self.config.noise / 255
        found = denoise_nl_means(
            image / 255, h=0.8 * deviation, sigma=deviation, patch_size=5, patch_distance=6, fast_mode=True, channel_axis=-1
        )
        return np.clip(np.round(found * 255), 0, 255).astype(np.uint8)


class HoleBaseline(Baseline):
    """What fills purely white pixels from their surroundings."""

    def result(self, image: Pixels) -> Pixels:
        mask = np.all(image == 255, axis=-1)
        return self.filled(image, mask) if mask.any() and not mask.all() else image

    def filled(self, image: Pixels, mask: NDArray[np.bool_]) -> Pixels:
        raise NotImplementedError


class MeanFill(HoleBaseline):
    """The mean colour of the rest of the image."""

    def filled(self, image: Pixels, mask: NDArray[np.bool_]) -> Pixels:
        return np.where(mask[..., None], np.round(image[~mask].mean(0)).astype(np.uint8), image)


class SmoothFill(HoleBaseline):
    """The smoothest surface through the hole's edge: Laplace's equation, solved directly for each channel."""

    def filled(self, image: Pixels, mask: NDArray[np.bool_]) -> Pixels:
        from scipy.sparse import coo_matrix
        from scipy.sparse.linalg import spsolve

        places = np.argwhere(mask)
        number = np.full(mask.shape, -1)
        number[mask] = np.arange(len(places))
        rows: list[int] = []
        columns: list[int] = []
        entries: list[float] = []
        right = np.zeros((len(places), image.shape[2]))
        for index, (y, x) in enumerate(places):
            around = [(y + dy, x + dx) for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))]
            around = [(v, u) for v, u in around if 0 <= v < mask.shape[0] and 0 <= u < mask.shape[1]]
            rows, columns, entries = [*rows, index], [*columns, index], [*entries, float(len(around))]
            for v, u in around:
                if mask[v, u]:
                    rows, columns, entries = [*rows, index], [*columns, int(number[v, u])], [*entries, -1.0]
                else:
                    right[index] += image[v, u]
        matrix = coo_matrix((entries, (rows, columns)), shape=(len(places),) * 2).tocsc()
        found = image.copy()
        found[mask] = np.clip(np.round(np.asarray(spsolve(matrix, right)).reshape(len(places), -1)), 0, 255)
        return found


class NearestPair(Baseline):
    """The partner of the training input that looks most like the image: least squared difference, at the set's size."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        from lab_image_translation.paired.config import PairsConfig
        from lab_image_translation.sources import load_pairs

        own = PairsConfig(data=config.data, size=config.size, direction=config.direction)
        self._inputs, self._targets = load_pairs(own, "train")
        flat = self._inputs.reshape(len(self._inputs), -1).astype(np.float32)
        self._flat, self._squares = flat, np.sum(flat**2, axis=1)

    def result(self, image: Pixels) -> Pixels:
        from lab_image_translation.paired.problem import with_channels

        size = self._inputs.shape[1:3]
        if image.shape[:2] != size:
            raise LabError(f"The nearest pair is looked for at {size[1]} x {size[0]} pixels; the image has others.")
        one = with_channels(image, self._inputs.shape[3]).reshape(-1).astype(np.float32)
        return self._targets[int(np.argmin(self._squares - 2 * self._flat @ one))]


class ColourStatistics(Baseline):
    """Each LAB channel moved to the mean and deviation of the training targets' (Reinhard et al. 2001)."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        from lab_image_translation.paired.config import PairsConfig
        from lab_image_translation.sources import load_pairs

        own = PairsConfig(data=config.data, size=config.size, direction=config.direction)
        self._given, self._wanted = (statistics(part[:500]) for part in load_pairs(own, "train"))

    def result(self, image: Pixels) -> Pixels:
        return moved(image, self._given, self._wanted)


Statistics = tuple[NDArray[np.float64], NDArray[np.float64]]


def statistics(images: Iterable[Pixels]) -> Statistics:
    """Mean and deviation of each LAB channel over all pixels of images of one size."""
    from skimage.color import rgb2lab

    from lab_image_translation.paired.problem import with_channels

    side = rgb2lab(np.stack([with_channels(one, 3) for one in images]))
    return side.mean((0, 1, 2)), side.std((0, 1, 2)) + 1e-6


def moved(image: Pixels, given: Statistics, wanted: Statistics) -> Pixels:
    """The image with its LAB channels moved from one mean and deviation to another."""
    import warnings

    from skimage.color import lab2rgb, rgb2lab

    from lab_image_translation.paired.problem import with_channels

    lab = (rgb2lab(with_channels(image, 3)) - given[0]) / given[1] * wanted[1] + wanted[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return np.round(lab2rgb(lab) * 255).astype(np.uint8)
