"""A process that holds models: ``python -m lab_app.ui.worker RUNS_DIR``. It answers one question after another.

A question and its answer are a msgpack document each, behind their length in four bytes, on standard input and output; what
libraries print goes to standard error. The modules are those of ``lab apply`` and ``lab sample``.
"""

import os
import struct
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import msgspec

from lab_core.config import Field, fields, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.items import module_of
from lab_core.model import Apply, Kind, Model, Sample

MOST_SAMPLES = 100
_KEPT = 2  # models that stay loaded
_SIDE = 2048  # pixels of an uploaded image; larger ones are scaled down
_PICTURE_FILE = "Picture file"  # begins the description of an option that names a picture to be written


class Question(msgspec.Struct, kw_only=True):
    """A request to a model. ``pairs`` are ``KEY=VALUE`` options; ``data`` is one input, a file's bytes or a text."""

    do: Literal["describe", "apply", "sample", "example"]
    target: str
    pairs: list[str] = []
    data: bytes = b""
    name: str = ""
    count: int = 1
    seed: int = 0
    label: str = ""


class Output(msgspec.Struct, kw_only=True):
    """One thing to show: ``text``, or a picture's ``data`` as .png with ``alt`` for those who can't see it."""

    text: str = ""
    data: bytes = b""
    note: str = ""
    alt: str = ""


class Described(msgspec.Struct, kw_only=True):
    """What a model can do. ``pictures`` are the options that make it write a picture beside its result; ``size`` is the side in
    pixels of the images that it learnt from, 0 where its settings don't say."""

    label: str
    task: str
    title: str
    applies: bool = False
    samples: bool = False
    acts: bool = False
    consumes: str = ""
    produces: str = ""
    options: list[Field] = []
    pictures: list[str] = []
    classes: list[str] = []
    examples: bool = False
    size: int = 0


class Reply(msgspec.Struct, kw_only=True):
    """An answer, or ``error`` with its ``hint``."""

    described: Described | None = None
    outputs: list[Output] = []
    given: Output | None = None
    seconds: float = 0.0
    error: str = ""
    hint: str = ""


def read(stream: BinaryIO) -> bytes:
    """The next document; empty at the end."""
    head = stream.read(4)
    return stream.read(struct.unpack("<I", head)[0]) if len(head) == 4 else b""


def write(stream: BinaryIO, data: bytes) -> None:
    stream.write(struct.pack("<I", len(data)) + data)
    stream.flush()


