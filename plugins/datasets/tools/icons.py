"""OpenMoji's icons, outline and colour, at 64 x 64 on white, with what each is called."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import sources
from PIL import Image

SIZE = 64


def icons(work: Path) -> dict[str, Any]:
    """Without flags (their outlines are empty) and skin tones; in the order of a hash, so that splits are mixed."""
    folder = sources.unpacked(sources.OPENMOJI, work) / "package"
    every = json.loads((folder / "data/openmoji.json").read_text())
    kept = [one for one in every if not one["skintone"] and one["group"] != "component" and not _flag(one)]
    kept.sort(key=lambda one: hashlib.sha256(one["hexcode"].encode()).hexdigest())
    outline = np.stack([_drawn(folder / f"black/svg/{one['hexcode']}.svg") for one in kept])
    return {
        "outline": outline[..., :1],  # black on white: three equal channels
        "colour": np.stack([_drawn(folder / f"color/svg/{one['hexcode']}.svg") for one in kept]),
        "caption": [one["annotation"] for one in kept],
        "tags": [one["tags"] for one in kept],
        "group": [one["group"] for one in kept],
    }


def _flag(one: dict[str, str]) -> bool:
    return one["group"] == "flags" or "flag" in one["subgroups"]


def _drawn(path: Path) -> np.ndarray:
    import resvg_py

    png = resvg_py.svg_to_bytes(svg_path=str(path), width=SIZE, height=SIZE, background="#ffffff", skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"))
