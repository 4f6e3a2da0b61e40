"""A model that applies, at work: inputs, what it makes of them, and what should come out, side by side."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from lab_app.applying.results import results
from lab_app.display.item_pictures import picture_of, text_picture
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import LabError
from lab_core.items import module_of
from lab_core.items.image import fitted
from lab_core.items.lettering import font
from lab_core.model import Apply, Item, Kind, Model
from lab_core.scene import Frame, Scene
from lab_core.training.evaluation import check_fits, make_evaluator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]  # [height, width, 3]

_EXAMPLES = 24
_SMALL, _MOST_SMALL = 64, 12  # images up to this side are shown several at once
_CELL, _TILE = 300, 84  # pixels: one example on a page, several
_TEXT_WIDTH = 640
_GAP, _HEADING = 10, 22
_SECONDS = 2.5  # that a page stands
_FPS = 4.0
_PAPER, _SOFT = (250, 250, 248), (112, 116, 126)


class ApplyScene(Scene):
    """Pages of the examples that the benchmark's evaluator offers: one example each, of small images several."""

    def __init__(self, benchmark: Benchmark) -> None:
        super().__init__(benchmark)
        self._evaluator = make_evaluator(benchmark)
        self._pairs: Sequence[tuple[Item, Item | None]] | None = None

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """A round is every example once; beside a training (option ``live``) a round is a page, so that newer models take over.

        ``seed`` chooses where the first round begins. Raises LabError for a model that doesn't fit, and where there is nothing
        to show.
        """
        check_fits(self.benchmark, model)
        assert isinstance(model, Apply)
        offered = {key: value for key, value in self._evaluator.example_options().items() if hasattr(model.options(), key)}
        asked = from_dict(model.options, offered)
        if self._pairs is None:
            self._pairs = list(islice(self._evaluator.example_pairs(_EXAMPLES), _EXAMPLES))
        if not self._pairs:
            raise LabError(f"Benchmark {self.benchmark.id} offers no examples to show.")
        size = _MOST_SMALL if _is_small(self._pairs[0][0]) and Kind(model.produces) == Kind.IMAGE else 1
        pages = [self._pairs[start : start + size] for start in range(0, len(self._pairs), size)]
        at = seed % len(pages)
        while True:
            page = pages[at % len(pages)]
            made = list(results(model, [given for given, _ in page], asked))
            at += 1
            first = (at - 1) % len(pages) * size + 1
            ends = bool(options.get("live")) or at % len(pages) == 0
            caption = (
                f"{self.benchmark.unit} {first}{f' to {first + len(page) - 1}' if len(page) > 1 else ''} of {len(self._pairs)}"
            )
            yield from _stand(show_page(model, page, made), caption, self._words(model, page[0], made[0]), ends)

    def _words(self, model: Apply, pair: tuple[Item, Item | None], made: Item) -> str | None:
        """The page as text, where what is shown can be read."""
        if Kind(model.produces) == Kind.IMAGE:
            return None
        to_text = module_of(model.produces).to_text
        lines = [f"input   {pair[0]}"] if isinstance(pair[0], str) else []
        lines.append(f"output  {to_text(made)}")
        if pair[1] is not None:
            lines.append(f"target  {to_text(pair[1])}")
        return "\n".join(lines)


def _is_small(item: Item) -> bool:
    return getattr(item, "ndim", 0) == 3 and max(item.shape[:2]) <= _SMALL


def _stand(picture: "Picture", caption: str, words: str | None, ends: bool) -> Iterator[Frame]:
    """Frames of a page for as long as it takes to look at it."""
    count = round(_SECONDS * _FPS)
    for number in range(1, count + 1):
        yield Frame(picture, caption, ansi=words, fps=_FPS, last=ends and number == count)


def show_page(model: Apply, page: Sequence[tuple[Item, Item | None]], made: Sequence[Item]) -> "Picture":
    """Inputs, outputs and targets of a page as one picture."""
    consumes, produces = Kind(model.consumes), Kind(model.produces)
    if consumes == Kind.TEXT or produces == Kind.TEXT:
        return _texts(consumes, produces, *page[0], made[0])
    if consumes == Kind.SERIES and produces == Kind.SERIES:
        return picture_of(produces, made[0], given=_recent(*page[0]), target=page[0][1])
    rows: list[list[tuple[str, Any]]] = []
    for (given, target), result in zip(page, made, strict=True):
        cells = [("input", picture_of(consumes, given)), ("output", picture_of(produces, result, given=given))]
        if target is not None:
            cells.append(("target", picture_of(produces, target, given=given)))
        rows.append(cells)
    return _grid(rows)


def _recent(given: Any, target: Any) -> Any:
    """The end of a long series: four times as much as what is forecast, so that the forecast can be seen."""
    import numpy as np

    most = max(50, 4 * len(target.times)) if target is not None else 200
    return given.rows(np.arange(len(given.times)) >= len(given.times) - most)


def _texts(consumes: Kind, produces: Kind, given: Item, target: Item | None, result: Item) -> "Picture":
    """Blocks above each other, a heading over each."""
    import numpy as np

    blocks = [("input", consumes, given), ("output", produces, result)]
    if target is not None:
        blocks.append(("target", produces, target))
    parts: list[Any] = []
    for name, kind, item in blocks:
        picture = text_picture(item, width=_TEXT_WIDTH) if kind == Kind.TEXT else fitted(picture_of(kind, item), _CELL, _CELL)
        parts += [_heading(name, _TEXT_WIDTH), _padded(picture, _TEXT_WIDTH, picture.shape[0])]
    return np.concatenate([*parts, _padded(np.zeros((0, 0, 3), np.uint8), _TEXT_WIDTH, _GAP)])


def _grid(rows: Sequence[Sequence[tuple[str, Any]]]) -> "Picture":
    """Rows of cells of one size, as many rows beside each other as make the whole about square; headings over them."""
    import numpy as np

    side = _CELL if len(rows) == 1 else _TILE
    across = 1 if len(rows) == 1 else 2
    blocks: list[Any] = []
    for row in rows:
        cells = [_padded(fitted(picture, side, side), side + _GAP, side + _GAP) for _, picture in row]
        blocks.append(np.concatenate(cells, axis=1))
    width = blocks[0].shape[1] + (_GAP if across > 1 else 0)
    blocks = [_padded(block, width, block.shape[0]) for block in blocks]
    headings = np.concatenate([_heading(name, side + _GAP) for name, _ in rows[0]], axis=1)
    lines = [np.concatenate([_padded(headings, width, _HEADING)] * across, axis=1)]
    for start in range(0, len(blocks), across):
        line = blocks[start : start + across]
        line += [_padded(np.zeros((0, 0, 3), np.uint8), width, line[0].shape[0])] * (across - len(line))
        lines.append(np.concatenate(line, axis=1))
    return np.concatenate(lines)


def _heading(name: str, width: int) -> "Picture":
    import numpy as np
    from PIL import Image, ImageDraw

    paper = Image.new("RGB", (width, _HEADING), _PAPER)
    ImageDraw.Draw(paper).text((_GAP // 2, _HEADING / 2), name, _SOFT, font(13), anchor="lm")
    return np.asarray(paper)


def _padded(picture: "Picture", width: int, height: int) -> "Picture":
    """The picture on paper of a size, centred from left to right where it is narrower."""
    import numpy as np

    paper = np.full((height, width, 3), _PAPER, np.uint8)
    left = max(0, (width - picture.shape[1]) // 2)
    paper[: picture.shape[0], left : left + picture.shape[1]] = picture[:height, :width]
    return paper
