"""Films as images, frame by frame in both directions, through ffmpeg."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lab_app.applying.source import Film, Input, Source
from lab_app.formats.images import require_file
from lab_core.errors import LabError
from lab_core.items.image import fitted, to_picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


def frames(one: Input) -> Iterator[Source]:
    """The frames of a film, uint8 [height, width, 3], decoded as they are asked for; raises LabError for a damaged one."""
    import numpy as np

    require_file(one.path)
    reader = _open(one.path)
    try:
        facts: dict[str, Any] = next(reader)
        width, height = facts["size"]
        film = Film(one.path, one.name, float(facts["fps"]), (width, height))
        for number, data in enumerate(reader, start=1):
            pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3)
            yield Source(f"{one.name}/{number:06d}", pixels, one.path, film=film)
    except (OSError, RuntimeError, StopIteration, KeyError, ValueError) as error:
        raise LabError(
            f"{one.path.name} can't be decoded as a video: {str(error).splitlines()[-1] if str(error) else 'no frames'}."
        ) from None
    finally:
        reader.close()


def _open(path: Path) -> Any:
    from lab_app.display.video import can_film

    can_film(".mp4")
    import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs]

    ffmpeg: Any = imageio_ffmpeg
    return ffmpeg.read_frames(str(path.absolute()), pix_fmt="rgb24", bits_per_pixel=24)


class FilmWriter:
    """Writes pictures as an .mp4 (H.264), all in the first one's size; the file appears, complete, on :meth:`close`."""

    def __init__(self, path: Path, *, fps: float) -> None:
        from lab_app.display.video import can_film

        self._ffmpeg = can_film(".mp4")
        self.path, self._fps = path, fps
        self._aside = path.with_name(f".{path.stem}.{os.getpid()}.partial.mp4")
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as ffmpeg runs
        self._size = (0, 0)

    def add(self, pixels: "Picture") -> None:
        """One more frame, uint8 [height, width, 1 or 3]; a frame of another size is fitted into the first one's."""
        import numpy as np

        rgb = to_picture(pixels)
        if self._process is None:
            self._process = self._start(rgb.shape[1], rgb.shape[0])
        width, height = self._size
        if rgb.shape[:2] != (height, width):
            small = to_picture(fitted(rgb, width, height, enlarge=False))
            canvas = np.zeros((height, width, 3), np.uint8)
            top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
            canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
            rgb = canvas
        even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")  # H.264 wants even sides
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(even).tobytes())
        except OSError:
            raise self._failed() from None

    def close(self) -> None:
        """Finish the film; without frames there is none."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            assert process.stdin is not None
            process.stdin.close()
            if process.wait() != 0:
                raise self._failed()
            os.replace(self._aside, self.path)
        except OSError:
            raise self._failed() from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self._errors.close()
            self._aside.unlink(missing_ok=True)

    def _start(self, width: int, height: int) -> subprocess.Popen[bytes]:
        self._size = (width, height)
        size = f"{width + width % 2}x{height + height % 2}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{self._fps:g}", "-i", "-"]
        made = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        return subprocess.Popen(
            [self._ffmpeg, "-y", "-loglevel", "error", *given, *made, "-f", "mp4", str(self._aside.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C ends the applying; the film is finished all the same
        )

    def _failed(self) -> LabError:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return LabError(f"ffmpeg could not write {self.path.name}: {lines[-1] if lines else 'it stopped'}.")
