"""Frames as a film: .mp4 (H.264) through ffmpeg, .gif through Pillow. Written aside and renamed when complete."""

import os
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from lab_app.display.overlay import bar_height, caption_bar
from lab_app.display.sink import Sink, pixels
from lab_app.extras import need_extra
from lab_core.errors import LabError, UsageError
from lab_core.scene import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]  # [height, width, 3]

_LARGEST = {".mp4": (1280, 720), ".gif": (480, 480)}  # (width, height) up to which small pictures are enlarged
_GIF_SECONDS = 0.05  # shortest time a frame of a .gif stays: what browsers still play at its speed
_GIF_FRAMES = 1500


class _Writer(Protocol):
    def add(self, picture: "Picture") -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


class VideoSink(Sink):
    """A film of every frame it is shown, enlarged by a whole factor, the caption in a bar under the picture.

    ``fps`` is the first frame's unless given. The file appears, complete, on :meth:`close`; without frames none does.
    Raises UsageError for a suffix other than .mp4 and .gif, LabError for a missing extra or a folder that can't be written.
    """

    name = "video"
    paced = False

    def __init__(self, path: Path, *, fps: float | None = None) -> None:
        self.path = Path(path)
        self._suffix = self.path.suffix.lower()
        if self._suffix not in _LARGEST:
            raise UsageError(f"A video can't be written as {self.path.name!r}.", "Give it a name that ends in .mp4 or .gif.")
        self._ffmpeg = can_film(self._suffix)
        self._fps = fps
        self._aside = self.path.with_name(f".{self.path.stem}.{os.getpid()}.partial{self._suffix}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_dir():
                raise IsADirectoryError(f"{self.path} is a folder")
            self._aside.touch()
        except OSError as error:
            raise LabError(f"The video {self.path} can't be written: {error.strerror or error}.") from None
        self._writer: _Writer | None = None
        self._shape = (0, 0)
        self._scale = 1
        self._bar = 0

    def show(self, frame: Frame, caption: str) -> None:
        image = pixels(frame)
        if self._writer is None:
            self._writer = self._start(image, frame)
        self._writer.add(self._compose(image, caption))

    def close(self) -> None:
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.finish()
                os.replace(self._aside, self.path)
        except OSError as error:
            raise LabError(f"The video {self.path} can't be written: {error.strerror or error}.") from error
        finally:
            if writer is not None:
                writer.abandon()
            self._aside.unlink(missing_ok=True)

    def _start(self, image: "Picture", frame: Frame) -> _Writer:
        height, width = image.shape[:2]
        most = _LARGEST[self._suffix]
        self._scale = max(1, min(most[0] // width, most[1] // height))
        self._shape = (height * self._scale, width * self._scale)
        self._bar = bar_height(self._shape[0])
        fps = min(60.0, max(1.0, self._fps or frame.fps))
        if self._suffix == ".gif":
            return _Gif(self._aside, fps)
        # H.264 with subsampled colour wants even sides.
        size = (self._shape[1] + self._shape[1] % 2, self._shape[0] + self._bar + (self._shape[0] + self._bar) % 2)
        return _Mp4(self._ffmpeg, self._aside, size, fps)

    def _compose(self, image: "Picture", caption: str) -> "Picture":
        import numpy as np
        from PIL import Image, ImageOps

        large = image.repeat(self._scale, axis=0).repeat(self._scale, axis=1)
        height, width = self._shape
        if large.shape[:2] != self._shape:  # a scene that changes its size is fitted into the first one's
            large = np.asarray(ImageOps.pad(Image.fromarray(large), (width, height), method=Image.Resampling.NEAREST))
        film = np.concatenate([large, np.asarray(caption_bar(width, self._bar, caption))])
        if self._suffix == ".mp4":
            film = np.pad(film, ((0, film.shape[0] % 2), (0, width % 2), (0, 0)), mode="edge")
        return film


class _Mp4:
    def __init__(self, ffmpeg: str, path: Path, size: tuple[int, int], fps: float) -> None:
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:g}", "-i", "-"]
        out = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as ffmpeg runs
        self._process = subprocess.Popen(
            [ffmpeg, "-y", "-loglevel", "error", *raw, *out, "-f", "mp4", str(path.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C ends the playing; the film is finished all the same
        )

    def add(self, picture: "Picture") -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(picture.tobytes())
        except OSError:
            raise self._failed() from None

    def finish(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            raise self._failed() from None
        if self._process.wait() != 0:
            raise self._failed()

    def abandon(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _failed(self) -> LabError:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return LabError(f"ffmpeg could not write the video: {lines[-1] if lines else f'exit code {self._process.returncode}'}.")


class _Gif:
    def __init__(self, path: Path, fps: float) -> None:
        self._path = path
        self._period = 1 / fps
        self._time = 0.0
        self._frames: list[Any] = []
        self._starts: list[float] = []

    def add(self, picture: "Picture") -> None:
        from PIL import Image

        due = not self._starts or self._time - self._starts[-1] >= _GIF_SECONDS - 1e-9
        if due and len(self._frames) == _GIF_FRAMES:
            raise LabError(f"A .gif of more than {_GIF_FRAMES} frames would fill the memory.", "Write an .mp4 instead.")
        if due:
            self._frames.append(Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE))
            self._starts.append(self._time)
        self._time += self._period

    def finish(self) -> None:
        # Times are whole hundredths of a second in the format; rounded as they add up, so that the speed stays right.
        ticks = [round(100 * start) for start in [*self._starts, self._time]]
        milliseconds = [10 * (end - start) for start, end in pairwise(ticks)]
        first, *rest = self._frames
        first.save(self._path, save_all=True, append_images=rest, duration=milliseconds, loop=0)

    def abandon(self) -> None:
        self._frames = []


def can_film(suffix: str) -> str:
    """Raise LabError, with what to install, unless films of this kind can be made here; the path of ffmpeg if it is needed."""
    need_extra("A video", "PIL")
    if suffix != ".mp4":
        return ""
    need_extra("An .mp4 video", "imageio_ffmpeg")
    from imageio_ffmpeg import get_ffmpeg_exe  # pyright: ignore[reportMissingTypeStubs]

    try:
        return get_ffmpeg_exe()
    except RuntimeError:
        raise LabError("There is no ffmpeg for this machine.", "Install ffmpeg, or write a .gif.") from None
