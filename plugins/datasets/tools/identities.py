"""Emoji as five vendors draw them, 32 x 32 on white: the identities that metric learning tells apart."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import sources
from emoji import concept_of, drawn

SIZE = 32
VENDORS = {
    "twemoji": sources.TWEMOJI,
    "noto": sources.NOTO,
    "noto-v1": sources.NOTO_V1,
    "fluent": sources.FLUENT,
    "emojione": sources.EMOJIONE,
}
SPLITS = (0.7, 0.85)  # shares of the concepts: training before the first, validation before the second


def identities(work: Path) -> dict[str, Any]:
    """Every emoji that all five vendors draw under one name, without flags and skin tones, five rows each.

    Drawings that are equal in two identities of one vendor are left out. Identities of one concept stand in one split.
    """
    folders = {vendor: sources.unpacked(source, work) / "package" for vendor, source in VENDORS.items()}
    drawings = {vendor: json.loads((folder / "icons.json").read_text()) for vendor, folder in folders.items()}
    categories = json.loads((folders["twemoji"] / "metadata.json").read_text())["categories"]
    flags = set(categories["Flags"])
    tones = ("-tone", "-skin-tone")
    names = [
        name
        for name in sorted(drawings["twemoji"]["icons"])
        if name not in flags
        and not name.startswith("flag-")
        and not any(tone in name for tone in tones)
        and all(name in one["icons"] for one in drawings.values())
    ]
    pictures = {name: np.stack([drawn(drawings[vendor], name, SIZE) for vendor in VENDORS]) for name in names}
    seen: set[bytes] = set()
    kept: list[str] = []
    for name in sorted(names, key=lambda name: (len(name), name)):
        looks = [picture.tobytes() for picture in pictures[name]]
        if not seen & set(looks) and len(set(looks)) == len(looks):
            seen |= set(looks)
            kept.append(name)
    order = sorted(kept, key=lambda name: _hash(concept_of(name)) + _hash(name))
    places = [int(_hash(concept_of(name))[:8], 16) / 2**32 for name in order]
    ends = [5 * sum(place < share for place in places) for share in (*SPLITS, 1.0)]
    print(f"emoji-identities: {len(names):,} names, {len(order):,} kept; rows up to {ends}")
    return {
        "image": np.concatenate([pictures[name] for name in order]),
        "label": np.repeat(np.arange(len(order), dtype=np.uint16), len(VENDORS)),
        "name": [name.replace("-", " ") for name in order for _ in VENDORS],
        "vendor": list(VENDORS) * len(order),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
