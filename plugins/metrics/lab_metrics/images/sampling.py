"""A set of samples from a model, for a score: the same seed, the same set."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Model, Sample
from lab_metrics.images.arrays import Images, stacked

LABEL, CODE = "label", "category"  # options of models that draw an asked class, or a value of a code that nobody named


class Drawn(NamedTuple):
    """Images uint8 [n, height, width, channels]; ``asked`` [n] is the class or code of each, None where none was asked."""

    images: Images
    asked: NDArray[np.int64] | None
    option: str | None


def draw(model: Model, count: int, *, classes: int, seed: int, where: str) -> Drawn:
    """``count`` images. Of a model with the option ``label`` (or ``category``) each of ``classes`` is asked equally often.

    The first ``count % classes`` classes give one more. Raises LabError for a model that doesn't sample, or not images.
    """
    if not isinstance(model, Sample):
        raise LabError(f"Benchmark {where} needs a model that can sample; {type(model).__name__} can't.")
    what = f"{where}: {type(model).__name__}"
    offered = model.options.__struct_fields__
    option = next((name for name in (LABEL, CODE) if name in offered), None) if classes else None
    if option is None:
        return Drawn(_sample(model, count, seed, {}, what), None, None)
    parts: list[Images] = []
    sizes = [count // classes + (place < count % classes) for place in range(classes)]
    for place, size in enumerate(sizes):
        if size:
            parts.append(_sample(model, size, _seed(seed, place), {option: place}, what))
    asked = np.repeat(np.arange(classes), sizes)
    if len({part.shape[1:] for part in parts}) > 1:
        raise LabError(f"{what} made images of different sizes for different classes.")
    return Drawn(np.concatenate(parts), asked, option)


def set_seed(seed: int, place: int) -> int:
    """The seed of the sample set number ``place`` of an evaluation."""
    return _seed(seed, 1_000_000 + place)


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)


def _sample(model: Sample, count: int, seed: int, options: Mapping[str, Any], what: str) -> Images:
    checked = to_dict(from_dict(model.options, options))
    return stacked(model.sample(count, seed=seed, options=checked), count, what=what)
