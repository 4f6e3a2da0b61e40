"""Reading .npz files that may come from elsewhere: what a header claims is checked before anything is allocated."""

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lab_core.errors import LabError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 64 << 30  # of all arrays of a file
_SMALL, _MOST_RATIO = 256 << 20, 100  # a larger file that shrinks by more than this is a bomb, not data
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MEMBERS = 100_000
_ERRORS = (
    *(OSError, ValueError, KeyError, EOFError, RuntimeError, NotImplementedError, MemoryError, SyntaxError, TypeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, OverflowError),
)


def read_npz(path: Path) -> "dict[str, NDArray[Any]]":
    """The arrays of an .npz file by name: numbers, dates or texts, never objects.

    Raises FileNotFoundError, and LabError, in one line, for what is damaged, encrypted, compressed in another way, or claims more
    than it holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
            if len(members) > _MEMBERS or total > MOST_BYTES or (total > _SMALL and total > _MOST_RATIO * max(packed, 1)):
                raise LabError(f"{path} unpacks to {total:,} bytes in {len(members):,} arrays; it is not read.")
            return {one.filename.removesuffix(".npy"): _member(archive, one, path) for one in members}
    except FileNotFoundError:
        raise
    except _ERRORS as error:
        raise LabError(f"{path} can't be read as .npz: {' '.join(str(error).split()) or type(error).__name__}.") from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> "NDArray[Any]":
    if member.flag_bits & 1 or member.compress_type not in _METHODS:
        how = "encrypted" if member.flag_bits & 1 else "compressed in an unknown way"
        raise LabError(f"{path}: {member.filename!r:.80} is {how}.")
    with archive.open(member) as file:
        return _array(file, member, path)


def _array(file: IO[bytes], member: zipfile.ZipInfo, path: Path) -> "NDArray[Any]":
    import numpy as np

    layout: Any = np.lib.format  # its functions have no types
    version = layout.read_magic(file)
    readers = {(1, 0): layout.read_array_header_1_0, (2, 0): layout.read_array_header_2_0}
    if version not in readers:
        raise LabError(f"{path}: {member.filename!r:.80} is of the unknown format {version}.")
    shape, fortran, dtype = readers[version](file)
    size = math.prod(shape) * dtype.itemsize
    left = member.file_size - file.tell()
    if dtype.hasobject:
        raise LabError(f"{path}: {member.filename!r:.80} holds Python objects, which are never read.")
    if any(length < 0 for length in shape) or size != left:
        found = f"{dtype} {list(shape)}"
        raise LabError(f"{path}: {member.filename!r:.80} claims to be {found:.80}, {size:,} bytes; it has {left:,}.")
    data = bytearray(file.read(size))
    if len(data) != size or file.read(1):  # reading to the end checks the sum, too
        raise LabError(f"{path}: {member.filename!r:.80} is cut short.")
    array: NDArray[Any] = np.frombuffer(data, dtype) if size else np.empty(0, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
