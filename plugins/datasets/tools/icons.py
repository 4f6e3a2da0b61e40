"""OpenMoji's icons, outline and colour, at 64 x 64 on white, with what each is called."""

import hashlib
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import sources
from PIL import Image

SIZE = 64
HELD_OUT = 200  # icons of validation and of test, nearly
LARGEST = 12  # related icons that may stand in a held-out split
SAME = 0.9  # share of an outline that lies within another one
PEOPLE = {"1F468", "1F469", "1F9D1", "1F466", "1F467", "1F9D2", "1F474", "1F475", "1F9D3"}
SIGNS = {"200D", "FE0F", "2640", "2642", "27A1"}  # joiner, variation, female, male, facing right
VARIANTS = (  # words that tell related icons apart
    "man woman men women boy girl person people male female red orange yellow green blue purple brown black white grey gray"
    " light dark pink large small medium upwards downwards up down left right upper lower facing with and of the a"
)


def icons(work: Path) -> dict[str, Any]:
    """Without flags (their outlines are empty) and skin tones; groups of related icons (:func:`related`) stay in one split.

    Groups of more than ``LARGEST`` are for training, the others go to the splits in the order of a hash. Inside a split the icons
    are mixed by a hash of each.
    """
    folder = sources.unpacked(sources.OPENMOJI, work) / "package"
    every = json.loads((folder / "data/openmoji.json").read_text())
    kept = [one for one in every if not one["skintone"] and one["group"] != "component" and not _flag(one)]
    kept.sort(key=lambda one: hashlib.sha256(one["hexcode"].encode()).hexdigest())
    outline = np.stack([_drawn(folder / f"black/svg/{one['hexcode']}.svg") for one in kept])[..., :1]  # three equal channels
    groups = related(kept, outline)
    groups.sort(key=lambda group: (len(group) <= LARGEST, hashlib.sha256(kept[group[0]]["hexcode"].encode()).hexdigest()))
    order = [place for group in groups for place in group]
    concepts = {place: kept[group[0]]["annotation"] for group in groups for place in group}
    ends = np.cumsum([len(group) for group in groups])
    test = len(kept) - ends[np.argmin(np.abs(ends - (len(kept) - HELD_OUT)))]
    validation = len(kept) - test - ends[np.argmin(np.abs(ends - (len(kept) - test - HELD_OUT)))]
    bounds = [0, len(kept) - test - validation, len(kept) - test, len(kept)]
    order = [place for start, end in pairwise(bounds) for place in sorted(order[start:end])]  # kept is in the order of a hash
    print(f"icons: {len(groups):,} groups; train {len(kept) - test - validation:,}, validation {validation:,}, test {test:,}")
    kept = [kept[place] for place in order]
    return {
        "outline": outline[order],
        "colour": np.stack([_drawn(folder / f"color/svg/{one['hexcode']}.svg") for one in kept]),
        "caption": [one["annotation"] for one in kept],
        "tags": [one["tags"] for one in kept],
        "theme": [one["group"] for one in kept],
        "concept": [concepts[place] for place in order],
    }


def related(kept: list[dict[str, str]], outline: np.ndarray) -> list[list[int]]:
    """Places of icons in groups of related ones, each in the order of ``kept``, uint8 ``outline`` [n, 64, 64, 1].

    Two icons are related if they have the same code points without people, genders and directions; if their names agree without
    people, colours, sizes and directions; or if each outline lies within the other's, one pixel wider, to 90 %.
    """
    parent = list(range(len(kept)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for key in (_code, _words):
        first: dict[str, int] = {}
        for place, one in enumerate(kept):
            if name := key(one):
                parent[root(place)] = root(first.setdefault(name, place))
    ink = outline[..., 0] < 160
    wider = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    wider = wider[:, 1:-1, 1:-1] | wider[:, :-2, 1:-1] | wider[:, 2:, 1:-1] | wider[:, 1:-1, :-2] | wider[:, 1:-1, 2:]
    flat, area = ink.reshape(len(kept), -1).astype(np.float32), np.maximum(1, ink.sum(axis=(1, 2)))
    inside = flat @ wider.reshape(len(kept), -1).astype(np.float32).T / area[:, None]
    for one, other in zip(*np.where(np.triu(np.minimum(inside, inside.T), 1) > SAME), strict=True):
        parent[root(int(one))] = root(int(other))
    groups: dict[int, list[int]] = {}
    for place in range(len(kept)):
        groups.setdefault(root(place), []).append(place)
    return list(groups.values())


def _code(one: dict[str, str]) -> str:
    return "-".join(point for point in one["hexcode"].split("-") if point not in PEOPLE | SIGNS)


def _words(one: dict[str, str]) -> str:
    if one["annotation"].startswith("regional indicator"):
        return "regional indicator"
    variants = VARIANTS.split()
    words = re.sub(r"[^a-z ]", " ", one["annotation"].lower()).split()
    return " ".join(word for word in words if word not in variants)


def _flag(one: dict[str, str]) -> bool:
    return one["group"] == "flags" or "flag" in one["subgroups"]


def _drawn(path: Path) -> np.ndarray:
    import resvg_py

    png = resvg_py.svg_to_bytes(svg_path=str(path), width=SIZE, height=SIZE, background="#ffffff", skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"))
