"""A person's folder: every layout, every mode by its rule, and every way in which a file can be bad."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from lab_datasets import load
from lab_datasets.folder import examine, load_folder, opaque
from PIL import Image

from lab_core.errors import LabError, UsageError


def put(path: Path, pixels: np.ndarray | None = None, *, size: tuple[int, int] = (32, 32), value: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.full((size[1], size[0], 3), value, np.uint8) if pixels is None else pixels
    Image.fromarray(array).save(path)
    return path


def bomb(path: Path, width: int, height: int) -> None:
    """A PNG of a few bytes whose header claims a giant picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def truncated(path: Path) -> None:
    rng = np.random.default_rng(0)
    put(path, rng.integers(0, 255, (64, 64, 3), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:2000])


def test_flat_folder_of_mixed_sizes_becomes_one_array(tmp_path: Path) -> None:
    put(tmp_path / "a.png", size=(32, 32))
    put(tmp_path / "b.jpg", size=(100, 61))
    images, labels, classes = load_folder(tmp_path, size=16)
    assert images.shape == (2, 16, 16, 3)
    assert images.dtype == np.uint8
    assert labels.tolist() == [0, 0]
    assert classes == ("",)
    assert examine(tmp_path).layout == "flat"


def test_class_folders_give_labels_in_the_order_of_names(tmp_path: Path) -> None:
    put(tmp_path / "dogs" / "1.png", value=10)
    put(tmp_path / "cats" / "1.png", value=20)
    put(tmp_path / "cats" / "deep" / "2.png", value=30)
    images, labels, classes = load_folder(tmp_path, size=8)
    assert classes == ("cats", "dogs")
    assert labels.tolist() == [0, 0, 1]
    assert sorted(images[:, 0, 0, 0].tolist()) == [10, 20, 30]
    assert examine(tmp_path).facts["groups"] == "cats 2, dogs 1"


def test_a_and_b_folders_are_paired_by_name(tmp_path: Path) -> None:
    for name, value in (("x", 10), ("y", 20)):
        put(tmp_path / "A" / f"{name}.png", value=value)
        put(tmp_path / "B" / f"{name}.jpg", value=value + 100)
    put(tmp_path / "A" / "alone.png")
    found = examine(tmp_path)
    assert found.layout == "A/B folders"
    assert any("1 files have no partner" in line for line in found.advice)
    a, b = load_folder(tmp_path, size=8)
    assert a[:, 0, 0, 0].tolist() == [10, 20]
    assert b[:, 0, 0, 0].tolist() == [110, 120]


def test_side_by_side_pictures_are_cut_in_the_middle(tmp_path: Path) -> None:
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:, 32:] = 200
    for name in "abc":
        put(tmp_path / f"{name}.png", pixels)
    assert examine(tmp_path).layout == "side by side"
    a, b = load_folder(tmp_path, size=8)
    assert a.max() == 0
    assert b.min() == 200


def test_train_a_and_train_b_are_two_unpaired_sets(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "trainA" / f"{number}.png", value=10)
    put(tmp_path / "trainB" / "only.png", value=50)
    put(tmp_path / "testA" / "t.png", value=11)
    put(tmp_path / "testB" / "t.png", value=51)
    assert examine(tmp_path).layout == "trainA/trainB"
    a, b = load_folder(tmp_path, size=8, split="train")
    assert (len(a), len(b)) == (3, 1)
    a, b = load_folder(tmp_path, size=8, split="test")
    assert (a[0, 0, 0, 0], b[0, 0, 0, 0]) == (11, 51)


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[0, 0, 3], pixels[1, 1, 3] = 255, 128
    shown = np.asarray(opaque(put(tmp_path / "a.png", pixels)))
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert shown[1, 1].tolist() == [255, 127, 127]
    assert shown[2, 2].tolist() == [255, 255, 255]


def test_sixteen_bits_keep_their_range(tmp_path: Path) -> None:
    values = np.array([[0, 257, 32768, 65535]], np.uint16)
    assert np.asarray(opaque(put(tmp_path / "a.png", values))).tolist() == [[0, 1, 128, 255]]


