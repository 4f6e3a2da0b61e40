"""Readers of the famous sets. Archives are unpacked with their paths and sizes checked; pickles give arrays and nothing else."""

import io
import pickle
import tarfile
import zipfile
from collections import namedtuple
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lab_core.data import DataSet, ready_folder
from lab_core.errors import LabError
from lab_core.files import remove_tree
from lab_datasets import arrays
from lab_datasets.folder import load_folder

_MOST_BYTES = 20_000_000_000  # an archive that says it holds more is refused
_FACE, _SIDE = 108, 64  # pixels of CelebA's pictures that are kept, and their size afterwards


def load_cifar10(card: DataSet, split: str) -> Any:
    """CIFAR-10 from its archive of pickles: uint8 [n, 32, 32, 3] and uint8 [n]."""
    batches = [f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)] + ["cifar-10-batches-py/test_batch"]
    images, labels = [], []
    with tarfile.open(ready_folder(card) / card.files[0].name) as archive:
        for name in batches:
            member = archive.extractfile(name)
            if member is None:
                raise LabError(f"{card.id}: {name} is missing from the archive.")
            batch = _PlainUnpickler(io.BytesIO(member.read()), encoding="bytes").load()
            images.append(np.asarray(batch[b"data"], np.uint8).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
            labels.append(np.asarray(batch[b"labels"], np.uint8))
    return arrays.select(card, split, {"images": np.concatenate(images), "labels": np.concatenate(labels)})


def load_pictures(card: DataSet, split: str, *, size: int = 256, grey: bool = False) -> Any:
    """Pairs or two unpaired sets as ``a`` and ``b``, uint8 [n, size, size, 3]; the archive's own splits."""
    folder = _unpacked(card) / card.id
    if (folder / "trainA").is_dir():
        return load_folder(folder, split=split, size=size, grey=grey)
    names = {"train": ("train",), "validation": ("val",), "test": ("test", "val")}.get(split, (split,))
    chosen = next((folder / name for name in names if (folder / name).is_dir()), None)
    if chosen is None:
        raise LabError(f"{card.id} has no split {split!r}.", f"It has {', '.join(sorted(p.name for p in folder.iterdir()))}.")
    return load_folder(chosen, size=size, grey=grey)


def load_celeba(card: DataSet, split: str) -> Any:
    """Faces, uint8 [n, 64, 64, 3]: the middle square of 108 pixels, scaled down (Radford et al. 2016). Cut once, then cached."""
    path = ready_folder(card) / card.files[0].name
    if not zipfile.is_zipfile(path):
        raise LabError(f"{path} is no zip file.", f"Delete it and run: lab data fetch {card.id}")
    return arrays.select(card, split, {"images": arrays.unpacked(f"{card.id}-{_FACE}-{_SIDE}", lambda: _faces(path))})


def _faces(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        faces = np.empty((len(names), _SIDE, _SIDE, 3), np.uint8)
        for place, name in enumerate(names):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                left, top = (picture.width - _FACE) // 2, (picture.height - _FACE) // 2
                face = picture.convert("RGB").crop((left, top, left + _FACE, top + _FACE))
            faces[place] = face.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    np.save(file, faces, allow_pickle=False)
    return file.getvalue()


def load_text(card: DataSet, split: str) -> Any:
    """One text, cut into 90, 5 and 5 per cent."""
    path = ready_folder(card) / card.files[0].name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode()
    else:
        text = path.read_text(encoding="utf-8")
    ends = [0, len(text) * 90 // 100, len(text) * 95 // 100, len(text)]
    parts = [text[start:end] for start, end in pairwise(ends)]
    return arrays.select(card, split, {"text": parts})


def load_iwslt(card: DataSet, split: str) -> Any:
    """Sentences beside their translations."""
    folder = ready_folder(card)
    files = {"train": "train", "validation": "tst2012", "test": "tst2013"}
    columns: list[list[str]] = [[], []]
    for part in card.parts(split):
        read = [(folder / f"{files[part]}.{language}").read_text(encoding="utf-8").split("\n") for language in ("en", "vi")]
        if len(read[0]) != len(read[1]):
            raise LabError(f"{card.id}: {files[part]} has {len(read[0]):,} and {len(read[1]):,} lines.")
        pairs = [(one.strip(), other.strip()) for one, other in zip(*read, strict=True) if one.strip() and other.strip()]
        columns[0] += [one for one, _ in pairs]
        columns[1] += [other for _, other in pairs]
    return namedtuple("Columns", card.shapes)(*columns)


def _unpacked(card: DataSet) -> Path:
    """The folder that an archive is unpacked in, whole or not at all."""
    folder = ready_folder(card)
    target, aside = folder / "unpacked", folder / "unpacked.part"
    if target.is_dir():
        return target
    remove_tree(aside)
    path = folder / card.files[0].name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            _check_size(card, sum(one.file_size for one in archive.infolist()))
            archive.extractall(aside)  # drops '..' and absolute paths itself
    else:
        with tarfile.open(path) as archive:
            _check_size(card, sum(one.size for one in archive))
            archive.extractall(aside, filter="data")
    aside.rename(target)
    return target


def _check_size(card: DataSet, size: int) -> None:
    if size > _MOST_BYTES:
        raise LabError(f"{card.id}: the archive would unpack to {size / 1e9:,.0f} GB.")


class _PlainUnpickler(pickle.Unpickler):
    """Reads NumPy arrays and plain values: no other name of a pickle is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return getattr(np, name)
        if (module, name) in (("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct")):
            from numpy._core.multiarray import _reconstruct

            return _reconstruct
        if (module, name) == ("_codecs", "encode"):
            import codecs

            return codecs.encode
        raise LabError(f"The file asks for {module}.{name}, which is no array: it is refused.")
