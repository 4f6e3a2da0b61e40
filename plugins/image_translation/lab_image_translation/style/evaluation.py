"""Scores models that paint photographs in one style, by the objective of Gatys et al. 2016."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_image_translation import vgg
from lab_image_translation.held_out import SHUFFLE
from lab_image_translation.losses import gram, relative_error
from lab_image_translation.paired.problem import with_channels
from lab_image_translation.sources import cut, load_images
from lab_image_translation.style.config import LAYERS, StyleConfig
from lab_image_translation.style.pictures import fitted, load_style, scaled

Pixels = NDArray[np.uint8]
LONGEST, SIDE = 512, 128  # pixels: photographs are scaled down to this and cut into squares
STYLE_SIZE = 256  # pixels of the style's longer side
CONTENT = "conv4_2"


def squares(data: str, split: str) -> list[Pixels]:
    """Squares of held-out photographs uint8 [SIDE, SIDE, 3], in a fixed random order."""
    images = [scaled(with_channels(one, 3), LONGEST) for one in load_images(StyleConfig(data=data), split)]
    found = cut(images, SIDE)
    return [found[place] for place in np.random.default_rng(SHUFFLE).permutation(len(found))]


class StyleEvaluator(Evaluator):
    """A unit is one square of a photograph. Its score is content + ``style_weight`` * style (equation 7), both relative, as
    :mod:`~lab_image_translation.style.gatys` has them.

    content  squared difference of the features, divided by the mean square of the features of all squares: a blue sky's own is
             27 times smaller than a window's, and whatever is painted there would count as much more than in the window
    style    squared difference of the Gram matrices, divided by the square of the style's; the mean over layers

    Parameters of the benchmark: ``data``, ``style`` (a picture's name or file) and ``style_weight``. An unchanged photograph has
    content 0; a result that has the style alone, style 0.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The objective of each of ``count`` results; details: its two parts. Raises LabError for results of another size."""
        where, values = self.benchmark.id, self.benchmark.parameters
        if count < 1:
            raise UsageError(f"{count} images can't be scored; at least 1 is expected.")
        name, rules = self.benchmark.protocol(protocol)
        photographs = squares(values["data"], str(rules["split"]))[:count]
        applying: Any = model
        made = applying.apply(iter(photographs), applying.options())
        weight = float(values["style_weight"])
        rows: list[tuple[float, float, float]] = []  # squared difference and size of the content, style
        content, style = np.zeros(0), np.zeros(0)
        for photograph, result in _results(made, photographs, where):
            rows.append(self._parts(result, photograph))
            difference, size, style = np.array(rows).T
            content = difference / size.mean()
            if progress is not None:
                progress(len(rows), len(photographs), list(content + weight * style))
        scores = tuple(map(float, content + weight * style))
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                "split": rules["split"],
                "signature": _signature(weight, len(scores)),
            },
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
            unit="image",
            details={"content": tuple(map(float, content)), "style": tuple(map(float, style))},
            steps=len(scores),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Any]]:
        """The first squares that are scored, each with the style's picture."""
        values, rules = self.benchmark.parameters, self.benchmark.protocol()[1]
        style = fitted(load_style(str(values["style"])), SIDE, SIDE)
        return [(one, style) for one in squares(values["data"], str(rules["split"]))[:count]]

    def _parts(self, result: Pixels, photograph: Pixels) -> tuple[float, float, float]:
        found, wanted = (_features(one, [CONTENT, *LAYERS]) for one in (result, photograph))
        difference = float(np.square(found[CONTENT] - wanted[CONTENT]).mean())
        style = float(np.mean([relative_error(gram(found[name]), target) for name, target in self._grams.items()]))
        return difference, float(np.square(wanted[CONTENT]).mean()), style

    @cached_property
    def _grams(self) -> dict[str, Any]:
        picture = scaled(load_style(str(self.benchmark.parameters["style"])), STYLE_SIZE)
        return {name: gram(found) for name, found in _features(picture, LAYERS).items()}


def _signature(weight: float, count: int) -> str:
    layers = f"content={CONTENT},relative to all squares|style={','.join(LAYERS)} x {weight:g},relative"
    return f"style:{vgg.NAME}|{layers}|squares of {SIDE} of {LONGEST}|style of {STYLE_SIZE}|n={count}|v=1"


def _features(picture: Pixels, names: Sequence[str]) -> dict[str, Any]:
    return vgg.features(picture[None].astype(np.float32), names, pooling="average")


def _results(made: Iterator[Any], photographs: Sequence[Pixels], where: str) -> Iterator[tuple[Pixels, Pixels]]:
    """Each photograph with its result."""
    for photograph in photographs:
        result = next(made, None)
        if result is None:
            raise LabError(f"{where}: the model gave fewer results than it was given images.")
        found = np.asarray(result)
        if found.dtype != np.uint8 or found.shape != photograph.shape:
            raise LabError(f"{where}: a result is {found.dtype} {list(found.shape)}; uint8 {list(photograph.shape)} is expected.")
        yield photograph, found