def test_grey_is_kept_grey_where_all_are_and_made_by_rec_601_when_asked(tmp_path: Path) -> None:
    put(tmp_path / "g.png", np.full((8, 8), 77, np.uint8))
    assert load_folder(tmp_path, size=8).images.shape == (1, 8, 8, 1)
    assert load_folder(tmp_path, size=8, grey=False).images[0, 0, 0].tolist() == [77, 77, 77]
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    put(tmp_path / "r.png", red)
    assert load_folder(tmp_path, size=8).images.shape == (2, 8, 8, 3)
    assert load_folder(tmp_path, size=8, grey=True).images[1, 0, 0, 0] == 76  # 0.299 x 255


def test_palettes_and_one_bit_pictures_are_read(tmp_path: Path) -> None:
    Image.new("P", (9, 9), 3).save(tmp_path / "p.gif")
    Image.new("1", (9, 9), 1).save(tmp_path / "b.png")
    Image.new("CMYK", (9, 9)).save(tmp_path / "c.jpg")
    assert load_folder(tmp_path, size=8).images.shape == (3, 8, 8, 3)


def test_the_cameras_orientation_is_obeyed(tmp_path: Path) -> None:
    picture = Image.new("RGB", (20, 10))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert opaque(tmp_path / "a.jpg").size == (10, 20)


@pytest.mark.parametrize(("crop", "corner"), [("centre", 200), ("stretch", 0), ("pad", 255)])
def test_odd_sizes_are_cropped_stretched_or_padded(tmp_path: Path, crop: str, corner: int) -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 200
    put(tmp_path / "a.png", pixels)
    images = load_folder(tmp_path, size=8, crop=crop).images  # type: ignore[arg-type]
    assert images.shape == (1, 8, 8, 3)
    assert abs(int(images[0, 0, 0, 0]) - corner) < 30


def test_bad_files_are_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "good.png")
    truncated(tmp_path / "cut.png")
    bomb(tmp_path / "bomb.png", 60_000, 60_000)
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.png").touch()
    found = examine(tmp_path)
    assert set(found.problems) == {"cut.png", "bomb.png", "empty.png", "text.jpg"}
    assert found.problems["cut.png"] == "truncated"
    assert "60000 x 60000" in found.problems["bomb.png"]
    assert found.problems["empty.png"] == "empty file"
    assert found.facts["images"] == "1"
    assert found.facts["other files"] == "1, ignored (1 .txt)"
    assert not found.usable  # one image is too few to learn from
    assert len(load_folder(tmp_path, size=8).images) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "left out" in said[0]
    assert "bomb.png" in said[0]


def test_nothing_to_use_is_one_clear_line(tmp_path: Path) -> None:
    assert not examine(tmp_path).usable
    assert examine(tmp_path).layout == "nothing"
    with pytest.raises(LabError, match="holds no picture that can be used"):
        load_folder(tmp_path)
    with pytest.raises(UsageError, match="not a folder"):
        load_folder(tmp_path / "nowhere")
    put(tmp_path / "a.png")
    for wrong in ({"size": 4}, {"crop": "middle"}, {"split": "valid"}):
        with pytest.raises(UsageError):
            load_folder(tmp_path, **wrong)


def test_splits_share_nothing_and_stay_when_files_come(tmp_path: Path) -> None:
    for number in range(60):
        put(tmp_path / f"{number}.png", value=number)
    splits = {name: load_folder(tmp_path, size=8, split=name).images[:, 0, 0, 0].tolist() for name in ("train", "test")}
    validation = load_folder(tmp_path, size=8, split="validation").images[:, 0, 0, 0].tolist()
    assert sorted(splits["train"] + splits["test"] + validation) == list(range(60))
    both = load_folder(tmp_path, size=8, split="train+validation").images
    assert len(both) == len(splits["train"]) + len(validation)
    put(tmp_path / "another.png", value=99)
    after = load_folder(tmp_path, size=8, split="test").images[:, 0, 0, 0].tolist()
    assert [value for value in after if value != 99] == splits["test"]


def test_a_folder_stands_where_a_data_set_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "mine" / "a.png")
    assert load(str(tmp_path / "mine"), "all", size=8).images.shape == (1, 8, 8, 3)
    monkeypatch.chdir(tmp_path)
    assert load("mine", "all", size=8).images.shape == (1, 8, 8, 3)
    (tmp_path / "mnist").mkdir()  # an id goes before a folder of the same name: write ./mnist for the folder
    assert len(load("mnist", "test").labels) == 10_000
