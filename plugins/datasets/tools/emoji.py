"""The same emoji as three vendors draw them, 64 x 64 on white, in register by code point."""

import hashlib
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import sources
from icons import VARIANTS
from PIL import Image

SIZE = 64
COUNT = 1_000  # drawings of each vendor
HELD_OUT = 100  # of validation and of test, nearly
VENDORS = {"twemoji": sources.TWEMOJI, "noto": sources.NOTO, "fluent": sources.FLUENT}
SKINS = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}


def emoji(work: Path) -> dict[str, Any]:
    """``COUNT`` emoji that all vendors draw, without flags and skin tones, in the order of a hash of the concept.

    A concept (the name without people, genders, colours and directions) stands in one split.
    """
    folders = {vendor: sources.unpacked(source, work) / "package" for vendor, source in VENDORS.items()}
    drawings = {vendor: json.loads((folder / "icons.json").read_text()) for vendor, folder in folders.items()}
    names = {vendor: json.loads((folder / "chars.json").read_text()) for vendor, folder in folders.items()}
    categories = json.loads((folders["twemoji"] / "metadata.json").read_text())["categories"]
    flags = set(categories["Flags"])
    shared = [
        code
        for code in names["twemoji"]
        if all(code in known and known[code] in drawings[vendor]["icons"] for vendor, known in names.items())
        and not SKINS & set(code.split("-"))
        and names["twemoji"][code] not in flags
    ]
    first: dict[str, str] = {}
    for code in sorted(shared, key=lambda code: (len(code), code)):  # several code points may mean one drawing
        first.setdefault(names["twemoji"][code], code)
    order = sorted(first.values(), key=lambda code: _hash(concept_of(names["twemoji"][code])) + _hash(code))[:COUNT]
    concepts = [concept_of(names["twemoji"][code]) for code in order]
    starts = [place for place in range(len(order)) if not place or concepts[place] != concepts[place - 1]]
    bounds = [0, *(min(starts, key=lambda at: abs(at - wanted)) for wanted in (COUNT - 2 * HELD_OUT, COUNT - HELD_OUT)), COUNT]
    print(f"emoji: {len(first):,} shared; train, validation, test {[end - start for start, end in pairwise(bounds)]}")
    columns: dict[str, Any] = {
        vendor: np.stack([drawn(drawings[vendor], names[vendor][code]) for code in order]) for vendor in VENDORS
    }
    return {**columns, "name": [names["twemoji"][code].replace("-", " ") for code in order]}


def concept_of(name: str) -> str:
    variants = VARIANTS.split()
    return " ".join(word for word in name.split("-") if word not in variants) or name


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def drawn(drawings: dict[str, Any], name: str, size: int = SIZE) -> np.ndarray:
    import resvg_py

    one = drawings["icons"][name]
    left, top = one.get("left", 0), one.get("top", 0)
    width, height = (one.get(side, drawings.get(side, 16)) for side in ("width", "height"))
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg = f'<svg {spaces} viewBox="{left} {top} {width} {height}">{one["body"]}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, background="#ffffff", skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB").resize((size, size)))
