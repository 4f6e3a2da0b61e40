"""A model that draws, at work: grids of the same noise for every model, and walks where there is a latent space."""

import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.benchmark import Benchmark
from lab_core.config import resolve, to_dict
from lab_core.errors import LabError
from lab_core.items.pictures import batch_of, grid
from lab_core.model import Kind, Latent, Model, Sample
from lab_core.scene import Frame, Scene

_TILES, _TILES_LIVE = 36, 25
_FPS, _FPS_LIVE = 20.0, 10.0
_HOLD = 1.0  # seconds that a grid stands still between walks
_WALK = 2.0  # seconds of a walk
_PAGE = 2.5  # seconds of a grid of a model that can't walk
_QUICK, _QUICK_LIVE = 0.1, 0.03  # seconds for a grid up to which a model is quick enough to walk
_WARM = 2.0  # seconds of a first grid above which it isn't drawn again to see how long it takes once compiled

Picture = NDArray[np.uint8]


class SampleScene(Scene):
    """Grids of samples. The first seed that a scene is given stays its seed, so that models can be compared as they learn.

    A latent model walks from the fixed noise to another and back, to a new one each time; a round ends where it began. Any
    other model, and a slow one, shows one grid after another.
    """

    def __init__(self, benchmark: Benchmark) -> None:
        super().__init__(benchmark)
        self._seed: int | None = None

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``live`` (beside a training: smaller grids, and nothing drawn that needn't be). No episodes, no scores.

        Raises LabError for a model that doesn't draw images.
        """
        if not isinstance(model, Sample) or model.produces != Kind.IMAGE:
            raise LabError(f"Benchmark {self.benchmark.id} needs a model that samples images; {type(model).__name__} doesn't.")
        if self._seed is None:
            self._seed = seed
        live = bool(options.get("live"))
        drawing = _Drawing(model, self._seed, _TILES_LIVE if live else _TILES)
        if drawing.seconds <= (_QUICK_LIVE if live else _QUICK) and isinstance(model, Latent):
            yield from _walks(drawing, _FPS_LIVE if live else _FPS)
        else:
            yield from _pages(drawing, live)


class _Drawing:
    """Grids of one model. ``first`` is the one of the fixed noise; ``seconds`` is how long one takes."""

    def __init__(self, model: Sample, seed: int, tiles: int) -> None:
        self._model = model
        self._tiles = tiles
        self._options = to_dict(resolve(model.options))
        self.seed = seed
        self.seconds = 0.0
        self.first = self._timed()
        if self.seconds <= _WARM:  # the first call may have compiled
            self.first = self._timed()

    def page(self, seed: int) -> Picture:
        """The grid of what the model makes of a seed."""
        return self._grid(self._model.sample(self._tiles, seed=seed, options=self._options))

    def points(self, seed: int) -> NDArray[np.float32]:
        assert isinstance(self._model, Latent)
        return self._model.latents(self._tiles, seed=seed, options=self._options)

    def between(self, a: NDArray[np.float32], b: NDArray[np.float32], fraction: float) -> Picture:
        """The grid on the way from one batch of points to another."""
        assert isinstance(self._model, Latent)
        return self._grid(self._model.decode(self._model.between(a, b, fraction), self._options))

    def _timed(self) -> Picture:
        start = time.perf_counter()
        drawn = self.page(self.seed)
        self.seconds = time.perf_counter() - start
        return drawn

    def _grid(self, items: Iterator[Any]) -> Picture:
        return grid(batch_of(list(items), self._tiles, maker=type(self._model).__name__))


def _walks(drawing: _Drawing, fps: float) -> Iterator[Frame]:
    """From the fixed noise to another and back, again and again, always to a new one."""
    hold, steps = round(_HOLD * fps), round(_WALK * fps)
    here = drawing.points(drawing.seed)
    for turn in count(1):
        target = drawing.seed + turn
        standing = Frame(drawing.first, f"seed {drawing.seed}", fps=fps)
        yield from [standing] * hold
        there = drawing.points(target)
        walked: list[Picture] = []
        for step in range(1, steps + 1):
            walked.append(drawing.between(here, there, step / steps))
            yield Frame(walked[-1], f"seed {drawing.seed} to {target}, {step / steps:.0%}", fps=fps)
        yield from [Frame(walked[-1], f"seed {target}", fps=fps)] * hold
        for step in range(steps - 1, 0, -1):
            yield Frame(walked[step - 1], f"seed {target} to {drawing.seed}, {1 - step / steps:.0%}", fps=fps)
        yield Frame(drawing.first, f"seed {drawing.seed}", fps=fps, last=True)


def _pages(drawing: _Drawing, live: bool) -> Iterator[Frame]:
    """One grid after another; beside a training the same one, until a newer model takes over."""
    fps = 2.0
    for turn in count():
        seed = drawing.seed + (0 if live else turn)
        picture = drawing.page(seed) if seed != drawing.seed else drawing.first
        shown = round(_PAGE * fps)
        for number in range(1, shown + 1):
            yield Frame(picture, f"seed {seed}", fps=fps, last=number == shown)
