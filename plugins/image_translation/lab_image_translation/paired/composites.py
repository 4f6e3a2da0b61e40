"""Icons pasted on photographs, whose masks are known exactly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_image_translation.sources import cut

Pixels = NDArray[np.uint8]
SEED = 20_261_129


def icon_mask(icon: Pixels) -> NDArray[np.bool_]:
    """True on the icon, of a picture uint8 [h, w, 3] on white: all that no path of white pixels joins to the border."""
    from scipy.ndimage import label

    areas: NDArray[np.integer[Any]]
    areas, _ = label(np.all(icon >= 250, axis=-1))  # pyright: ignore[reportGeneralTypeIssues]
    border = np.unique(np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]]))
    return ~np.isin(areas, border[border > 0])


def composites(data: str, split: str) -> list[tuple[Pixels, Pixels]]:
    """Icons of a split on squares of the photographs of the same split: (picture, mask 0 or 255 as [h, w, 1])."""
    from lab_datasets.loading import load_columns

    icons = np.asarray(load_columns(data, split, kind="image pairs")["target"])
    side = icons.shape[1]
    photos = [np.asarray(one) for one in load_columns("photos", split, kind="images", fit=False)["image"]]
    grounds = cut(photos, side)
    order = np.random.default_rng([SEED, len(icons)]).integers(0, len(grounds), len(icons))
    found: list[tuple[Pixels, Pixels]] = []
    for icon, place in zip(icons, order, strict=True):
        mask = icon_mask(icon)[..., None]
        found.append((np.where(mask, icon, grounds[place]), np.where(mask, np.uint8(255), np.uint8(0))))
    return found
