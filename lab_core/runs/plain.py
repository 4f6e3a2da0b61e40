"""A folder that came from elsewhere is read only as far as it is plain files and folders.

A symbolic link in a run or model folder would lead reading, writing and deleting out of it; a pipe or device would never end.
"""

import os
import stat
from pathlib import Path

from lab_core.errors import LabError

MOST_ENTRIES, MOST_LEVELS = 200_000, 32


def check_plain(folder: Path, what: str) -> None:
    """Raise LabError, naming the first offender, unless everything below ``folder`` is a regular file or a folder.

    ``folder`` itself may be a link: where it lies is the user's affair. A folder that isn't there is plain.
    """
    left = [(folder, 0)]
    seen = 0
    while left:
        here, level = left.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        left.append((Path(entry.path), level + 1))
                    elif not entry.is_file(follow_symlinks=False):
                        raise _refused(folder, Path(entry.path), what)
        except (FileNotFoundError, NotADirectoryError):
            continue  # removed meanwhile, by the training that it belongs to
        except OSError as error:
            raise LabError(f"{what}: {here} can't be read ({os.strerror(error.errno or 0).lower()}).") from None
        if seen > MOST_ENTRIES or level > MOST_LEVELS:
            raise LabError(f"{what} holds more than {MOST_ENTRIES:,} files or {MOST_LEVELS} levels of folders.")


def _refused(folder: Path, path: Path, what: str) -> LabError:
    try:
        kind = "a symbolic link" if stat.S_ISLNK(os.lstat(path).st_mode) else "neither a file nor a folder"
    except OSError:
        kind = "unreadable"
    return LabError(
        f"{what}: {path.relative_to(folder)!s:.100} is {kind}; only plain files and folders are read.",
        "Copy the folder with its links resolved (cp -rL), if you trust it.",
    )
