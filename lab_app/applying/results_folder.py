"""A folder of results with a page that shows inputs, results and targets side by side."""

from pathlib import Path
from typing import Any

import msgspec

from lab_app.applying.engine import Answer
from lab_app.applying.gallery import Gallery
from lab_app.applying.source import Source
from lab_app.applying.writers import Places, Writer, picture_of, record, table, write_file, write_picture
from lab_app.formats import series
from lab_core.model import Kind

_TABLES = {Kind.LABELS: ("labels.csv", "labels.json"), Kind.BOXES: ("boxes.csv", "boxes.json"), Kind.VECTORS: ("vectors.npz",)}


class Folder(Writer):
    """Results below a folder under their sources' names, tables of all of them, and ``index.html``.

    image   NAME.png, .jpg or .webp; the frames of a film as NAME.mp4
    text    NAME.txt: the results of a file's lines, or of a whole file
    series  NAME.csv and its plot NAME.png
    labels  labels.csv, labels.json
    boxes   boxes.csv, boxes.json (COCO), and each image with its boxes as NAME.png
    vectors vectors.npz, vectors.tsv with metadata.tsv (TensorBoard's projector), distances.csv, map.png
    """

    def __init__(self, folder: Path, places: Places, about: dict[str, Any], *, suffix: str = ".png") -> None:
        super().__init__()
        self.folder = folder
        self._places, self._about, self._suffix = places, about, suffix
        self._gallery = Gallery(folder, about)
        self._kept: list[tuple[Source, Answer]] = []
        self._records: list[dict[str, Any]] = []
        self._streams: dict[Path, Any] = {}
        self._films: dict[Path, Any] = {}

    def add(self, source: Source, answer: Answer, target: Any = None) -> list[Path]:
        written = self._written(source, answer, target)
        self.files += [path for path in written if path not in self._streams and path not in self._films]
        self._records.append({**record(source, answer), "files": [self._relative(path) for path in written]})
        if source.film is None:
            self._gallery.add(source, answer, target, written)
        if answer.kind in _TABLES:
            self._kept.append((source, answer))
        return written

    def close(self) -> None:
        """Finish films and texts, write the tables and the page."""
        for path, film in self._films.items():
            film.close()
            self._gallery.add_film(path)
        for stream in self._streams.values():
            stream.close()
        self.files += [*self._films, *self._streams]
        if self._kept:
            for name in _TABLES[self._kept[0][1].kind]:
                self._write(name, table(self._kept, Path(name).suffix))
            if self._kept[0][1].kind == Kind.VECTORS:
                from lab_app.applying.vector_files import write_vectors

                self.files += write_vectors(self.folder, self._kept, self._places)
        about = {**self._about, "items": self._records}
        self._write("results.json", msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n")
        self._write("index.html", self._gallery.page(self._about))

    def _written(self, source: Source, answer: Answer, target: Any) -> list[Path]:
        kind = answer.kind
        if kind == Kind.TEXT:
            return [self._text(source, answer)]
        if kind in (Kind.IMAGE, Kind.BOXES) and source.film is not None:
            return [self._frame(source, answer, target)]
        if kind == Kind.SERIES:
            data = self._claim(source.name, ".csv")
            write_file(data, series.to_csv([("", answer.item)]))
            plot = self._claim(source.name, ".png")
            write_picture(plot, source, answer, target)
            return [plot, data]
        if kind in (Kind.LABELS, Kind.VECTORS) or (kind == Kind.BOXES and source.path is None):
            return []
        path = self._claim(source.name, self._suffix)
        write_picture(path, source, answer, target)
        others = [self._claim(f"{source.name}.{number}", self._suffix) for number in range(2, len(answer.alternatives) + 1)]
        for other, one in zip(others, answer.alternatives[1:], strict=True):
            write_picture(other, source, Answer(one.item, kind, source.name), target)
        return [path, *others]

    def _text(self, source: Source, answer: Answer) -> Path:
        from lab_app.applying.writers import TextOutput, open_text

        name = source.group or source.name
        path = self.folder / f"{name}.txt"
        if path not in self._streams:
            self._streams[path] = open_text(self._claim(name, ".txt"))
        TextOutput(self._streams[path]).add(source, answer)
        return path

    def _frame(self, source: Source, answer: Answer, target: Any) -> Path:
        from lab_app.applying.films import FilmWriter

        assert source.film is not None
        path = self.folder / f"{source.film.name}.mp4"
        if path not in self._films:
            self._films[path] = FilmWriter(self._claim(source.film.name, ".mp4"), fps=source.film.fps)
        self._films[path].add(picture_of(source, answer, target))
        return path

    def _claim(self, name: str, suffix: str) -> Path:
        return self._places.claim(self.folder / f"{name}{suffix}")

    def _write(self, name: str, data: bytes | str) -> None:
        path = self.folder / name
        write_file(path, data)
        self.files.append(path)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()
