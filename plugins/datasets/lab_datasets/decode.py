"""Image files: what the header says, and the pixels by fixed rules.

transparency    laid over white, of grey images too
16 bits         the range 0 to 65535 becomes 0 to 255, whatever values occur
floating point  0 to 1 where no value is larger, else 0 to 255, else 0 to 65535
palettes, CMYK, animations    converted to colour; the first frame
rotation        the camera's orientation tag is obeyed
colour profiles ignored

Decoders raise exceptions of any type for damaged files: every one of them is that file's problem, in one line.
"""

import warnings
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".bmp", ".dib", ".gif", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".jp2", ".j2k"),
)
MOST_PIXELS = 100_000_000  # an image that unpacks to more than 300 MB is refused before it is decoded
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")
_WHOLE = ("I", "I;16", "I;16B", "I;16L")


class Picture(msgspec.Struct, frozen=True):
    """What the header of an image file says. ``problem`` is empty for one that can be used."""

    path: Path
    width: int = 0
    height: int = 0
    mode: str = ""
    problem: str = ""
    profile: bool = False

    @property
    def grey(self) -> bool:
        return self.mode in GREY_MODES


def header(path: Path) -> Picture:
    """Size and mode of an image file, without decoding it; whatever a decoder raises becomes its problem."""
    try:
        if path.stat().st_size == 0:
            return Picture(path, problem="empty file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limit below names the size
            try:
                with Image.open(path) as image:
                    width, height, mode, profile = *image.size, image.mode, bool(image.info.get("icc_profile"))
            finally:
                Image.MAX_IMAGE_PIXELS = before
    except UnidentifiedImageError:
        return Picture(path, problem="not an image that can be read")
    except Exception as error:  # decoders raise struct.error, KeyError, RuntimeError and others for damaged files
        return Picture(path, problem=f"can't be read: {_reason(error)}")
    if width * height > MOST_PIXELS:
        return Picture(path, width, height, mode, f"{width} x {height} pixels; at most {MOST_PIXELS:,} are read")
    return Picture(path, width, height, mode, profile=profile)


def decoded(path: Path) -> Image.Image:
    """As :func:`opaque`; raises ValueError, with the reason in one line, whatever the decoder raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return opaque(path)
    except Exception as error:  # as in header
        raise ValueError("truncated" if "truncated" in str(error) else f"can't be decoded: {_reason(error)}") from None


def opaque(path: Path, *, longest: int = 0) -> Image.Image:
    """The first frame of a file as "L" or "RGB", upright, over white; raises what Pillow raises.

    ``longest``: a longer side is divided by a whole number while it is read, to this many pixels or a little more, so that a
    large file costs little memory (JPEG) or that of its pixels once (others); 0: as it is.
    """
    with Image.open(path) as opened:
        if longest:
            opened.draft(opened.mode, (longest, longest))
        opened.load()
        factor = max(opened.size) // longest if longest and opened.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else 1
        image = ImageOps.exif_transpose(opened.reduce(factor) if factor > 1 else opened)
        if image.mode in _WHOLE or image.mode == "F":
            return Image.fromarray(_eight_bits(np.asarray(image).astype(np.float64), image))
        if not image.has_transparency_data:
            return image.convert("L" if image.mode in GREY_MODES else "RGB")
        grey = image.mode in GREY_MODES
        layer = image.convert("RGBA")
        over_white = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
        return over_white.getchannel(0) if grey else over_white


def small(path: Path, longest: int) -> Image.Image:
    """As :func:`opaque` with ``longest``; raises ValueError, with the reason in one line, for files that can't be read.

    JPEG files may have more than :data:`MOST_PIXELS`: what is decoded of them is an eighth of each side.
    """
    found = header(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # MOST_PIXELS counts, of what is decoded
        try:
            if found.problem and found.width:
                with Image.open(path) as opened:
                    opened.draft(opened.mode, (longest, longest))
                    if opened.width * opened.height > MOST_PIXELS:
                        raise ValueError(found.problem)
            elif found.problem:
                raise ValueError(found.problem)
            return opaque(path, longest=longest)
        except ValueError:
            raise
        except Exception as error:  # as in header
            raise ValueError(f"can't be decoded: {_reason(error)}") from None
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _eight_bits(values: NDArray[np.float64], image: Image.Image) -> NDArray[np.uint8]:
    """Whole numbers of 16 bits or floating point as uint8 [height, width]."""
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are not finite")
    if image.mode == "F":
        largest = values.max(initial=0)
        scaled = values * 255 if largest <= 1 else values if largest <= 255 else values / 257
    else:
        scaled = values / 257
        transparent: Any = image.info.get("transparency")
        if isinstance(transparent, int):
            scaled[values == transparent] = 255
    return np.clip(np.round(scaled), 0, 255).astype(np.uint8)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."
