"""``lab data make``: one operation on every image of a folder, written to another folder."""

from pathlib import Path

from lab_app.formats import images
from lab_app.preparing.files import Done, each, image_files, new_folder
from lab_app.preparing.operations import OPERATIONS, Sizes
from lab_core.errors import unknown


def make(folder: Path, out: Path, operation: str, sizes: Sizes, *, quiet: bool = False) -> Done:
    """Every image below ``folder`` as PNG below ``out``, at the same place; of two that differ in their suffix the later one
    gets a number.

    Raises UsageError for an unknown operation, numbers that it can't use, and an ``out`` that holds files.
    """
    if operation not in OPERATIONS:
        raise unknown("operation", operation, OPERATIONS)
    sizes.check(operation)
    files = image_files(folder, outside=out)
    new_folder(out)
    places = _places(files, folder, out)

    def work(path: Path) -> list[Path]:
        images.write(places[path], OPERATIONS[operation](images.read(path, str(path)).pixels, sizes))
        return [places[path]]

    return each(files, len(files), work, str, quiet=quiet)


def _places(files: list[Path], folder: Path, out: Path) -> dict[Path, Path]:
    taken: set[Path] = set()
    found: dict[Path, Path] = {}
    for path in files:
        base = out / path.relative_to(folder).with_suffix("")
        place, number = base.with_name(f"{base.name}.png"), 1
        while place in taken:
            number += 1
            place = base.with_name(f"{base.name}-{number}.png")
        taken.add(place)
        found[path] = place
    return found
