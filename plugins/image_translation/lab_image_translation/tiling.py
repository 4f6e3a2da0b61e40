"""Applying a network of fixed needs to images of any size: padding, overlapping tiles, batches of images of one size."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Network = Callable[[Pixels], Pixels]  # uint8 [n, h, w, c] -> uint8 [n, h * scale, w * scale, c']

LARGEST = 512  # pixels a side: larger images are cut into tiles
OVERLAP = 32  # pixels of the input that neighbouring tiles share, blended linearly


def apply_images(
    network: Network,
    images: Iterable[Pixels],
    *,
    multiple: int = 1,
    least: int = 1,
    scale: int = 1,
    tile: int = LARGEST,
    batch: int = 16,
) -> Iterator[Pixels]:
    """``network`` on images of any size, one result each in order; images of one size in a row go in batches together.

    multiple   height and width of what the network takes; images are extended by reflection and cropped back
    least      the smallest height and width that the network takes; images are extended likewise
    scale      factor from input to output size
    tile       images with a longer side are cut into tiles of this side (rounded up to ``multiple``)
    """
    waiting: list[Pixels] = []
    for image in images:
        if waiting and (len(waiting) == batch or waiting[0].shape != image.shape):
            yield from _same_size(network, waiting, multiple, least, scale, tile)
            waiting = []
        waiting.append(image)
    if waiting:
        yield from _same_size(network, waiting, multiple, least, scale, tile)


def padded(images: Pixels, multiple: int, least: int = 1) -> Pixels:
    """``images`` [n, h, w, c] extended at the bottom and the right to multiples of ``multiple``, at least ``least`` pixels.

    By reflection; where the image is too small to be reflected that far, it is reflected again and again.
    """
    height, width = (max(-(-side // multiple) * multiple, least) for side in images.shape[1:3])
    down, right = height - images.shape[1], width - images.shape[2]
    if not down and not right:
        return images
    return np.pad(images, ((0, 0), (0, down), (0, right), (0, 0)), mode="symmetric")


def _same_size(network: Network, images: list[Pixels], multiple: int, least: int, scale: int, tile: int) -> Iterator[Pixels]:
    height, width = images[0].shape[:2]
    side = -(-tile // multiple) * multiple
    if max(height, width) <= side:
        made = network(padded(np.stack(images), multiple, least))
        yield from made[:, : height * scale, : width * scale]
        return
    for image in images:
        yield _tiled(network, image, multiple, least, scale, side)


def _tiled(network: Network, image: Pixels, multiple: int, least: int, scale: int, side: int) -> Pixels:
    """One image by tiles of ``side`` pixels that overlap; each result weighs less towards a border that it shares."""
    height, width = image.shape[:2]
    whole = padded(image[None], multiple, max(least, multiple))[0]
    tops, lefts = (_starts(length, side, multiple) for length in whole.shape[:2])
    tall, wide = min(side, whole.shape[0]), min(side, whole.shape[1])
    total: NDArray[np.float32] | None = None
    weights = np.zeros((whole.shape[0] * scale, whole.shape[1] * scale, 1), np.float32)
    for top in tops:
        for left in lefts:
            made = network(whole[None, top : top + tall, left : left + wide])[0]
            if total is None:
                total = np.zeros((*weights.shape[:2], made.shape[2]), np.float32)
            share = _ramp(tall * scale, top > 0, top + tall < whole.shape[0], scale)[:, None, None]
            share = share * _ramp(wide * scale, left > 0, left + wide < whole.shape[1], scale)[None, :, None]
            place = np.s_[top * scale : (top + tall) * scale, left * scale : (left + wide) * scale]
            total[place] += made * share
            weights[place] += share
    assert total is not None
    return np.round(total / weights)[: height * scale, : width * scale].astype(np.uint8)


def _starts(length: int, side: int, multiple: int) -> list[int]:
    """Where tiles of ``side`` begin on ``length`` pixels: evenly, on multiples, overlapping by OVERLAP or more."""
    if length <= side:
        return [0]
    count = -(-(length - OVERLAP) // (side - OVERLAP)) if side > OVERLAP else -(-length // side)
    last = length - side
    return sorted({round(last * number / (count - 1) / multiple) * multiple for number in range(count)} | {0, last})


def _ramp(length: int, before: bool, after: bool, scale: int) -> NDArray[np.float32]:
    """Weights of a tile's rows or columns: rising over the overlap where another tile is before, falling where one is after."""
    ramp = np.ones(length, np.float32)
    size = min(OVERLAP * scale, length)
    rise = (np.arange(size, dtype=np.float32) + 1) / (size + 1)
    if before:
        ramp[:size] = np.minimum(ramp[:size], rise)
    if after:
        ramp[-size:] = np.minimum(ramp[-size:], rise[::-1])
    return ramp
