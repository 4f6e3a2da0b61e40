"""``index.html`` of a folder of results: input, result and target side by side."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lab_app.applying.engine import Answer
from lab_app.applying.source import Failure, Source
from lab_app.display.item_pictures import picture_of
from lab_app.formats import images
from lab_core.items import image
from lab_core.model import Kind

_MOST = 1000  # rows
_SIDE = 480  # pixels of a picture that the page keeps itself
_LETTERS = 5000
_HIDDEN = ".gallery"
_POLICY = "default-src 'none'; img-src 'self' file: data:; media-src 'self' file:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1d2027; --soft: #6c717c; --rule: #e4e4df;
  --line: #2f6fde; --bad: #b3372f; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161b; --card: #1b1e25; --ink: #e6e8ee; --soft: #9298a5;
  --rule: #2c303a; --line: #74a5ff; --bad: #ff8d84; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 84rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -.02em; } header p { margin: .2rem 0; color: var(--soft); }
.row { margin-top: 1rem; padding: .8rem 1rem 1rem; background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; }
.row h2 { margin: 0 0 .5rem; font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
.cells { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); align-items: start; }
figure { margin: 0; min-width: 0; } figcaption { color: var(--soft); font-size: .8rem; }
img, video { display: block; max-width: 100%; max-height: 30rem; border-radius: .3rem; outline: 1px solid var(--rule); }
img.clear { background: repeating-conic-gradient(#8883 0 25%, transparent 0 50%) 0 0 / 16px 16px; }
.cells img { width: 100%; object-fit: contain; } img.small { image-rendering: pixelated; max-width: 20rem; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
.bar { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; margin-bottom: .3rem; font-variant-numeric: tabular-nums; }
.bar i { grid-column: 1 / 3; height: 4px; border-radius: 2px;
  background: linear-gradient(var(--line), var(--line)) no-repeat var(--rule); }
.score { color: var(--soft); font-variant-numeric: tabular-nums; } .failures { color: var(--bad); }
"""


class Gallery:
    """Collects rows as results come; :meth:`page` makes the page. Small copies of inputs and targets go into a hidden folder."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self._folder = folder
        self._rows: list[str] = []
        self._count = 0

    def add(self, source: Source, answer: Answer, target: Any, written: list[Path]) -> None:
        """A row: what went in, what came out, what should have come out."""
        self._count += 1
        if self._count > _MOST:
            return
        cells: list[tuple[str, str]] = []
        given = _kind_of(source.item)
        if not (answer.kind == Kind.SERIES and given == Kind.SERIES):  # one plot shows both
            cells.append(("input", self._shown(source.item, given, f"{source.name}.input")))
        cells.append(("output", self._output(source, answer, written)))
        if target is not None and answer.kind != Kind.SERIES:
            cells.append(("target", self._shown(target, answer.kind, f"{source.name}.target")))
        figures = "".join(f"<figure>{body}<figcaption>{name}</figcaption></figure>" for name, body in cells)
        self._rows.append(f'<section class="row"><h2>{_escaped(source.name)}</h2><div class="cells">{figures}</div></section>')

    def add_film(self, path: Path) -> None:
        """A row with a film."""
        self._count += 1
        film = f'<video controls loop muted preload="metadata" src="{self._link(path)}"></video>'
        self._rows.append(f'<section class="row"><h2>{_escaped(path.stem)}</h2>{film}</section>')

    def page(self, about: dict[str, Any]) -> str:
        """The whole page. ``about`` says which model, with which options, how many items and failures."""
        options = ", ".join(f"{key}={value}" for key, value in about.get("changed", {}).items())
        facts = [f"{about['task']} at step {about['step']:,}"] if about.get("step") else []
        facts += [f"options: {options}"] if options else []
        facts += [f"{self._count:,} items"] + (["the first 1,000 are shown"] if self._count > _MOST else [])
        failures: list[Failure] = about.get("failed", [])
        wrong = "".join(f"<li>{_escaped(one.line)}</li>" for one in failures)
        extra = (
            '<section class="row"><h2>map</h2><img alt="map" src="map.png"></section>'
            if (self._folder / "map.png").is_file()
            else ""
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{_escaped(about.get('model', 'Results'))}</title><style>{_STYLE}</style></head><body>"
            f"<header><h1>{_escaped(about.get('model', ''))}</h1><p>{_escaped(' · '.join(facts))}</p></header>"
            f"{f'<ul class=failures>{wrong}</ul>' if wrong else ''}<main>{extra}{''.join(self._rows)}</main></body></html>\n"
        )

    def _output(self, source: Source, answer: Answer, written: list[Path]) -> str:
        pictures = [path for path in written if path.suffix.lower() in images.WRITTEN]
        if pictures:
            scores = [one.score for one in answer.alternatives] or [None]
            drawn_on = source.item if answer.kind == Kind.BOXES else answer.item
            shape = drawn_on.shape if answer.kind in (Kind.IMAGE, Kind.BOXES) else (_SIDE, _SIDE)
            return "".join(
                _image(self._link(path), shape) + ("" if score is None else f'<span class="score">{score:.4f}</span>')
                for path, score in zip(pictures, scores, strict=False)
            )
        if len(answer.alternatives) > 1:
            return "".join(
                f'<div><span class="score">{one.score:.4f}</span> {self._shown(one.item, answer.kind, "")}</div>'
                for one in answer.alternatives
            )
        return self._shown(answer.item, answer.kind, "")

    def _shown(self, item: Any, kind: Kind, name: str) -> str:
        """An item that no result file holds, as HTML."""
        if kind == Kind.TEXT:
            text = str(item)
            return f"<pre>{_escaped(text[:_LETTERS])}{'…' if len(text) > _LETTERS else ''}</pre>"
        if kind == Kind.LABELS:
            pairs = list(zip(item.names, item.probabilities, strict=True))[:5]
            return "".join(
                f'<div class="bar"><span>{_escaped(label)}</span><span>{100 * one:.1f} %</span>'
                f'<i style="background-size: {100 * one:.1f}% 100%"></i></div>'
                for label, one in pairs
            )
        picture = item if kind == Kind.IMAGE else picture_of(kind, item)
        small = image.fitted(picture, _SIDE, _SIDE, enlarge=False)
        suffix = ".png" if max(small.shape[:2]) <= 128 or kind != Kind.IMAGE else ".jpg"
        data = images.encode(small, suffix)
        if not name or kind == Kind.VECTORS:
            return _image(f"data:image/png;base64,{base64.b64encode(data).decode()}", small.shape)
        from lab_app.applying.writers import write_file

        path = self._folder / _HIDDEN / f"{name}{suffix}"
        write_file(path, data)
        return _image(self._link(path), small.shape)

    def _link(self, path: Path) -> str:
        return quote(path.relative_to(self._folder).as_posix())


def _image(link: str, shape: Any) -> str:
    small = max(shape[:2]) <= 128
    return f'<img class="{"small " if small else ""}clear" alt="" loading="lazy" src="{link}">'


def _kind_of(item: Any) -> Kind:
    from lab_core.items.boxes import Boxes
    from lab_core.items.labels import Labels
    from lab_core.items.series import Series

    for kind, known in ((Kind.TEXT, str), (Kind.SERIES, Series), (Kind.LABELS, Labels), (Kind.BOXES, Boxes)):
        if isinstance(item, known):
            return kind
    return Kind.VECTORS if getattr(item, "ndim", 0) == 1 else Kind.IMAGE


def _escaped(value: Any) -> str:
    from html import escape

    text = "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in str(value))
    return escape(text, quote=True)
