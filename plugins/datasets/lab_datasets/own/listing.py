"""Images with a listing of labels: ``labels.csv`` with file and label (as ``lab data export`` writes it), or ``labels.txt``."""

from pathlib import Path
from typing import Any

import numpy as np

from lab_core.data import Examination
from lab_core.errors import LabError
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.decode import Picture, header
from lab_datasets.own import pictured
from lab_datasets.own.decoder import Decoder, report
from lab_datasets.own.image_items import Item, assigned
from lab_datasets.own.reading import TABLES, header_of, read_lines, read_table
from lab_datasets.splits import parts_of

KINDS = ("images",)
LABEL_COLUMNS = ("label", "class", "category", "class_name")
_LINES = ("labels.txt", "label.txt")


def recognise(path: Path) -> str | None:
    return "images with a label listing" if _listing(path) and pictured.Images(path).every else None


def _listing(path: Path) -> Path | None:
    if not path.is_dir():
        return None
    for file in pictured.annotation_files(path, (*TABLES, ".txt")):
        names = header_of(file)
        if file.name.lower() in _LINES or (set(names) & set(pictured.FILE_COLUMNS) and set(names) & set(LABEL_COLUMNS)):
            return file
    return None


def collect(path: Path) -> tuple[list[Item], dict[str, str]]:
    """Images with their labels in the order of the paths (the split is not yet decided), and what doesn't match."""
    file = _listing(path)
    assert file is not None
    images = pictured.Images(path)
    problems: dict[str, str] = {}
    labels: dict[Path, str] = {}
    for line, name, label in _rows(file):
        image = images.find(name)
        if image is None:
            problems[f"{file.name}, line {line:,}: {name}"] = "no such image"
        elif not label:
            problems[f"{file.name}, line {line:,}: {name}"] = "no label"
        elif labels.setdefault(image, label) != label:
            problems[f"{file.name}, line {line:,}: {name}"] = f"a second label, {label!r} after {labels[image]!r}"
    for image in images.every:
        if image not in labels:
            problems[str(image.relative_to(path))] = "not in the listing"
    return [Item("train", labels[image], (header(image),)) for image in sorted(labels)], problems


def _rows(file: Path) -> list[tuple[int, str, str]]:
    if file.name.lower() in _LINES:
        rows: list[tuple[int, str, str]] = []
        for number, line in enumerate(read_lines(file), start=1):
            name, _, label = line.strip().partition("\t") if "\t" in line else line.strip().partition(" ")
            if name:
                rows.append((number, name, label.strip()))
        return rows
    names, table = read_table(file)
    lower = [name.lower() for name in names]
    image = next(lower.index(name) for name in pictured.FILE_COLUMNS if name in lower)
    label = next(lower.index(name) for name in LABEL_COLUMNS if name in lower)
    return [(line, cells[image], cells[label]) for line, cells in table]


def classes_of(items: list[Item]) -> tuple[str, ...]:
    """Class names in their order: as numbers where all are numbers, else by name."""
    names = sorted({item.group for item in items})
    return tuple(sorted(names, key=int) if all(name.isdecimal() for name in names) else names)


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """image and label."""
    plain, problems = collect(path)
    report(path, problems)
    items = assigned(plain, validation=options.validation, test=options.test)
    grey = options.grey
    if grey is None:
        grey = bool(items) and all(_grey(item.pictures[0]) for item in items)
    decoder = Decoder(options.size, grey, options.crop)
    kept = [
        (item, image) for item in items if item.split in parts_of(split) and (image := decoder.read(item.pictures[0])) is not None
    ]
    classes = classes_of([item for item in items if decoder.works(item.pictures[0])] if decoder.left_out else items)
    numbers = {name: place for place, name in enumerate(classes)}
    columns = Columns(
        {
            "image": decoder.joined([image for _, image in kept], path, split),
            "label": np.array([numbers[item.group] for item, _ in kept], np.int32),
        },
        {"image": "input", "label": "label"},
        kind="images",
        data=str(path),
        classes=classes,
        left_out=problems | decoder.report(path),
    )
    return columns, len(items)


def _grey(picture: Picture) -> bool:
    return bool(picture.problem) or picture.grey


def examine(path: Path) -> Examination:
    """Images a class, and every file that stands on one side only."""
    try:
        items, problems = collect(path)
    except LabError as error:
        return Examination(layout=recognise(path) or "nothing", facts={}, problems={path.name: str(error)}, usable=False)
    for item in items:
        if item.pictures[0].problem:
            problems[item.pictures[0].path.name] = item.pictures[0].problem
    good = [item for item in items if not item.pictures[0].problem]
    counts = {name: sum(item.group == name for item in good) for name in classes_of(items)}
    facts = {"images": f"{len(good):,}", "labels": ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:20])}
    advice = [f"{len(problems):,} entries will be left out."] if problems else []
    usable = len(good) >= FEWEST
    if not usable:
        advice.append(f"{len(good)} labelled images: at least {FEWEST} are needed.")
    return Examination(
        layout="images with a label listing",
        facts=facts,
        problems=problems,
        advice=(*advice, f"Use it: --set data={path}"),
        usable=usable,
    )
