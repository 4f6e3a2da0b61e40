"""Arrangements of a user's images that were once misread, and files that once ended everything."""

from pathlib import Path

import numpy as np
import pytest
from lab_datasets import load
from lab_datasets.config import ImageDataConfig, resolve_data
from lab_datasets.decode import opaque
from lab_datasets.folder import examine, load_folder
from lab_datasets.loading import load_columns
from PIL import Image

from lab_core.config import TrainConfig, resolve
from lab_core.errors import UsageError


class Config(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    pass


def put(path: Path, value: int = 100, size: tuple[int, int] = (16, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)
    return path


def classes(folder: Path, names: str, count: int = 4) -> None:
    for place, name in enumerate(names):
        for number in range(count):
            put(folder / name / f"{number}.png", 10 * place + number)


def test_classes_from_a_to_j_are_classes(tmp_path: Path) -> None:
    classes(tmp_path, "ABCDEFGHIJ")
    assert examine(tmp_path).layout == "class folders"
    assert load_columns(str(tmp_path), "all").classes == tuple("ABCDEFGHIJ")


def test_a_and_b_with_different_names_are_classes(tmp_path: Path) -> None:
    for number in range(6):
        put(tmp_path / "A" / f"apple{number}.png")
        put(tmp_path / "B" / f"banana{number}.png")
    assert load_columns(str(tmp_path), "all").classes == ("A", "B")
    assert any("equal names would make pairs" in line for line in examine(tmp_path).advice)


def test_one_stray_image_at_the_root_leaves_the_classes(tmp_path: Path) -> None:
    classes(tmp_path, "xy", 5)
    put(tmp_path / "cover.png", 250)
    columns = load_columns(str(tmp_path), "all")
    assert columns.classes == ("x", "y")
    assert columns.count == 10
    assert examine(tmp_path).problems == {"cover.png": "outside of the folders that were recognised"}


def test_train_and_test_folders_are_splits(tmp_path: Path) -> None:
    classes(tmp_path / "train", "xy", 10)
    classes(tmp_path / "test", "xy", 3)
    columns = load_columns(str(tmp_path), "test")
    assert columns.classes == ("x", "y")
    assert columns.count == 6
    validation, train = load_columns(str(tmp_path), "validation"), load_columns(str(tmp_path), "train")
    assert validation.count + train.count == 20
    assert validation.count > 0
    assert examine(tmp_path).layout == "split folders: class folders"


def test_hidden_folders_at_any_depth_are_ignored(tmp_path: Path) -> None:
    classes(tmp_path, "xy", 5)
    put(tmp_path / "x" / ".ipynb_checkpoints" / "0.png")
    put(tmp_path / "x" / "more" / ".thumbs" / "0.png")
    put(tmp_path / "__MACOSX" / "x" / "0.png")
    columns = load_columns(str(tmp_path), "all")
    assert columns.classes == ("x", "y")
    assert columns.count == 10


def test_a_class_whose_only_image_is_broken_is_no_class(tmp_path: Path) -> None:
    classes(tmp_path, "ac", 5)
    whole = put(tmp_path / "b" / "0.jpg", size=(64, 64)).read_bytes()
    (tmp_path / "b" / "0.jpg").write_bytes(whole[: len(whole) // 2])
    for split in ("train", "all"):
        columns = load_columns(str(tmp_path), split)
        assert columns.classes == ("a", "c")
        assert set(columns["label"].tolist()) == {0, 1}
    assert any("Left out, because none of their images can be decoded: b" in line for line in examine(tmp_path).advice)


def test_every_class_has_training_images(tmp_path: Path) -> None:
    for number in range(40):
        put(tmp_path / f"class{number}" / "only.png", number)
    assert len(set(load_columns(str(tmp_path), "train")["label"].tolist())) == 40


def test_jfif_and_avif_are_images(tmp_path: Path) -> None:
    classes(tmp_path, "x", 5)
    for number in range(5):
        Image.new("RGB", (16, 16)).save(tmp_path / "x" / "a.jpg")
        (tmp_path / "y").mkdir(exist_ok=True)
        (tmp_path / "x" / "a.jpg").rename(tmp_path / "y" / f"{number}.jfif")
    Image.new("RGB", (16, 16)).save(tmp_path / "y" / "one.avif")
    assert load_columns(str(tmp_path), "all").classes == ("x", "y")
    assert load_columns(str(tmp_path), "all").count == 11


def test_a_class_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    classes(tmp_path, "xy", 5)
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "1.heic").write_bytes(b"x")
    found = examine(tmp_path)
    assert any("No image is in: phone" in line for line in found.advice)
    assert found.facts["other files"] == "1, ignored (1 .heic)"


def test_an_empty_class_folder_is_named_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classes(tmp_path, "xy", 5)
    (tmp_path / "nothing").mkdir()
    columns = load_columns(str(tmp_path), "all")
    assert columns.classes == ("x", "y")
    assert columns.left_out == {"nothing": "a folder without images"}
    assert "left out nothing (a folder without images)" in capsys.readouterr().err
    assert any("No image is in: nothing" in line for line in examine(tmp_path).advice)


@pytest.mark.parametrize("count", [2, 7])
def test_too_few_images_are_refused_before_training(tmp_path: Path, count: int) -> None:
    for number in range(count):
        put(tmp_path / f"{number}.png", number)
    with pytest.raises(UsageError, match=f"holds {count} images; at least 8 are expected"):
        load_columns(str(tmp_path))
    assert not examine(tmp_path).usable


def test_wide_images_can_stay_whole(tmp_path: Path) -> None:
    for number in range(9):
        put(tmp_path / f"{number}.png", number, size=(64, 32))
    assert load_columns(str(tmp_path), "all").kind == "image pairs"
    assert any("--set halves=no" in line for line in examine(tmp_path).advice)
    whole = load_columns(resolve(Config, {"data": str(tmp_path), "halves": "no", "size": 32}), "train")
    assert whole.kind == "images"
    assert whole["image"].shape[1:] == (32, 32, 3)


def test_a_bad_exif_block_is_that_files_problem(tmp_path: Path) -> None:
    for number in range(9):
        put(tmp_path / f"{number}.jpg", number)
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\x01"
    Image.new("RGB", (16, 16)).save(tmp_path / "bad.jpg", exif=exif)
    columns = load_columns(str(tmp_path), "all")
    problems = examine(tmp_path).problems
    assert columns.count == 9 + ("bad.jpg" not in problems)
    assert set(columns.left_out) == set(problems)


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("y"), RecursionError(), ZeroDivisionError()])
def test_whatever_a_decoder_raises_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    for number in range(9):
        put(tmp_path / f"{number}.png", number)
    original = Image.open

    def opened(path: object, *arguments: object) -> Image.Image:
        if str(path).endswith("3.png"):
            raise error
        return original(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Image, "open", opened)
    assert set(examine(tmp_path).problems) == {"3.png"}
    assert load_columns(str(tmp_path), "all").count == 8


def test_transparency_of_grey_images_is_laid_over_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[0, 255], [0, 0], [0, 128]]], np.uint8)).save(tmp_path / "la.png")
    shown = opaque(tmp_path / "la.png")
    assert shown.mode == "L"
    assert np.asarray(shown).tolist() == [[0, 255, 127]]
    Image.fromarray(np.array([[7, 90]], np.uint8)).save(tmp_path / "key.png", transparency=7)
    assert np.asarray(opaque(tmp_path / "key.png")).tolist() == [[255, 90]]


