"""The files of an installed distribution, kept aside while another version of it is tried.

To install it again from where it came is not the same: a folder may hold another version by now.
"""

import shutil
from importlib import metadata
from pathlib import Path
from typing import NamedTuple


class Kept(NamedTuple):
    """Copies of a distribution's files, as (where it lay, where its copy lies)."""

    files: tuple[tuple[Path, Path], ...]

    def put_back(self) -> None:
        """Write every file where it lay; whatever replaced the distribution must be uninstalled before."""
        for path, copy in self.files:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(copy, path)


def keep(distribution: str, folder: Path) -> Kept | None:
    """Copy what an installed distribution's RECORD lists into ``folder``; None where it isn't installed or has no RECORD."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    files: list[tuple[Path, Path]] = []
    for entry in found.files or ():
        path = Path(str(found.locate_file(entry)))
        if path.is_file():
            files.append((path, folder / str(len(files))))
            shutil.copy2(*files[-1])
    return Kept(tuple(files)) if files else None
