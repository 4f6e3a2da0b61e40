"""A translating model at work: input, result and target of held-out images, page after page."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.model import Model
from lab_core.scene import Frame, Scene
from lab_image_translation.held_out import pairs
from lab_image_translation.sheets import rows_of

_ROWS, _ROWS_LIVE = 8, 6
_PAGE = 3  # seconds
_FPS = 2.0


class TranslationScene(Scene):
    """Beside a training always the same page, until a newer model takes over."""

    def __init__(self, benchmark: Benchmark) -> None:
        super().__init__(benchmark)
        self._first: int | None = None

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``live``. Held-out validation images beside a training, else those of the test."""
        live = bool(options.get("live"))
        values = {key: str(value) for key, value in self.benchmark.parameters.items()}
        examples = pairs(values["operation"], values, "validation" if live else "test", 64)
        rows = min(_ROWS_LIVE if live else _ROWS, len(examples))
        applying: Any = model
        for page in count():
            start = 0 if live else page * rows % len(examples)
            shown = (examples * 2)[start : start + rows]
            made = list(applying.apply([given for given, _ in shown], applying.options()))
            picture = rows_of([(given, result, target) for (given, target), result in zip(shown, made, strict=True)])
            frames = int(_PAGE * _FPS)
            for number in range(frames):
                yield Frame(picture, "input, result, target", fps=_FPS, last=number == frames - 1)