class Models:
    """The models that were asked for last, loaded."""

    def __init__(self, runs_dir: Path) -> None:
        from lab_app.api import registry

        self.runs_dir = runs_dir
        self.registry = registry()
        self._open: dict[str, tuple[Any, Model]] = {}

    def target(self, text: str) -> Any:
        from lab_app.runs.target import find_target

        return find_target(text, self.runs_dir, self.registry)

    def open(self, text: str) -> tuple[Any, Model]:
        """The target and its model; a run that has trained on since is opened again."""
        from lab_app.runs.target import open_target

        found = self.target(text)
        key = f"{text} {found.folder} {found.folder.stat().st_mtime_ns if found.folder else ''}"
        if key not in self._open:
            model = open_target(found)
            while len(self._open) >= _KEPT:
                del self._open[next(iter(self._open))]
            self._open[key] = (found, model)
        return self._open[key]

    def answer(self, asked: Question) -> Reply:
        start = time.monotonic()
        reply = {"describe": self._describe, "apply": self._apply, "sample": self._sample, "example": self._example}[asked.do](
            asked
        )
        reply.seconds = time.monotonic() - start
        return reply

    def _describe(self, asked: Question) -> Reply:
        from lab_core.imports import load_object
        from lab_core.machine import devices
        from lab_core.runs.opening import prepare

        found = self.target(asked.target)
        prepare(found.task, device=devices.resolve_device("auto"), threads=devices.resolve_threads())
        kind: Any = load_object(found.task.model, what=f"Task {found.task.id}")
        applies, samples = issubclass(kind, Apply), issubclass(kind, Sample)
        options = fields(kind.options) if applies or samples else []
        pictures = [one.name for one in options if one.type == "text" and one.description.startswith(_PICTURE_FILE)]
        consumes = getattr(kind, "consumes", None) if applies else None
        produces = getattr(kind, "produces", None)
        if (applies and consumes is None) or ((applies or samples) and produces is None):  # known only once it is loaded
            model: Any = self.open(asked.target)[1]
            consumes, produces = getattr(model, "consumes", None), model.produces
        return Reply(
            described=Described(
                label=found.label,
                task=found.task.id,
                title=found.task.title,
                applies=applies,
                samples=samples,
                acts=not applies and not samples,
                consumes=str(consumes or ""),
                produces=str(produces or ""),
                options=[_plain(one) for one in options if one.name != "label"],
                pictures=pictures,
                classes=self._classes(asked, samples and any(one.name == "label" for one in options)),
                size=_side(found),
                examples=applies and found.benchmark is not None and found.benchmark.needs == "apply",
            )
        )

    def _classes(self, asked: Question, wanted: bool) -> list[str]:
        from lab_app.sampling.models import classes_of

        return list(classes_of(cast(Sample, self.open(asked.target)[1]), self.registry)) if wanted else []

    def _apply(self, asked: Question) -> Reply:
        from lab_app.applying.engine import answers
        from lab_app.applying.options import read_with
        from lab_app.applying.source import Failure

        _, model = self.open(asked.target)
        if not isinstance(model, Apply):
            raise UsageError(f"{asked.target} does not apply.")
        with tempfile.TemporaryDirectory(prefix="lab-ui-") as place:
            pairs, drawn = _with_files(asked.pairs, type(model.options()), Path(place))
            options = read_with(model, pairs)
            sources = _sources(asked, Kind(model.consumes), Path(place))
            failed: list[Failure] = []
            outputs: list[Output] = []
            shown: Any = None
            for source, answer in answers(model, iter(sources), options, failed=failed.append):
                shown = shown or source
                outputs += _outputs(source, answer)
            outputs += [Output(data=path.read_bytes(), note=name) for name, path in drawn if path.is_file()]
        if failed and not outputs:
            raise LabError(failed[0].reason)
        return Reply(outputs=outputs, given=_shown(Kind(model.consumes), shown.item) if shown is not None else None)

    def _sample(self, asked: Question) -> Reply:
        from lab_app.formats.images import encode_png
        from lab_app.sampling import models
        from lab_core.items import pictures

        _, model = self.open(asked.target)
        if not isinstance(model, Sample):
            raise UsageError(f"{asked.target} does not sample.")
        if not 1 <= asked.count <= MOST_SAMPLES:
            raise UsageError(f"{asked.count} samples can't be shown.", f"From 1 to {MOST_SAMPLES} are expected.")
        classes = models.classes_of(model, self.registry)
        options = models.read_options(model, asked.pairs, asked.label or None, lambda: classes)
        if model.produces == Kind.TEXT:
            texts = models.draw_texts(model, asked.count, seed=asked.seed, options=options)
            return Reply(outputs=[Output(text="".join(pieces)) for pieces in texts])
        images = models.draw(model, asked.count, seed=asked.seed, options=options)
        whole = pictures.grid(images)
        return Reply(outputs=[Output(data=encode_png(pictures.enlarge(whole, pictures.scale_of(*whole.shape[:2]))))])

    def _example(self, asked: Question) -> Reply:
        """Input number ``seed`` of the benchmark's examples, as it is sent to :meth:`_apply`."""
        from itertools import islice

        from lab_core.training.evaluation import make_evaluator

        found = self.target(asked.target)
        if found.benchmark is None:
            raise LabError(f"{asked.target} has no examples.")
        pairs = list(islice(make_evaluator(found.benchmark).example_pairs(24), 24))
        if not pairs:
            raise LabError(f"Benchmark {found.benchmark.id} has no examples.")
        return Reply(given=_shown(Kind(found.benchmark.consumes or "image"), pairs[asked.seed % len(pairs)][0]))