def test_floating_point_tiffs_keep_their_range(tmp_path: Path) -> None:
    for name, scale in (("unit", 1.0), ("byte", 255.0), ("wide", 65535.0)):
        Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32) * scale).save(tmp_path / f"{name}.tif")
        assert np.asarray(opaque(tmp_path / f"{name}.tif")).tolist() == [[0, 128, 255]]


def test_equal_files_stand_in_one_split_and_are_named(tmp_path: Path) -> None:
    for number in range(40):
        put(tmp_path / f"{number:02d}.png", number)
        put(tmp_path / f"copy{number:02d}.png", number)
    values = [
        set(load_folder(tmp_path, size=8, split=split).images[:, 0, 0, 0].tolist()) for split in ("train", "validation", "test")
    ]
    assert sum(map(len, values)) == 40
    found = examine(tmp_path)
    assert found.facts["duplicates"].startswith("40: ")
    assert any("Duplicates" in line for line in found.advice)


def test_a_path_is_a_folder_and_a_name_is_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "photos" / "a.png")
    assert resolve_data("./photos") == str(tmp_path / "photos")
    assert resolve_data("photos/") == str(tmp_path / "photos")
    assert resolve_data("photos") == "photos"
    assert "write ./photos for the folder" in capsys.readouterr().err
    with pytest.raises(UsageError, match="give its path"):
        load("folder")
    with pytest.raises(UsageError, match="neither a folder nor a file"):
        resolve_data("./nowhere")


def test_a_reference_carries_what_the_training_saw(tmp_path: Path) -> None:
    for number in range(20):
        put(tmp_path / f"{number}.png", number, size=(32, 16))
    config = resolve(Config, {"data": str(tmp_path), "halves": "no", "crop": "stretch", "test": 0.3, "size": 16})
    assert config.data_reference == f"{tmp_path}::crop=stretch,halves=no,test=0.3"
    trained = load_columns(config, "train")
    again = load_columns(config.data_reference, "train", size=16)
    assert np.array_equal(trained["image"], again["image"])
    assert np.array_equal(load_folder(config.data_reference, split="train", size=16).images, trained["image"])
    plain = resolve(Config, {"data": str(tmp_path)})
    assert plain.data_reference == str(tmp_path)
    assert plain.benchmark_fields()["data"] != config.benchmark_fields()["data"]
    assert resolve(Config, {"data": "mnist"}).data_reference == "mnist"
    with pytest.raises(UsageError, match="Did you mean crop"):
        load_columns(f"{tmp_path}::crpo=pad")


def test_unpaired_sets_keep_validation_apart(tmp_path: Path) -> None:
    for number in range(20):
        put(tmp_path / "trainA" / f"{number}.png", number)
        put(tmp_path / "trainB" / f"{number}.png", 100 + number)
    for number in range(3):
        put(tmp_path / "testA" / f"{number}.png", 50 + number)
        put(tmp_path / "testB" / f"{number}.png", 150 + number)
    parts = {split: load_columns(str(tmp_path), split) for split in ("train", "validation", "test")}
    assert not parts["train"].aligned
    seen = [{int(image[0, 0, 0]) for image in part["input"]} for part in parts.values()]
    assert not seen[0] & seen[1]
    assert seen[2] == {50, 51, 52}
