"""A model that writes, at work: a sample that grows, one after another."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab_app.display.item_pictures import text_picture
from lab_app.sampling.models import draw_texts
from lab_core.benchmark import Benchmark
from lab_core.config import to_dict
from lab_core.errors import LabError
from lab_core.model import Model, Sample
from lab_core.scene import Frame, Scene

_FPS = 20.0
_STEP = 4  # characters that a frame adds
_MOST = 1_200  # characters shown of a sample
_STANDS = 2.0  # seconds that a finished sample stands
_WIDTH, _HEIGHT = 720, 480


class TextScene(Scene):
    """Samples of a model of texts with its default options."""

    def __init__(self, benchmark: Benchmark) -> None:
        super().__init__(benchmark)
        self._first: int | None = None

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """A round is one sample. Beside a training (option ``live``) every model begins with the same random numbers."""
        if not isinstance(model, Sample):
            raise LabError(f"Benchmark {self.benchmark.id} shows models that sample; {type(model).__name__} does not.")
        live = bool(options.get("live"))
        if self._first is None:
            self._first = seed
        number = 0
        while True:
            start = self._first if live else seed + number
            pieces = next(draw_texts(model, 1, seed=start, options=to_dict(model.options())))
            yield from _grow(pieces, f"sample {number + 1}")
            number += 1


def _grow(pieces: Iterator[str], caption: str) -> Iterator[Frame]:
    text, shown = "", 0
    for piece in pieces:
        text = (text + piece)[:_MOST]
        while len(text) - shown >= _STEP:
            shown += _STEP
            yield _frame(text[:shown], caption)
        if len(text) >= _MOST:
            break
    stands = round(_STANDS * _FPS)
    for number in range(1, stands + 1):
        yield _frame(text, caption, last=number == stands)


def _frame(text: str, caption: str, *, last: bool = False) -> Frame:
    picture = text_picture(text, width=_WIDTH, height=_HEIGHT)
    return Frame(picture, f"{caption}, {len(text):,} characters", ansi=text, fps=_FPS, last=last)
