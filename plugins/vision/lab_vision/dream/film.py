"""Films of dreams: every step of an ascent, or an endless zoom."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab_core.errors import LabError

if TYPE_CHECKING:
    from lab_vision.dream.config import DreamOptions
    from lab_vision.dream.model import DreamModel

Picture = NDArray[np.float32]  # [height, width, 3], values 0 to 255


def zoomed(model: "DreamModel", image: NDArray[Any], options: "DreamOptions", seed: int) -> Iterator[Picture]:
    """``frames`` pictures of one size: each is dreamed on, then its centre enlarged by ``zoom`` for the next one.

    The first frame takes the whole ascent, the others two steps at the largest size, which keeps up with the enlargement.
    """
    import msgspec

    following = msgspec.structs.replace(options, octaves=1, iterations=min(2, options.iterations))
    current: Any = image
    for frame in range(options.frames):
        steps = model.ascent(current, options if frame == 0 else following, seed=seed + frame)
        current = deque(steps, maxlen=1)[0][0]
        yield current
        current = enlarged(current, options.zoom)


def enlarged(image: Picture, factor: float) -> Picture:
    """The centre of an image at the size of the whole, bilinear: the middle stays where it is."""
    import tensorflow as tf

    height, width = image.shape[:2]
    top, left = (1 - 1 / factor) / 2, (1 - 1 / factor) / 2
    box = tf.constant([[top, left, 1 - top, 1 - left]], tf.float32)
    return tf.image.crop_and_resize(image[None], box, [0], (height, width)).numpy()[0]


class Film:
    """Frames of one size into a .gif or .mp4 file; pictures larger than ``LONGEST`` pixels are scaled down."""

    LONGEST = 1280

    def __init__(self, path: Path, fps: float, size: tuple[int, int]) -> None:
        self._path, self._fps, self._frames = path, fps, list[Image.Image]()
        scale = min(1.0, self.LONGEST / max(size))
        self._size = max(2, round(size[1] * scale) // 2 * 2), max(2, round(size[0] * scale) // 2 * 2)  # ffmpeg needs even sides
        self._writer: Any = None
        if path.suffix.lower() == ".mp4":
            try:
                from imageio_ffmpeg import write_frames
            except ImportError:
                raise LabError("Films need imageio-ffmpeg.", "uv pip install imageio-ffmpeg, or name a .gif file") from None
            self._writer = write_frames(str(path), self._size, fps=fps, macro_block_size=2, quality=8)
            self._writer.send(None)

    def add(self, frame: Picture) -> None:
        """One frame; smaller ones (of a first octave) are enlarged."""
        picture = Image.fromarray(np.clip(np.round(frame), 0, 255).astype(np.uint8)).resize(self._size, Image.Resampling.BILINEAR)
        if self._writer is not None:
            self._writer.send(np.ascontiguousarray(picture))
        else:
            self._frames.append(picture)

    def close(self) -> None:
        """Finish the file; raises LabError where it can't be written."""
        try:
            if self._writer is not None:
                self._writer.close()
            else:
                first, *others = self._frames
                first.save(self._path, save_all=True, append_images=others, duration=max(20, round(1000 / self._fps)), loop=0)
        except OSError as error:
            raise LabError(f"The video {self._path} can't be written: {error}.") from None
