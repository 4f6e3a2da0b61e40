"""Images with boxes: COCO JSON, Pascal VOC (an XML file an image), or a table of file, x0, y0, x1, y1, class.

Boxes are x0, y0, x1, y1 in pixels from the upper left corner of the image, x1 and y1 exclusive. VOC counts pixels from 1 and
includes the last one: its xmin and ymin lose 1. Where the folder holds ``classes.txt`` (a name a line), these classes alone are
allowed.
"""

import math
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab_core.data import Examination
from lab_core.errors import LabError, word
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.decode import Picture, decoded, header
from lab_datasets.own import box_files, pictured
from lab_datasets.own.decoder import report
from lab_datasets.splits import SPLITS, parts_of

KINDS = ("boxes",)
_EDGE = 1.0  # pixels by which a box may stick out; it is then cut
_MOST_BAD = 0.5  # share of bad boxes above which the file itself is wrong


class Boxed(NamedTuple):
    """An image with its boxes float32 [k, 4], the name of each one's class, and the split that its file names."""

    image: Path
    boxes: NDArray[np.float32]
    names: list[str]
    split: str | None


class Collected(NamedTuple):
    items: list[Boxed]
    classes: tuple[str, ...]
    problems: dict[str, str]
    bad: int


def recognise(path: Path) -> str | None:
    return box_files.form_of(path)


def collect(path: Path) -> Collected:
    """Every image with its good boxes, in the order of the paths; bad boxes, missing and broken images by name."""
    entries, allowed, problems = box_files.entries(path)
    folder = pictured.image_folder(path)
    images = pictured.Images(folder)
    pictures: dict[Path, Picture] = {}
    good: dict[Path, tuple[list[tuple[float, ...]], list[str], str | None]] = {}
    bad = 0
    for entry in entries:
        image = images.find(entry.image)
        if image is None:
            problems[f"{entry.where}: {entry.image}"] = "no such image"
            continue
        if image not in pictures:
            pictures[image] = header(image)
            if pictures[image].problem:
                problems[str(image.relative_to(folder))] = pictures[image].problem
        if pictures[image].problem:
            continue
        boxes, names, _ = good.setdefault(image, ([], [], entry.split))
        if entry.box is None:
            continue
        why = wrong(entry.box, entry.name, pictures[image].width, pictures[image].height, allowed)
        if why:
            bad += 1
            problems[f"{entry.where}: {entry.image}"] = why
            continue
        width, height = pictures[image].width, pictures[image].height
        boxes.append((max(0.0, entry.box[0]), max(0.0, entry.box[1]), min(width, entry.box[2]), min(height, entry.box[3])))
        names.append(entry.name)
    items = [
        Boxed(image, np.array(boxes, np.float32).reshape(-1, 4), names, split)
        for image, (boxes, names, split) in sorted(good.items())
    ]
    classes = allowed or tuple(sorted({name for item in items for name in item.names}))
    return Collected(items, classes, problems, bad)


def wrong(box: tuple[float, float, float, float], name: str, width: int, height: int, allowed: tuple[str, ...]) -> str:
    """What is wrong with a box, "" if nothing is."""
    x0, y0, x1, y1 = box
    if not all(map(math.isfinite, box)):
        return f"box {_text(box)} is not finite"
    if x0 >= x1 or y0 >= y1:
        side = "x0 >= x1" if x0 >= x1 else "y0 >= y1"
        return f"box {_text(box)} is empty: {side}"
    if x0 < -_EDGE or y0 < -_EDGE or x1 > width + _EDGE or y1 > height + _EDGE:
        return f"box {_text(box)} lies outside the image of {width} x {height}"
    if not name:
        return f"box {_text(box)} has no class"
    if allowed and name not in allowed:
        return f"unknown class {name!r}"
    return ""


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """image, boxes, box_label. With a size, images are scaled to it (crop=stretch) or padded with white, boxes with them."""
    found = collect(path)
    total = sum(len(item.names) for item in found.items)
    if found.bad > _MOST_BAD * max(1, found.bad + total):
        first = next(why for why in found.problems.values() if why.startswith(("box", "unknown")))
        raise LabError(
            f"{path}: {found.bad:,} of {found.bad + total:,} boxes are wrong, such as: {first}.", f"lab data check {word(path)}"
        )
    if not total:
        raise LabError(f"{path} holds no box that can be used.", f"lab data check {word(path)}")
    report(path, found.problems)
    parts = pictured.assigned([item.image for item in found.items], [item.split for item in found.items], options)
    chosen = [item for item, part in zip(found.items, parts, strict=True) if part in parts_of(split)]
    numbers = {name: place for place, name in enumerate(found.classes)}
    left_out = dict(found.problems)
    pixels: list[NDArray[np.uint8]] = []
    boxes: list[NDArray[np.float32]] = []
    labels: list[NDArray[np.int32]] = []
    for item in chosen:
        try:
            image = decoded(item.image).convert("L" if options.grey else "RGB")
        except ValueError as error:
            left_out[item.image.name] = str(error)
            continue
        scaled, moved = fitted(image, item.boxes, options.size, options.crop)
        pixels.append(scaled)
        boxes.append(moved)
        labels.append(np.array([numbers[name] for name in item.names], np.int32))
    if not pixels:
        raise LabError(f"{path} holds no image for split {split}.", f"lab data check {word(path)}")
    columns = Columns(
        {"image": np.stack(pixels) if options.size else pixels, "boxes": boxes, "box_label": labels},
        {"image": "input", "boxes": "target", "box_label": "label"},
        kind="boxes",
        data=str(path),
        classes=found.classes,
        left_out=left_out,
    )
    return columns, len(found.items)


