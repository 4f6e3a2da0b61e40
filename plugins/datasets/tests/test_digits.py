"""Fashion-MNIST and MNIST are the published sets: class counts, mean and deviation as the literature gives them."""

import lzma
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lab_datasets import arrays, card, load

from lab_core.errors import LabError, UsageError

# Official label counts of MNIST (LeCun's files); Fashion-MNIST is balanced by construction.
MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize(
    ("name", "train", "test", "mean", "deviation", "first"),
    [
        ("mnist", MNIST_TRAIN, MNIST_TEST, 0.1307, 0.3081, [5, 0, 4, 1, 9]),
        ("fashion-mnist", [6000] * 10, [1000] * 10, 0.2860, 0.3530, [9, 0, 0, 3, 0]),
    ],
)
def test_the_set_is_the_published_one(
    name: str, train: list[int], test: list[int], mean: float, deviation: float, first: list[int]
) -> None:
    images, labels = load(name, "train+validation")
    assert images.shape == (60_000, 28, 28, 1)
    assert images.dtype == labels.dtype == np.uint8
    assert np.bincount(labels).tolist() == train
    assert np.bincount(load(name, "test").labels).tolist() == test
    assert labels[:5].tolist() == first
    assert images.mean() / 255 == pytest.approx(mean, abs=1e-4)
    assert images.std() / 255 == pytest.approx(deviation, abs=1e-4)


def test_splits_lie_one_after_the_other_and_share_no_memory_of_their_own() -> None:
    whole, train, validation = (load("mnist", split).images for split in ("train+validation", "train", "validation"))
    assert (len(train), len(validation)) == (55_000, 5_000)
    assert np.array_equal(whole[55_000:], validation)
    assert np.shares_memory(whole, train)
    assert not np.shares_memory(train, validation)


def test_parts_in_another_order_are_joined_in_that_order() -> None:
    joined = load("mnist", "test+train").labels
    assert np.array_equal(joined[:10_000], load("mnist", "test").labels)
    assert np.array_equal(joined[10_000:], load("mnist", "train").labels)


def test_arrays_cannot_be_changed_by_accident() -> None:
    for split in ("train", "test+train"):
        with pytest.raises(ValueError, match="read-only"):
            load("mnist", split).labels[0] = 3


def test_the_unpacked_copy_is_memory_mapped_and_a_damaged_copy_is_made_anew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("mnist", "test")
    (copy,) = (cache / "unpacked").glob("mnist-labels-*.npy")
    short = copy.read_bytes()[:1000]
    copy.unlink()  # mapped by this process: written in place it would be pulled from under it
    copy.write_bytes(short)
    monkeypatch.setattr(arrays, "_kept", {})
    labels = load("mnist", "train+validation+test").labels
    assert isinstance(labels, np.memmap)
    assert len(labels) == 70_000


def test_without_a_writable_cache_arrays_live_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocking = tmp_path / "file"
    blocking.write_text("not a folder")
    monkeypatch.setenv("LAB_DATA_DIR", str(blocking))
    monkeypatch.setattr(arrays, "_kept", {})
    labels = load("mnist", "test").labels
    assert not isinstance(labels, np.memmap)
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert not labels.flags.writeable
    assert np.shares_memory(labels, load("mnist", "test").labels)


def test_a_damaged_file_is_one_clear_line(tmp_path: Path) -> None:
    (file,) = [one for one in card("mnist").files if one.name.startswith("labels")]
    (tmp_path / file.name).write_bytes(lzma.compress(b"something else"))
    with pytest.raises(LabError, match="damaged"):
        arrays.unpack(tmp_path / file.name, file)
    gone = msgspec.structs.replace(card("mnist"), folder="lab_datasets:data/nowhere")
    with pytest.raises(LabError, match=r"mnist: images.npy.xz is missing"):
        arrays.load(gone, "train")


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="fashion-mnist"):
        load("fashion_mnist")
    with pytest.raises(UsageError, match="validation"):
        load("mnist", "val")


def test_cards_are_listed_without_numpy_or_any_loader() -> None:
    code = (
        "import sys, lab_datasets; assert len(lab_datasets.lab_data()) >= 2; "
        "loaded = {'numpy', 'PIL', 'pooch', 'lab_datasets.arrays'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
