"""Walks from one sample to another through the latent space."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lab_app.sampling.models import Options
from lab_core.errors import UsageError
from lab_core.items.pictures import batch_of, grid, rgb
from lab_core.model import Latent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def points_of(model: Latent, numbers: Sequence[int], *, count: int, seed: int, options: Options) -> "NDArray[np.float32]":
    """The latent points [len(numbers), dimensions] of samples by number, from 1, of the batch that --count and --seed draw."""
    for number in numbers:
        if not 1 <= number <= count:
            raise UsageError(f"There is no sample {number}; they are numbered 1 to {count}.", "Draw more: --count")
    batch = model.latents(count, seed=seed, options=options)
    return batch[[number - 1 for number in numbers]]


def walk(model: Latent, ends: Any, fractions: Sequence[float], options: Options) -> "NDArray[np.uint8]":
    """The pictures uint8 [len(fractions), height, width, 1 or 3] on the way from the first to the second of two points."""
    import numpy as np

    a, b = ends[:1], ends[1:]
    points = np.concatenate([model.between(a, b, fraction) for fraction in fractions])
    return batch_of(list(model.decode(points, options)), len(fractions), maker=type(model).__name__)


def there_and_back(frames: int) -> list[float]:
    """Fractions of a film of ``frames`` frames that goes there and back in equal steps and can be played in a circle."""
    return [1 - abs(1 - 2 * frame / frames) for frame in range(frames)]


def film(model: Latent, ends: Any, numbers: tuple[int, int], *, frames: int, options: Options) -> Iterator[tuple[Any, str]]:
    """Frames uint8 [height, width, 3] with captions, there and back."""
    fractions = there_and_back(frames)
    for image, fraction in zip(walk(model, ends, fractions, options), fractions, strict=True):
        yield rgb(image), f"sample {numbers[0]} to {numbers[1]}: {fraction:.0%}"


def strip(model: Latent, ends: Any, *, frames: int, options: Options, columns: int | None = None) -> "NDArray[np.uint8]":
    """The way there as one picture, both ends included: a row of ``columns``, then the next."""
    fractions = [frame / (frames - 1) for frame in range(frames)]
    return grid(walk(model, ends, fractions, options), columns=columns or min(frames, 20))
