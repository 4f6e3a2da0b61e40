"""Reads the arrays of a PyTorch checkpoint without PyTorch.

The format before PyTorch 1.6: five pickles (magic number, protocol, system, the dictionary, the storages' keys), then each
storage's length and bytes. Unpickling is restricted to what a dictionary of tensors needs, so a file can't run code.
"""

import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.float32, "LongStorage": np.int64, "DoubleStorage": np.float64, "HalfStorage": np.float16}


class _Storage:
    """A block of numbers that is filled in after the dictionary was read."""

    def __init__(self, dtype: Any, size: int) -> None:
        self.dtype, self.size = dtype, size
        self.values: NDArray[Any] = np.zeros(0, dtype)


class _Tensor:
    """A view of a storage: what ``torch._utils._rebuild_tensor_v2`` would make."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> NDArray[Any]:
        size = self.storage.values.itemsize
        last = self.offset + sum((length - 1) * stride for length, stride in zip(self.shape, self.strides, strict=True))
        if 0 in self.shape:
            return np.zeros(self.shape, self.storage.dtype)
        if last >= len(self.storage.values):
            raise ValueError("a tensor reaches beyond its storage")
        steps = [stride * size for stride in self.strides]
        return np.lib.stride_tricks.as_strided(self.storage.values[self.offset :], self.shape, steps).copy()


class _Reader(pickle.Unpickler):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module_name, global_name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module_name == "torch" and global_name in _DTYPES:
            return _DTYPES[global_name]
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is not allowed")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, size, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind!r} is not a storage")
        return self.storages.setdefault(str(key), _Storage(dtype, int(size)))


def read_torch_file(path: Path) -> dict[str, NDArray[Any]]:
    """Name -> array of a checkpoint in the old format; raises LabError for any other file."""
    file = io.BytesIO(path.read_bytes())
    try:
        if _Reader(file).load() != MAGIC:
            raise ValueError("it is not a PyTorch checkpoint of the old format")
        for _ in range(2):
            _Reader(file).load()  # protocol version, and the machine that wrote it
        reader = _Reader(file)
        found: Any = reader.load()
        for key in _Reader(file).load():
            storage = reader.storages[str(key)]
            (size,) = np.frombuffer(file.read(8), "<i8")
            if size != storage.size:
                raise ValueError(f"storage {key} has {size} numbers, expected {storage.size}")
            storage.values = np.frombuffer(file.read(int(size) * np.dtype(storage.dtype).itemsize), storage.dtype)
        return {str(name): tensor.array() for name, tensor in found.items()}
    except (pickle.UnpicklingError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise LabError(f"{path} can't be read as a PyTorch checkpoint: {error}.") from error
