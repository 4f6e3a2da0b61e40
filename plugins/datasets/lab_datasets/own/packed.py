"""Arrays from .npz files, which are untrusted: no pickle, and no header that claims more than the file holds."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

MOST_BYTES = 8_000_000_000  # of all arrays, unpacked


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Name -> array; raises LabError for anything that isn't an .npz of plain arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise LabError(f"{path} would unpack to more than {MOST_BYTES / 1e9:,.0f} GB.")
            return {member.filename.removesuffix(".npy"): _array(path, archive, member) for member in members}
    except LabError:
        raise
    except Exception as error:  # zipfile and NumPy raise many types for damaged files
        raise LabError(f"{path} is no .npz file that can be read: {' '.join(str(error).split())[:160]}.") from None


def names_of(path: Path) -> list[str]:
    """Names of the arrays of an .npz file; empty where it can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except Exception:  # as in read_npz
        return []


def _array(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    data = io.BytesIO(archive.read(member))
    version = np.lib.format.read_magic(data)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(data)
    if dtype.hasobject:
        raise LabError(f"{path}: {member.filename} holds Python objects; plain numbers or text are expected.")
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize if shape else dtype.itemsize
    if needed > len(data.getbuffer()):
        raise LabError(f"{path}: {member.filename} claims {needed:,} bytes and holds {len(data.getbuffer()):,}.")
    data.seek(0)
    return np.lib.format.read_array(data, allow_pickle=False)
