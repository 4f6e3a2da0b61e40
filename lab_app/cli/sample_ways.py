"""The ways of ``lab sample``: each draws, writes its files and says where they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lab_app.cli import sample_files as files
from lab_app.cli.common import say
from lab_app.formats.images import write_png
from lab_app.sampling import models
from lab_core.errors import UsageError
from lab_core.items import pictures
from lab_core.model import Sample
from lab_core.registry.registry import Registry

if TYPE_CHECKING:
    from lab_app.runs.target import Target
    from lab_app.sampling.arithmetic import Term

_COUNT = 64
_FRAMES, _STRIP, _FPS = 60, 10, 20.0
_STEM = {"": "samples", "--code": "codes", "--interpolate": "walk", "--arithmetic": "arithmetic", "--neighbours": "neighbours"}


@dataclass
class Asked:
    """What is wanted of a model. ``about`` becomes the document of ``--json``; ``name`` is the file without ``--out``."""

    model: Sample
    registry: Registry
    about: dict[str, Any]
    seed: int
    options: models.Options
    count: int | None
    out: str | None
    name: str
    scale: int | None
    json: bool

    @property
    def path(self) -> Path:
        return Path(self.out or self.name)


def about(found: "Target", seed: int, options: models.Options) -> dict[str, Any]:
    """What decided the samples, for ``--json`` and samples.json."""
    from lab_core.runs.model_folder import load_model_info

    info = load_model_info(found.folder) if found.folder is not None else None
    origin = {"run": info.run, "step": info.step} if info is not None else {}
    return {"model": found.label, "task": found.task.id, **origin, "seed": seed, "options": options}


def file_name(way: str, task: str, seed: int, ends: tuple[int, int] | None) -> str:
    """The file that is written without ``--out``: ``samples-TASK-seedN.png`` in the current folder."""
    if ends is not None:
        return f"walk-{task}-seed{seed}-{ends[0]}-to-{ends[1]}.mp4"
    return f"{_STEM[way]}-{task}-seed{seed}.png"


def check_out(way: str, out: str) -> None:
    """Raise UsageError, before a model is loaded, for a name that this way of sampling can't write."""
    allowed: dict[str, tuple[files.Form, ...]] = {
        "": ("picture", "folder", "array", "text"),
        "--interpolate": ("film", "picture"),
    }
    files.form_of(out, allowed.get(way, ("picture",)), what=f"What {way} shows" if way else "Samples")


def plain(asked: Asked, columns: int | None, numbers: bool) -> list[Path]:
    """A grid, numbered pictures or an array."""
    form = files.form_of(asked.out or asked.name, ("picture", "folder", "array"), what="Samples")
    if form != "picture" and (columns is not None or asked.scale is not None or numbers):
        raise UsageError("--columns, --numbers and --scale are for a grid.", "Name a picture with --out: grid.png")
    images = _drawn(asked, asked.count or _COUNT)
    if form == "folder":
        written = files.write_folder(asked.path, images, asked.about)
        say(f"samples    {asked.path}/  ({len(images)} pictures, samples.json)")
        return written
    if form == "array":
        files.write_array(asked.path, images)
        say(f"samples    {asked.path}")
        return [asked.path]
    if numbers:
        from lab_app.sampling.sheets import numbered

        return _sheet(asked, numbered(images, columns=columns, scale=asked.scale))
    whole = pictures.grid(images, columns=columns)
    return _sheet(asked, pictures.enlarge(whole, asked.scale or pictures.scale_of(*whole.shape[:2])))


def sweep(asked: Asked, texts: Iterable[str], steps: int) -> list[Path]:
    """A sheet with a column a value of a code."""
    from lab_app.sampling.codes import read_sweeps, sweep_sheet

    sweeps = read_sweeps(texts, asked.model, asked.options)
    asked.about["codes"] = {one.name: one.values(steps) for one in sweeps}
    classes = models.classes_of(asked.model, asked.registry)
    whole = sweep_sheet(
        asked.model, sweeps, steps=steps, count=asked.count, seed=asked.seed, options=asked.options, classes=classes,
        scale=asked.scale,
    )  # fmt: skip
    return _sheet(asked, whole)


