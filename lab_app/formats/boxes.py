"""Boxes in files: COCO JSON and CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lab_app.formats.images import require_file
from lab_app.formats.tables import read_rows
from lab_core.errors import LabError
from lab_core.files import read_given
from lab_core.items.boxes import Boxes, check

_COLUMNS = ("item", "label", "score", "x0", "y0", "x1", "y1")


class _Image(msgspec.Struct):
    id: int | str
    file_name: str


class _Category(msgspec.Struct):
    id: int
    name: str


class _Annotation(msgspec.Struct):
    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float]
    score: float = 1.0
    keypoints: list[float] = []


class _Coco(msgspec.Struct):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Annotation] = []


def read(path: Path) -> dict[str, Boxes]:
    """The boxes of each image by its file name, from COCO JSON or a CSV file (item, label, x0, y0, x1, y1, score)."""
    require_file(path)
    found: dict[str, list[tuple[float, str, Sequence[float], Sequence[float]]]] = {}
    if path.suffix.lower() == ".json":
        try:
            coco = msgspec.json.decode(read_given(path), type=_Coco)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LabError(f"{path.name} is not COCO JSON: {error}.") from None
        names = {image.id: image.file_name for image in coco.images}
        classes = {category.id: category.name for category in coco.categories}
        found = {name: [] for name in names.values()}
        for one in coco.annotations:
            if one.image_id not in names or one.category_id not in classes:
                raise LabError(f"{path.name} has a box of image {one.image_id} and category {one.category_id}, which it lacks.")
            x, y, w, h = one.bbox
            found[names[one.image_id]].append((one.score, classes[one.category_id], (x, y, x + w, y + h), one.keypoints))
    else:
        for line, row in read_rows(path, ("item", "label", "x0", "y0", "x1", "y1")):
            try:
                corners = [float(row[side]) for side in ("x0", "y0", "x1", "y1")]
                found.setdefault(row["item"], []).append((float(row.get("score") or 1), row["label"], corners, ()))
            except ValueError:
                raise LabError(f"{path.name}, line {line}: x0, y0, x1, y1 and score are numbers.") from None
    return {name: _boxes(rows, f"{path.name}: {name}") for name, rows in found.items()}


def _boxes(rows: list[tuple[float, str, Sequence[float], Sequence[float]]], what: str) -> Boxes:
    import numpy as np

    rows.sort(key=lambda row: -row[0])
    corners = np.array([row[2] for row in rows], np.float32).reshape(-1, 4)
    lengths = {len(row[3]) for row in rows}
    points = None
    if len(lengths) == 1 and (length := lengths.pop()) and length % 3 == 0:  # x, y and visibility of each point
        points = np.array([row[3] for row in rows], np.float32).reshape(len(rows), -1, 3)[:, :, :2]
    return check(Boxes(corners, tuple(row[1] for row in rows), tuple(row[0] for row in rows), points), what)


def to_coco(items: Iterable[tuple[str, int, int, Boxes]]) -> Mapping[str, Any]:
    """A COCO document of images given as file name, width, height and boxes; each box keeps its score."""
    found = list(items)
    names = sorted({name for *_, boxes in found for name in boxes.names})
    classes = {name: number for number, name in enumerate(names, start=1)}
    annotations: list[dict[str, Any]] = []
    for place, (_, _, _, boxes) in enumerate(found, start=1):
        for number, (name, score) in enumerate(zip(boxes.names, boxes.scores, strict=True)):
            x0, y0, x1, y1 = (float(side) for side in boxes.corners[number])
            record: dict[str, Any] = {
                "id": len(annotations) + 1, "image_id": place, "category_id": classes[name], "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0), "iscrowd": 0, "score": score,
            }  # fmt: skip
            if boxes.points is not None:
                record["keypoints"] = [value for x, y in boxes.points[number] for value in (float(x), float(y), 2)]
                record["num_keypoints"] = len(boxes.points[number])
            annotations.append(record)
    images = [{"id": place, "file_name": one, "width": w, "height": h} for place, (one, w, h, _) in enumerate(found, start=1)]
    return {
        "images": images,
        "categories": [{"id": number, "name": name} for name, number in classes.items()],
        "annotations": annotations,
    }


def to_csv(items: Iterable[tuple[str, Boxes]]) -> str:
    """A line a box."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, boxes in items:
        for number, (label, score) in enumerate(zip(boxes.names, boxes.scores, strict=True)):
            writer.writerow((name, label, f"{score:.6g}", *(f"{float(side):.6g}" for side in boxes.corners[number])))
    return buffer.getvalue()
