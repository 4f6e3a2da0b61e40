"""Named arrays on disk, and in and out of TensorFlow variables. Never a pickle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.npz import read_npz

Arrays = Mapping[str, NDArray[Any]]


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write named arrays as an uncompressed .npz file."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **dict(arrays))


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what :func:`save_arrays` wrote, float16 (``lab export --half``) as float32.

    Raises LabError for a missing, damaged or foreign file.
    """
    try:
        arrays = read_npz(path)
    except FileNotFoundError as error:
        raise LabError(f"{path} can't be read as saved arrays: {error}.") from error
    return {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in arrays.items()}


def read_variables(variables: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The values of named TensorFlow variables, copied to the host."""
    return {name: np.array(variable.numpy()) for name, variable in variables.items()}


def write_variables(variables: Mapping[str, Any], arrays: Arrays, *, what: str = "The state") -> None:
    """Assign every variable from the array of its name; raises LabError when one is missing or has another shape."""
    for name, variable in variables.items():
        if name not in arrays:
            raise LabError(f"{what} lacks {name!r}.")
        value = arrays[name]
        if tuple(value.shape) != tuple(variable.shape):
            raise LabError(f"{what}: {name!r} has shape {tuple(value.shape)}, expected {tuple(variable.shape)}.")
        variable.assign(value)


def generator_state(rng: np.random.Generator) -> dict[str, Any]:
    """The exact state of a NumPy generator as JSON-ready values (its integers are longer than 64 bits: text)."""
    return _texts(dict(rng.bit_generator.state))


def set_generator_state(rng: np.random.Generator, state: Mapping[str, Any]) -> None:
    """Put a generator back to what :func:`generator_state` read; raises LabError for another kind of generator."""
    try:
        rng.bit_generator.state = _numbers(dict(state))
    except (TypeError, ValueError, KeyError) as error:
        raise LabError(f"The saved random stream does not fit: {error}.") from error


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return f"int:{value}" if isinstance(value, int) else value


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return int(value[4:]) if isinstance(value, str) and value.startswith("int:") else value
