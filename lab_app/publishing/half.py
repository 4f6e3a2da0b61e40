"""Weights in half precision: a model folder of half the size."""

from pathlib import Path

import msgspec
import numpy as np

from lab_core.errors import UsageError
from lab_core.files import encode_json, fingerprints, write_atomic
from lab_core.npz import read_npz
from lab_core.runs.model_folder import INFO, load_model_info

_LARGEST = float(np.finfo(np.float16).max)


def halve(folder: Path) -> None:
    """Store the float32 arrays of a model folder's .npz files as float16, which loads as float32 again.

    A weight loses what float16 can't hold: it is exact to 1 part in 2,048. Raises UsageError where there is no such array, or
    one with numbers beyond 65,504.
    """
    halved = 0
    for path in sorted(folder.rglob("*.npz")):
        arrays = read_npz(path)
        wide = {name for name, array in arrays.items() if array.dtype == np.float32}
        for name in wide:
            if np.abs(arrays[name]).max(initial=0) > _LARGEST:
                raise UsageError(f"{path.name}: {name} holds numbers beyond {_LARGEST:,.0f}, which half precision can't.")
        stored = {name: array.astype(np.float16) if name in wide else array for name, array in arrays.items()}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **stored)
        halved += len(wide)
    if not halved:
        raise UsageError("This model has no float32 weights to store in half precision.")
    info = load_model_info(folder)
    files = {name: found for name, found in fingerprints(folder).items() if name != INFO}
    write_atomic(folder / INFO, encode_json(msgspec.structs.replace(info, files=files), indent=2), option="--to")
