"""Convert the three networks of the Python package mtcnn into plain arrays.

    uv run --with lz4 python plugins/vision/tools/mtcnn.py WHEEL

where WHEEL comes from  pip download --no-deps mtcnn==1.0.0. Nothing of it is installed or run; its weight files are pickles,
read by an unpickler that allows NumPy arrays alone. Writes lab_vision/faces/weights/mtcnn.{npz,json}.
"""

import hashlib
import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

WHEEL = "0a96b4868e56db9ae984449519642be6dba03240e608a67e928ebb47833e9144"
FOLDER = Path(__file__).parents[1] / "lab_vision" / "faces" / "weights"
# layers in the order of the files, with the shape (columns, rows, channels) that a dense layer's input was flattened from
LAYERS = {
    "pnet": ("conv1", "prelu1", "conv2", "prelu2", "conv3", "prelu3", "box", "face"),
    "rnet": ("conv1", "prelu1", "conv2", "prelu2", "conv3", "prelu3", "dense", "prelu4", "box", "face"),
    "onet": (
        *("conv1", "prelu1", "conv2", "prelu2", "conv3", "prelu3", "conv4", "prelu4"),
        *("dense", "prelu5", "box", "points", "face"),
    ),
}
FLATTENED = {"rnet": (3, 3, 64), "onet": (3, 3, 128)}


class _Wrapper:
    """Stands for joblib's NumpyArrayWrapper: what precedes an array's bytes."""

    shape: tuple[int, ...]
    dtype: Any
    order: str


class _Reader(pickle._Unpickler):  # type: ignore[name-defined]
    """Reads joblib's pickles of lists of arrays; refuses everything else."""

    dispatch = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return _Wrapper
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")

    def load_build(self) -> None:
        super().load_build()
        found = self.stack[-1]
        if isinstance(found, _Wrapper):
            if getattr(found, "numpy_array_alignment_bytes", None) is not None:
                self.file.read(self.file.read(1)[0])
            count = int(np.prod(found.shape))
            flat = np.frombuffer(self.file.read(count * found.dtype.itemsize), found.dtype)
            self.stack[-1] = flat.reshape(found.shape, order=found.order)

    dispatch[pickle.BUILD[0]] = load_build


def arrays(packed: bytes) -> list[np.ndarray]:
    import lz4.frame

    return list(_Reader(io.BytesIO(lz4.frame.decompress(packed))).load())


def named(network: str, values: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays by LAYER/VARIABLE. The rows of the first dense layer are put into the order rows, columns, channels."""
    found: dict[str, np.ndarray] = {}
    rest = iter(values)
    for layer in LAYERS[network]:
        if layer.startswith("prelu"):
            found[f"{layer}/alpha"] = next(rest).reshape(-1)
            continue
        kernel, bias = next(rest), next(rest)
        if layer == "dense":
            columns, rows, channels = FLATTENED[network]
            kernel = kernel.reshape(columns, rows, channels, -1).transpose(1, 0, 2, 3).reshape(kernel.shape)
        found[f"{layer}/kernel"], found[f"{layer}/bias"] = kernel, bias
    assert next(rest, None) is None, network
    return {f"{network}/{name}": np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def main(wheel: Path) -> None:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL:
        raise SystemExit(f"{wheel}: sha256 is {digest}, expected {WHEEL}")
    found: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(wheel) as file:
        for network in LAYERS:
            found |= named(network, arrays(file.read(f"mtcnn/assets/weights/{network}.lz4")))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "mtcnn.npz"
    np.savez_compressed(path, allow_pickle=False, **found)
    count = {network: int(sum(v.size for n, v in found.items() if n.startswith(network))) for network in LAYERS}
    card = {
        "what": "MTCNN's three networks: proposal, refinement, output with five points (Zhang, Zhang, Li and Qiao 2016)",
        "parameters": count,
        "origin": (
            "Python package mtcnn 1.0.0 by Ivan de Paz Centeno, assets/weights. The networks were trained by the paper's authors"
            " on WIDER FACE and CelebA, and came to the package by way of a port to TensorFlow."
        ),
        "licence": (
            "package MIT, copyright 2019-2024 Ivan de Paz Centeno; it states no other licence for the weights. The data sets that"
            " they were trained on are for research."
        ),
        "package_sha256": digest,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (FOLDER / "mtcnn.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes, {count}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
