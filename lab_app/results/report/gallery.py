"""What a run produced along the way, inside the page: a slider over the steps of each picture or text; its newest film."""

import base64
import io
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from lab_app.observers.media import MediaFile, media_files
from lab_app.results.report.escaping import escaped

_MOST = 48  # of one name; of more, evenly spaced ones, the first and the last among them
_SIDE = 640  # pixels; larger pictures are scaled down
_HEAVY = 250_000  # bytes of a .png above which it becomes a .jpg
_TEXT = 20_000  # letters
_FILM = 6_000_000  # bytes


def galleries(folder: Path, unit: str) -> str:
    """One figure a name, its items one a step, the newest shown; "" where there is nothing."""
    parts: list[str] = []
    for name, files in groupby(media_files(folder), key=lambda file: file.name):
        shown = [(file.step, item) for file in spread(list(files)) if (item := _item(file))]
        if shown:
            parts.append(_figure(name, shown, unit))
    return "".join(parts) + _film(folder)


def spread(files: Sequence[MediaFile]) -> list[MediaFile]:
    """At most 48 of the files, evenly spaced, the first and the last among them."""
    if len(files) <= _MOST:
        return list(files)
    return [files[round(place * (len(files) - 1) / (_MOST - 1))] for place in range(_MOST)]


def _figure(name: str, shown: Sequence[tuple[int, str]], unit: str) -> str:
    last = len(shown) - 1
    items = "".join(
        f'<div data-step="{step:,}"{"" if number == last else " hidden"}>{item}</div>'
        for number, (step, item) in enumerate(shown)
    )
    slider = (
        f'<div class="slider"><button type="button" aria-label="play">▶</button>'
        f'<input type="range" min="0" max="{last}" value="{last}" aria-label="step of {escaped(name)}"></div>'
        if last
        else ""
    )
    caption = f"<span>{escaped(name)}</span><output>{shown[-1][0]:,} {escaped(unit)}</output>"
    return f'<figure class="gallery" data-unit="{escaped(unit)}"><figcaption>{caption}</figcaption>{items}{slider}</figure>'


def _item(file: MediaFile) -> str:
    """The picture or text as HTML; "" for a file that is not what its name says."""
    try:
        if file.path.suffix == ".txt":
            return f"<pre>{escaped(file.path.read_text(errors='replace')[:_TEXT])}</pre>"
        kind, data = _small(file.path.read_bytes())
    except Exception:  # whatever lies in the folder: a damaged picture is left out
        return ""
    alt = f"{escaped(file.name)} at step {file.step:,}"
    return f'<img alt="{alt}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'


def _small(data: bytes) -> tuple[str, bytes]:
    """A .png as it is when it is small, else scaled down or as .jpg; raises for anything else."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        if max(picture.size) <= _SIDE and len(data) <= _HEAVY:
            picture.verify()
            return "png", data
        picture.load()
        rgb = picture.convert("RGB")
    rgb.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    rgb.save(buffer, "PNG")
    if len(buffer.getvalue()) <= _HEAVY:
        return "png", buffer.getvalue()
    buffer = io.BytesIO()
    rgb.save(buffer, "JPEG", quality=88)
    return "jpeg", buffer.getvalue()


def _film(folder: Path) -> str:
    films = sorted(folder.glob("best-*.mp4"))
    with suppress(OSError):
        if films and films[-1].stat().st_size <= _FILM:
            data = base64.b64encode(films[-1].read_bytes()).decode()
            film = f'<video controls loop muted src="data:video/mp4;base64,{data}"></video>'
            return f'<figure class="gallery"><figcaption><span>{escaped(films[-1].name)}</span></figcaption>{film}</figure>'
    return ""
