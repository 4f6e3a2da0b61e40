"""Images with captions: COCO JSON, a table of file and caption, or a .txt beside each image (a caption a line)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lab_core.data import Examination
from lab_core.errors import LabError
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.decode import header
from lab_datasets.own import pictured
from lab_datasets.own.decoder import Decoder
from lab_datasets.own.reading import TABLES, header_of, read_lines, read_table
from lab_datasets.splits import SPLITS, parts_of

KINDS = ("captions",)
TEXT_COLUMNS = ("caption", "captions", "text", "description", "comment", "sentence")
_SHARE = 0.5  # of the images that have a .txt beside them


class Captioned(NamedTuple):
    """An image, its captions, and the split that its annotation file names."""

    image: Path
    captions: list[str]
    split: str | None


def recognise(path: Path) -> str | None:
    for file in pictured.annotation_files(path, (".json", *TABLES, ".txt")):
        if file.suffix.lower() == ".json":
            found = pictured.coco(file)
            if found is not None and any(one.caption is not None for one in found.annotations[:100]):
                return "captions (COCO)"
        elif _columns(file) is not None:
            return "captions (table)"
    return "captions (a text an image)" if path.is_dir() and _texts(path) else None


def _columns(file: Path) -> tuple[str, str] | None:
    """Names of the columns of file and caption."""
    names = header_of(file)
    image = next((name for name in pictured.FILE_COLUMNS if name in names), None)
    text = next((name for name in TEXT_COLUMNS if name in names), None)
    return (image, text) if image and text else None


def _texts(path: Path) -> dict[Path, Path]:
    """Image -> its text file; empty unless half of the images have one."""
    images = pictured.Images(path).every
    found = {image: text for image in images if (text := image.with_suffix(".txt")).is_file()}
    return found if images and len(found) >= _SHARE * len(images) else {}


def collect(path: Path) -> tuple[list[Captioned], dict[str, str]]:
    """Images with their captions, in the order of their paths, and what is wrong: missing images, images without caption."""
    images = pictured.Images(pictured.image_folder(path))
    problems: dict[str, str] = {}
    found: dict[Path, Captioned] = {}
    files: set[str] = set()
    for name, text, file in _pairs(path, problems):
        image = images.find(name)
        files.add(file.name)
        if image is None:
            problems[f"{file.name}: {name}"] = "no such image"
        elif not text.strip():
            problems[f"{file.name}: {name}"] = "empty caption"
        else:
            found.setdefault(image, Captioned(image, [], pictured.split_named(file))).captions.append(" ".join(text.split()))
    folder = pictured.image_folder(path)
    for image in images.every:
        if image not in found:
            problems.setdefault(str(image.relative_to(folder)), "no caption")
    return [found[image] for image in sorted(found)], problems


def _pairs(path: Path, problems: dict[str, str]) -> Iterator[tuple[str, str, Path]]:
    """Name of an image, a caption, and the file that says so."""
    annotated = False
    for file in pictured.annotation_files(path, (".json", *TABLES, ".txt")):
        if file.suffix.lower() == ".json":
            known = pictured.coco(file)
            if known is None or not any(one.caption is not None for one in known.annotations):
                continue
            annotated = True
            names = {image.id: image.file_name for image in known.images}
            for one in known.annotations:
                if one.image_id not in names:
                    problems[f"{file.name}: image_id {one.image_id}"] = "not among the file's images"
                elif one.caption is not None:
                    yield names[one.image_id], one.caption, file
        elif (columns := _columns(file)) is not None:
            annotated = True
            names, rows = read_table(file)
            lower = [name.lower() for name in names]
            image, text = (lower.index(column) for column in columns)
            for _, cells in rows:
                yield cells[image], cells[text], file
    if not annotated and path.is_dir():
        for image, text_file in _texts(path).items():
            try:
                lines = read_lines(text_file)
            except LabError as error:
                problems[text_file.name] = error.message
                continue
            for line in [line for line in lines if line.strip()] or [""]:
                yield image.relative_to(path).as_posix(), line, text_file


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """image, caption (the first of each image) and captions (all of them)."""
    found, problems = collect(path)
    parts = pictured.assigned([one.image for one in found], [one.split for one in found], options)
    headers = {one.image: header(one.image) for one in found}
    grey = options.grey
    if grey is None:
        grey = bool(headers) and all(picture.grey for picture in headers.values() if not picture.problem)
    decoder = Decoder(options.size, grey, options.crop)
    chosen = [one for one, part in zip(found, parts, strict=True) if part in parts_of(split)]
    kept = [(one, image) for one in chosen if (image := decoder.read(headers[one.image])) is not None]
    folder = pictured.image_folder(path)
    pixels = decoder.joined([image for _, image in kept], folder, split)
    from lab_datasets.own.decoder import report

    report(path, problems)
    columns = Columns(
        {"image": pixels, "caption": [one.captions[0] for one, _ in kept], "captions": [one.captions for one, _ in kept]},
        {"image": "input", "caption": "target", "captions": "about"},
        kind="captions",
        data=str(path),
        left_out=problems | decoder.report(folder),
    )
    return columns, len(found)


def examine(path: Path) -> Examination:
    """Images, captions, words, and what doesn't match."""
    try:
        found, problems = collect(path)
    except LabError as error:
        return Examination(layout=recognise(path) or "nothing", facts={}, problems={path.name: str(error)}, usable=False)
    texts = [text for one in found for text in one.captions]
    words = [word for text in texts for word in text.lower().split()]
    facts = {
        "images": f"{len(found):,}",
        "captions": f"{len(texts):,}, {len(words) / max(1, len(texts)):.1f} words on average, {len(set(words)):,} different",
    }
    if found:
        from lab_datasets.loading import Options

        parts = pictured.assigned([one.image for one in found], [one.split for one in found], Options())
        facts["splits"] = ", ".join(f"{name} {parts.count(name):,}" for name in SPLITS)
    for one in found:
        if why := header(one.image).problem:
            problems[one.image.name] = why
    advice = [f"{len(problems):,} entries will be left out."] if problems else []
    usable = len(found) >= FEWEST
    if not usable:
        advice.append(f"{len(found)} captioned images: at least {FEWEST} are needed.")
    return Examination(
        layout=recognise(path) or "nothing",
        facts=facts,
        problems=problems,
        advice=(*advice, f"Use it: --set data={path}"),
        usable=usable,
    )
