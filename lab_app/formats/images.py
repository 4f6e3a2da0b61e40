"""Image files as uint8 [height, width, 1 or 3] and back. What a file holds beyond that is read by fixed rules:

grey           one channel where the file is grey, else three
transparency   laid over white for the model; kept apart, and put back on a result of the same proportions
16 bits        the range 0 to 65535 becomes 0 to 255, whatever values occur
palettes, CMYK converted to colour
animations     the first frame
rotation       the camera's orientation tag is obeyed
profiles       ICC profiles are not applied; one of other colours than sRGB's is noted
size           at most 100 million pixels
"""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_app.extras import need_extra
from lab_core.errors import LabError, UsageError
from lab_core.files import disk_errors, make_folder, write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WRITTEN = (".png", ".jpg", ".jpeg", ".webp")
MOST_PIXELS = 100_000_000  # 300 MB once it is decoded
_QUALITY = 92  # of .jpg and .webp
_EFFORT = 3  # of .png: a third of the time of the usual 6 for a tenth more bytes
_SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L")


@dataclass(frozen=True)
class Opened:
    """An image file: ``pixels`` uint8 [height, width, 1 or 3], and ``alpha`` uint8 [height, width] where it is transparent.

    ``profile``: whether it has an ICC profile other than sRGB's, which is not applied.
    """

    pixels: "Picture"
    alpha: "Picture | None" = None
    profile: bool = False


def read(source: Path | bytes, name: str = "") -> Opened:
    """Decode a file, or bytes called ``name``; raises LabError that names it for anything that is no image."""
    from PIL import Image, ImageOps

    name = name or (source.name if isinstance(source, Path) else "the image")
    if isinstance(source, Path):
        require_file(source)
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limit below names the size
    try:
        with Image.open(source if isinstance(source, Path) else io.BytesIO(source)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                size = f"{opened.width} x {opened.height} pixels"
                raise LabError(f"{name} has {size}; at most {MOST_PIXELS // 10**6} million are read.", "Scale it down first.")
            opened.load()
            return replace(_opened(ImageOps.exif_transpose(opened)), profile=_other_colours(opened.info.get("icc_profile")))
    except LabError:
        raise
    except Exception as error:  # a damaged file makes decoders raise whatever they like
        why = "it is not an image" if "cannot identify" in str(error) else str(error) or type(error).__name__
        raise LabError(f"{name} can't be decoded: {why}.") from None
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _other_colours(profile: Any) -> bool:
    """Whether an embedded profile is another than sRGB's; its description is ASCII or UTF-16."""
    return bool(profile) and b"sRGB" not in profile and "sRGB".encode("utf-16-be") not in profile


def _opened(picture: Any) -> Opened:
    import numpy as np
    from PIL import Image

    if picture.mode in _SIXTEEN_BITS:
        values = np.asarray(picture).astype(np.float64)
        return Opened(np.clip(np.round(values / 257), 0, 255).astype(np.uint8)[:, :, None])
    if not picture.has_transparency_data:
        grey = picture.mode in ("1", "L", "F")
        pixels = np.asarray(picture.convert("L" if grey else "RGB"))
        return Opened(pixels.reshape(*pixels.shape[:2], -1))
    grey = picture.mode == "LA" or (picture.mode in ("1", "L"))
    layer = picture.convert("RGBA")
    alpha = np.asarray(layer.getchannel("A"))
    white = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("L" if grey else "RGB")
    pixels = np.asarray(white)
    return Opened(pixels.reshape(*pixels.shape[:2], -1), None if alpha.min(initial=255) == 255 else alpha)


def with_alpha(pixels: "Picture", alpha: "Picture") -> "Picture":
    """A result with the transparency of its input put back, uint8 [height, width, 2 or 4], scaled to the result's size.

    Laid over white it looks as the result does, where colours of 0 to 255 allow it.
    """
    import numpy as np
    from PIL import Image

    height, width = pixels.shape[:2]
    if alpha.shape != (height, width):
        alpha = np.asarray(Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR))
    share = np.maximum(alpha, 1)[:, :, None] / 255.0
    under = np.where(alpha[:, :, None] == 0, pixels, (pixels - 255.0 * (1 - share)) / share)
    return np.concatenate([np.clip(np.round(under), 0, 255).astype(np.uint8), alpha[:, :, None]], axis=2)


def encode(pixels: "Picture", suffix: str, alpha: "Picture | None" = None) -> bytes:
    """The bytes of a .png, .jpg or .webp; a .jpg has no transparency. Raises UsageError for another suffix."""
    from PIL import Image

    suffix = suffix.lower()
    if suffix not in WRITTEN:
        raise UsageError(f"An image can't be written as {suffix or 'a file without suffix'}.", f"Choose {', '.join(WRITTEN)}.")
    jpeg = suffix in (".jpg", ".jpeg")
    if alpha is not None and not jpeg:
        pixels = with_alpha(pixels, alpha)
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    kind = "JPEG" if jpeg else suffix[1:].upper()
    picture.save(buffer, kind, **({"compress_level": _EFFORT} if kind == "PNG" else {"quality": _QUALITY}))
    return buffer.getvalue()


def write(path: Path, pixels: "Picture", alpha: "Picture | None" = None, *, option: str = "--out") -> None:
    """Write an image, whole or not at all, and the folders above it."""
    data = encode(pixels, path.suffix, alpha)
    with disk_errors(path.name, path.parent, option=option):
        make_folder(path.parent)
    write_atomic(path, data, option=option)


def require_file(path: Path) -> None:
    """Raise LabError unless ``path`` is a plain file: a pipe or a device would be waited for without end."""
    if path.is_dir():
        raise LabError(f"{path} is a folder, not a file.")
    if not path.exists():
        raise UsageError(f"There is no file {path}.")
    if not path.is_file():
        raise LabError(f"{path} is not a plain file.", "Use - to read standard input.")


def can_write() -> None:
    """Raise LabError, with what to install, unless pictures can be written here."""
    need_extra("A picture", "PIL")


def encode_png(image: "Picture") -> bytes:
    """The bytes of a .png file, grey where the picture has one channel."""
    can_write()
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(buffer, "PNG")
    return buffer.getvalue()


def write_png(path: Path, image: "Picture", *, option: str = "--out") -> None:
    """Write a picture, whole or not at all, and the folders above it; raises LabError when the disk refuses."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a picture.", f"Give a file's name with {option}.")
    data = encode_png(image)
    with disk_errors(path.name, path.parent, option=option):
        make_folder(path.parent)
    write_atomic(path, data, option=option)