def fitted(image: Image.Image, boxes: NDArray[np.float32], size: int, crop: str) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The image as uint8 [size, size, channels] and its boxes [k, 4] in the new pixels; as they are with size 0."""
    channels = len(image.getbands())
    if not size:
        return np.asarray(image).reshape(image.height, image.width, channels), boxes
    scale = np.array([size / image.width, size / image.height], np.float32)
    if crop != "stretch":
        scale[:] = scale.min()
    wide, high = (max(1, round(length * factor)) for length, factor in zip(image.size, scale, strict=True))
    small = np.asarray(image.resize((wide, high), Image.Resampling.LANCZOS)).reshape(high, wide, channels)
    left, top = (size - wide) // 2, (size - high) // 2
    canvas = np.full((size, size, channels), 255, np.uint8)
    canvas[top : top + high, left : left + wide] = small
    factor = np.array([wide / image.width, high / image.height] * 2, np.float32)
    return canvas, boxes * factor + np.array([left, top] * 2, np.float32)


def examine(path: Path) -> Examination:
    """Images, boxes a class, their sizes, and every bad one by name."""
    layout = recognise(path) or "nothing"
    try:
        found = collect(path)
    except LabError as error:
        return Examination(layout=layout, facts={}, problems={path.name: str(error)}, usable=False)
    counts = Counter(name for item in found.items for name in item.names)
    empty = sum(not item.names for item in found.items)
    facts = {"images": f"{len(found.items):,}", "boxes": f"{sum(counts.values()):,}, {found.bad:,} more are wrong"}
    facts["classes"] = ", ".join(f"{name} {count:,}" for name, count in counts.most_common(20))
    if empty:
        facts["without boxes"] = f"{empty:,} images"
    if counts:
        sides = np.concatenate([item.boxes[:, 2:] - item.boxes[:, :2] for item in found.items if len(item.boxes)])
        facts["box sides"] = f"{sides.min():.0f} to {sides.max():.0f} pixels, median {np.median(sides):.0f}"
        from lab_datasets.loading import Options

        parts = pictured.assigned([item.image for item in found.items], [item.split for item in found.items], Options())
        facts["splits"] = ", ".join(f"{name} {parts.count(name):,}" for name in SPLITS)
    advice = [f"{len(found.problems):,} entries will be left out."] if found.problems else []
    unused = [name for name in found.classes if name not in counts]
    if unused:
        advice.append(f"Classes without a box: {', '.join(unused[:10])}.")
    usable = len(found.items) >= FEWEST and bool(counts) and found.bad <= _MOST_BAD * (found.bad + sum(counts.values()))
    if found.bad > _MOST_BAD * max(1, found.bad + sum(counts.values())):
        advice.append("Most boxes are wrong: are they x0, y0, x1, y1, in pixels?")
    elif not usable:
        advice.append(f"{len(found.items)} images with boxes: at least {FEWEST} are needed.")
    return Examination(
        layout=layout,
        facts=facts,
        problems=found.problems,
        advice=(*advice, f"Use it: --set data={path}"),
        usable=usable,
    )


def _text(box: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:g}' for value in box)})"
