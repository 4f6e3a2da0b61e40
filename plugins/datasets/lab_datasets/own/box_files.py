"""The three forms of box files, read into one list of entries."""

from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from lab_core.errors import LabError
from lab_core.files import read_given
from lab_datasets.layout import walk
from lab_datasets.own import pictured
from lab_datasets.own.reading import TABLES, header_of, numbers, read_lines, read_table

CORNERS = (
    ("x0", "y0", "x1", "y1"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("left", "top", "right", "bottom"),
    ("x1", "y1", "x2", "y2"),
)
CLASSES = ("class", "label", "name", "category", "class_name")
_MOST_XML = 10_000_000  # bytes of one file


class Entry(NamedTuple):
    """One box as a file gives it, None for an image without any; ``where`` names file and line."""

    image: str
    box: tuple[float, float, float, float] | None
    name: str
    split: str | None
    where: str


def form_of(path: Path) -> str | None:
    for file in pictured.annotation_files(path, (".json", *TABLES)):
        if file.suffix.lower() == ".json":
            found = pictured.coco(file)
            if found is not None and any(one.bbox is not None for one in found.annotations[:100]):
                return "boxes (COCO)"
        elif table_columns(file) is not None:
            return "boxes (table)"
    return "boxes (Pascal VOC)" if _xml_files(path, most=1) else None


def entries(path: Path) -> tuple[list[Entry], tuple[str, ...], dict[str, str]]:
    """All entries, the classes that are allowed (empty: any), and the files that can't be read."""
    problems: dict[str, str] = {}
    allowed = _classes(pictured.image_folder(path))
    found: list[Entry] = []
    for file in pictured.annotation_files(path, (".json", *TABLES)):
        if file.suffix.lower() == ".json":
            entries_here, names = _from_coco(file)
            found += entries_here
            allowed = allowed or names
        elif table_columns(file) is not None:
            found += _from_table(file)
    if not found:
        for file in _xml_files(path):
            try:
                found += _from_voc(file)
            except LabError as error:
                problems[file.name] = error.message
    return found, allowed, problems


def table_columns(file: Path) -> tuple[str, tuple[str, ...], str] | None:
    """Names of the columns of the file, the corners and the class."""
    names = header_of(file)
    image = next((name for name in pictured.FILE_COLUMNS if name in names), None)
    corners = next((four for four in CORNERS if all(one in names for one in four)), None)
    label = next((name for name in CLASSES if name in names and name != image), None)
    return (image, corners, label) if image and corners and label else None


def _from_coco(file: Path) -> tuple[list[Entry], tuple[str, ...]]:
    found = pictured.coco(file)
    if found is None or not any(one.bbox is not None for one in found.annotations):
        return [], ()
    categories = {category.id: category.name for category in found.categories}
    images = {image.id: image.file_name for image in found.images}
    split = pictured.split_named(file)
    result = [Entry(name, None, "", split, file.name) for name in images.values()]
    for number, one in enumerate(found.annotations):
        where = f"{file.name}, annotation {one.id if one.id is not None else number}"
        if one.bbox is None or one.iscrowd:
            continue
        x, y, width, height = one.bbox
        label = categories.get(one.category_id, f"category {one.category_id}") if one.category_id is not None else ""
        result.append(
            Entry(images.get(one.image_id, f"image_id {one.image_id}"), (x, y, x + width, y + height), label, split, where)
        )
    return result, tuple(categories.values())


def _from_table(file: Path) -> list[Entry]:
    columns = table_columns(file)
    assert columns is not None
    image, corners, label = columns
    names, rows = read_table(file)
    lower = [name.lower() for name in names]
    values = [numbers(file, name, [(line, cells[lower.index(name)]) for line, cells in rows]) for name in corners]
    split = pictured.split_named(file)
    result: list[Entry] = []
    for place, (line, cells) in enumerate(rows):
        box = (values[0][place], values[1][place], values[2][place], values[3][place])
        where = f"{file.name}, line {line}"
        result.append(Entry(cells[lower.index(image)], box, cells[lower.index(label)], split, where))
    return result


def _from_voc(file: Path) -> list[Entry]:
    data = read_given(file, limit=_MOST_XML)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise LabError(f"{file.name} is refused: it declares entities.")
    try:
        root = ElementTree.fromstring(data)  # entities are refused above
    except ElementTree.ParseError as error:
        raise LabError(f"{file.name} is no valid XML: {error}.") from None
    image = root.findtext("filename") or file.stem
    result = [Entry(image, None, "", None, file.name)]
    for number, one in enumerate(root.iter("object"), start=1):
        corners = [one.findtext(f"bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
        try:
            x0, y0, x1, y1 = (float(corner or "") for corner in corners)
        except ValueError:
            raise LabError(f"{file.name}, object {number}: a corner is missing or no number: {corners}.") from None
        name = (one.findtext("name") or "").strip()
        result.append(Entry(image, (x0 - 1, y0 - 1, x1, y1), name, None, f"{file.name}, object {number}"))
    return result


def _xml_files(path: Path, *, most: int = 0) -> list[Path]:
    """XML files whose root is ``annotation``, below a folder."""
    found: list[Path] = []
    for file in [path] if path.is_file() else walk(path):
        if file.suffix.lower() == ".xml" and file.is_file():
            with file.open("rb") as opened:
                if b"<annotation" in opened.read(2000):
                    found.append(file)
        if most and len(found) >= most:
            break
    return found


def _classes(folder: Path) -> tuple[str, ...]:
    file = folder / "classes.txt"
    return tuple(line.strip() for line in read_lines(file) if line.strip()) if file.is_file() else ()