def _side(found: Any) -> int:
    from lab_core.runs.model_folder import load_model_info

    config = load_model_info(found.folder).config if found.folder is not None else to_dict(found.config)
    size = config.get("size")
    return size if isinstance(size, int) and 8 <= size <= 512 else 0


def _plain(field: Field) -> Field:
    """The field with a default that can be sent."""
    return msgspec.structs.replace(field, default=msgspec.to_builtins(field.default))


def _with_files(pairs: Sequence[str], kind: Any, place: Path) -> tuple[list[str], list[tuple[str, Path]]]:
    """Options whose value is a picture to be written get a file in ``place``, whatever was asked for."""
    written = {one.name for one in fields(kind) if one.type == "text" and one.description.startswith(_PICTURE_FILE)}
    found: list[str] = []
    drawn: list[tuple[str, Path]] = []
    for text in pairs:
        name = text.partition("=")[0].strip()
        if name in written:
            path = place / f"{name}.png"
            drawn.append((name, path))
            found.append(f"{name}={path}")
        else:
            found.append(text)
    return found, drawn


def _sources(asked: Question, kind: Kind, place: Path) -> list[Any]:
    """The input as items, read by the rules of ``lab apply``; raises LabError for what is none."""
    from lab_app.applying import sources
    from lab_app.applying.source import Source
    from lab_app.formats import images, texts

    if kind == Kind.TEXT:
        text = texts.decode(asked.data, "The text")
        if not text.strip():
            raise UsageError("The text is empty.")
        return [Source("text", text.strip("\n"))]
    if not asked.data:
        raise UsageError("There is no input.", "Draw something or choose a file.")
    if kind == Kind.IMAGE:
        opened = images.read(asked.data, asked.name or "the image")
        return [Source("image", _reduced(opened.pixels), None, None)]
    path = place / f"input{Path(asked.name).suffix.lower()[:8] or '.csv'}"
    path.write_bytes(asked.data)
    return list(sources.read(sources.find([str(path)], kind), kind))


def _reduced(pixels: Any) -> Any:
    import numpy as np
    from PIL import Image

    if max(pixels.shape[:2]) <= _SIDE:
        return pixels
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    picture.thumbnail((_SIDE, _SIDE))
    return np.asarray(picture).reshape(picture.height, picture.width, -1)


def _shown(kind: Kind, item: Any) -> Output:
    """An input as it is shown beside its result."""
    from lab_app.display.item_pictures import picture_of
    from lab_app.formats.images import encode_png

    if kind == Kind.TEXT:
        return Output(text=str(item))
    if kind == Kind.SERIES:
        from lab_app.formats import series

        return Output(text=series.to_csv([("", item)]), data=encode_png(picture_of(kind, item)))
    return Output(data=encode_png(picture_of(kind, item)))


def _outputs(source: Any, answer: Any) -> list[Output]:
    from lab_app.applying.writers import picture_of
    from lab_app.formats.images import encode_png

    several: list[Any] = answer.alternatives if len(answer.alternatives) > 1 else []
    if answer.kind == Kind.TEXT:
        if several:
            return [Output(text=one.item, note=f"score {one.score:.4g}") for one in several]
        return [Output(text=answer.item)]
    data = encode_png(picture_of(source, answer))
    words = "" if answer.kind == Kind.IMAGE else module_of(answer.kind).to_text(answer.item)
    drawn = answer.kind == Kind.LABELS  # whose picture is the words
    return [Output(data=data, alt=words, note="" if drawn else words)]


def main(arguments: Sequence[str]) -> int:
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not come between the answers
    questions = sys.stdin.buffer
    models = Models(Path(arguments[0]))
    while data := read(questions):
        try:
            reply = models.answer(msgspec.msgpack.decode(data, type=Question))
        except LabError as error:
            reply = Reply(error=error.message, hint=error.hint or "")
        except Exception as error:  # a plugin's model may raise whatever it likes
            reply = Reply(error=f"The model failed: {type(error).__name__}: {error}"[:500])
        write(replies, msgspec.msgpack.encode(reply))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
