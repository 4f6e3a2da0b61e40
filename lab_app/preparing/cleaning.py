"""``lab data clean``: images that can't be decoded, or have other channels than they should, found and perhaps moved away."""

import shutil
from pathlib import Path

from lab_app.formats import images
from lab_app.preparing.files import Done, each, image_files, new_folder
from lab_core.errors import LabError
from lab_core.files import disk_errors, make_folder

CHANNELS = {1: "grey", 3: "colour"}


def clean(folder: Path, *, channels: int = 0, move_to: Path | None = None, quiet: bool = False) -> Done:
    """The whole images of ``folder`` with its sub-folders, and what is wrong with each of the others.

    ``channels``: 1 or 3 that an image must have; 0: any. ``move_to``: an empty or new folder that bad files are moved to, at the
    same place below it, after all were looked at.
    """
    files = image_files(folder, outside=move_to)
    if move_to is not None:
        new_folder(move_to)

    def work(path: Path) -> list[Path]:
        found = images.read(path, str(path)).pixels.shape[2]
        if channels and found != channels:
            raise LabError(f"{path} is {CHANNELS[found]}, not {CHANNELS[channels]}.")
        return [path]

    done = each(files, len(files), work, str, quiet=quiet)
    if move_to is not None:
        for name in done.failed:
            place = move_to / Path(name).relative_to(folder)
            with disk_errors(place.name, move_to, option="--move-to"):
                make_folder(place.parent)
                shutil.move(name, place)
    return done