def walk(asked: Asked, ends: tuple[int, int], frames: int | None, fps: float | None) -> list[Path]:
    """A film there and back, or a strip of the way there."""
    from lab_app.sampling import walks

    model = models.latent(asked.model, "--interpolate")
    form = files.form_of(asked.out or asked.name, ("film", "picture"), what="A walk")
    if form == "picture" and fps is not None:
        raise UsageError("--fps is for a video.", "Name one with --out: walk.mp4 or walk.gif")
    if form == "film" and asked.scale is not None:
        raise UsageError("--scale is for pictures; a video is enlarged to fit its size.")
    points = walks.points_of(model, ends, count=asked.count or _COUNT, seed=asked.seed, options=asked.options)
    asked.about |= {"count": asked.count or _COUNT, "from": ends[0], "to": ends[1]}
    if form == "film":
        pictured = walks.film(model, points, ends, frames=frames or _FRAMES, options=asked.options)
        files.write_film(asked.path, pictured, fps=fps or _FPS)
        say(f"walk       {asked.path}")
        return [asked.path]
    whole = walks.strip(model, points, frames=frames or _STRIP, options=asked.options)
    return _sheet(asked, pictures.enlarge(whole, asked.scale or pictures.scale_of(*whole.shape[:2])))


def reckon(asked: Asked, terms: "Sequence[Term]") -> list[Path]:
    """A sheet of the terms and the result."""
    from lab_app.sampling.arithmetic import arithmetic_sheet

    model = models.latent(asked.model, "--arithmetic")
    count = asked.count or _COUNT
    asked.about |= {"count": count, "terms": [{"sign": term.sign, "samples": list(term.numbers)} for term in terms]}
    return _sheet(asked, arithmetic_sheet(model, terms, count=count, seed=asked.seed, options=asked.options, scale=asked.scale))


def copies(asked: Asked, k: int) -> list[Path]:
    """A sheet of samples over their nearest training images, and a line that says how near they are."""
    from lab_app.sampling.neighbours import COUNT, look_for_copies

    images = _drawn(asked, asked.count or COUNT)
    whole, found = look_for_copies(asked.model, images, k=k, registry=asked.registry, scale=asked.scale)
    asked.about["nearness"] = msgspec.to_builtins(found)
    say(found.line())
    return _sheet(asked, whole)


def texts(asked: Asked) -> list[Path]:
    """Texts, streamed to standard output or kept in files."""
    form = files.form_of(asked.out, ("text", "folder"), what="Texts") if asked.out else None
    stream = form is None and not asked.json
    count = asked.count or 1
    written: list[str] = []
    for number, chunks in enumerate(models.draw_texts(asked.model, count, seed=asked.seed, options=asked.options)):
        if stream and number:
            print()
        parts: list[str] = []
        for chunk in chunks:
            parts.append(chunk)
            if stream:
                print(chunk, end="", flush=True)
        written.append("".join(parts))
        if stream and not written[-1].endswith("\n"):
            print()
    asked.about["count"] = count
    if form is None:
        asked.about["texts"] = written
        return []
    if form == "folder":
        paths = files.write_texts(asked.path, written, asked.about)
    else:
        files.write_text(asked.path, "\n".join(text if text.endswith("\n") else text + "\n" for text in written))
        paths = [asked.path]
    say(f"samples    {asked.path}")
    return paths


def _drawn(asked: Asked, count: int) -> Any:
    asked.about["count"] = count

    def watch(items: Iterable[Any]) -> Iterable[Any]:
        return _watched(items, count)

    return models.draw(asked.model, count, seed=asked.seed, options=asked.options, watch=watch)


def _sheet(asked: Asked, whole: Any) -> list[Path]:
    write_png(asked.path, whole)
    if asked.out is None and not asked.json:
        files.show_in_terminal(whole)
    say(f"{asked.name.partition('-')[0]:10} {asked.path}")
    return [asked.path]


def _watched(items: Iterable[Any], total: int) -> Iterable[Any]:
    """The items with a progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, "sampling", total=total, console=console, transient=True, disable=not console.is_terminal)
