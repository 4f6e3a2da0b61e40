"""Whatever a plugin's code raises becomes one line that names the plugin."""

import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from lab_core.errors import LabError


@contextmanager
def blame(plugin: str, folder: Path | None) -> Generator[None]:
    """Turn an exception of a plugin's code into a LabError that names the plugin; ``sys.exit`` counts as one.

    The traceback is written to ``folder/error.txt`` where a folder is given and can be written. LabError and KeyboardInterrupt
    pass as they are.
    """
    try:
        yield
    except (LabError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        where = _kept(error, folder)
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise LabError(f"Plugin {plugin!r} failed: {what}.", where) from error


def _kept(error: BaseException, folder: Path | None) -> str | None:
    if folder is None:
        return None
    path = folder / "error.txt"
    try:
        path.write_text("".join(traceback.format_exception(error)), errors="backslashreplace")
    except OSError:
        return None
    return f"The traceback is in {path}."
