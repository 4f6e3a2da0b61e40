"""Pairs files in the form of Labeled Faces in the Wild: which images of a folder are compared, in which fold.

    10  300                       folds, and pairs of each kind in a fold (or the second number alone: one fold)
    Ada_Lovelace  1  4            the same person: Ada_Lovelace/Ada_Lovelace_0001.jpg and .._0004.jpg
    Ada_Lovelace  2  Emmy_Noether  1

A fold's pairs of one person come before its pairs of two. Columns are separated by tabs (spaces, where no name has any).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, printable
from lab_core.files import read_given

FILE = "pairs.txt"


class Pairs(NamedTuple):
    """``images``: two (identity, number) a pair; whether they show ``same`` [n]; the fold of each [n]."""

    images: list[tuple[tuple[str, int], tuple[str, int]]]
    same: NDArray[np.bool_]
    folds: NDArray[np.intp]

    @property
    def identities(self) -> set[str]:
        return {name for pair in self.images for name, _ in pair}


def read_pairs(path: Path) -> Pairs:
    """The pairs of a file; raises LabError naming the line that is wrong, or for fewer than two folds."""
    try:
        lines = [line for line in read_given(path).decode("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise LabError(f"{path} can't be read: {error}.") from None
    heading = lines[0].split() if lines else []
    if not heading or len(heading) > 2 or not all(text.isdecimal() and int(text) for text in heading):
        raise LabError(f"{path}, line 1: the number of folds and of pairs of each kind is expected, such as 10 300.")
    folds, each = (int(text) for text in (heading if len(heading) == 2 else ["1", *heading]))
    if folds < 2:
        raise LabError(f"{path} has one fold; the threshold is chosen on the others, so at least 2 are needed.")
    if len(lines) - 1 != 2 * folds * each:
        raise LabError(
            f"{path}: {folds} folds of {each} + {each} pairs are {2 * folds * each} lines; {len(lines) - 1} are there."
        )
    images = [_pair(line, f"{path}, line {number}") for number, line in enumerate(lines[1:], start=2)]
    same = np.array([len(_cells(line)) == 3 for line in lines[1:]])
    return Pairs(images, same, np.repeat(np.arange(folds), 2 * each))


def _cells(line: str) -> list[str]:
    return line.strip().split("\t") if "\t" in line.strip() else line.split()


def _pair(line: str, where: str) -> tuple[tuple[str, int], tuple[str, int]]:
    cells = _cells(line)
    names = [cells[0], cells[0] if len(cells) == 3 else cells[2]] if len(cells) in (3, 4) else []
    numbers = [cells[1], cells[-1]] if names else []
    if not names or not all(text.isdecimal() for text in numbers):
        raise LabError(f"{where}: {printable(line)!r} is neither NAME N M nor NAME N OTHER M.")
    return (names[0], int(numbers[0])), (names[1], int(numbers[1]))


def places_of(pairs: Pairs, files: list[str], where: str) -> NDArray[np.intp]:
    """Rows [n, 2] of the pairs among ``files`` (IDENTITY/IDENTITY_0001.jpg, as paths below the folder); raises LabError."""
    rows: dict[tuple[str, str], int] = {}
    for row, file in enumerate(files):
        path = Path(file)
        rows[path.parent.name, path.stem] = row
    wanted = [[(name, f"{name}_{number:04d}") for name, number in pair] for pair in pairs.images]
    missing = [stem for pair in wanted for name, stem in pair if (name, stem) not in rows]
    if missing:
        raise LabError(
            f"{where}: {FILE} names {len(set(missing))} images that are not there, the first {printable(missing[0])}.",
            "An image is IDENTITY/IDENTITY_0001.jpg; lab data check names files that can't be read.",
        )
    return np.array([[rows[one] for one in pair] for pair in wanted], np.intp)
