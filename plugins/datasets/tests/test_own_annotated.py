"""The user's own captions, boxes, label listings and labelled sequences."""

import json
from pathlib import Path

import numpy as np
import pytest
from lab_datasets.config import ImageDataConfig
from lab_datasets.folder import examine
from lab_datasets.loading import load_columns
from PIL import Image

from lab_core.config import TrainConfig, resolve
from lab_core.errors import LabError


class Config(TrainConfig, ImageDataConfig, frozen=True, kw_only=True):
    pass


def images(folder: Path, count: int, size: tuple[int, int] = (40, 20)) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:02d}.png" for number in range(count)]
    for number, name in enumerate(names):
        Image.new("RGB", size, (number, 10, 20)).save(folder / name)
    return names


def coco(path: Path, names: list[str], annotations: list[dict], categories: list[str] = ["cat", "dog"]) -> None:  # noqa: B006
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "images": [{"id": number, "file_name": name, "width": 40, "height": 20} for number, name in enumerate(names)],
        "annotations": [{"id": number, **one} for number, one in enumerate(annotations)],
        "categories": [{"id": number, "name": name} for number, name in enumerate(categories)],
    }
    path.write_text(json.dumps(document))


def test_coco_captions_keep_every_caption_of_an_image(tmp_path: Path) -> None:
    names = images(tmp_path / "images", 12)
    pairs = [{"image_id": place, "caption": f"{what} {place}"} for place in range(12) for what in ("a", "the")]
    coco(tmp_path / "annotations" / "captions.json", names, pairs)
    columns = load_columns(str(tmp_path), "all", kind="captions")
    assert columns["caption"][3] == "a 3"
    assert columns["captions"][3] == ["a 3", "the 3"]
    assert [int(image[0, 0, 0]) for image in columns["image"]] == list(range(12))
    assert load_columns(resolve(Config, {"data": str(tmp_path), "size": 16}), "train")["image"].shape[1:] == (16, 16, 3)


def test_captions_name_missing_images_and_images_without_caption(tmp_path: Path) -> None:
    images(tmp_path, 12)
    rows = [f"{number:02d}.png,word {number}" for number in range(11)] + ["gone.png,nothing", "03.png,  "]
    (tmp_path / "captions.csv").write_text("\n".join(["image,caption", *rows]))
    columns = load_columns(str(tmp_path), "all")
    assert columns.kind == "captions"
    assert columns.count == 11
    found = examine(tmp_path)
    assert found.problems["captions.csv: gone.png"] == "no such image"
    assert found.problems["captions.csv: 03.png"] == "empty caption"
    assert found.problems["11.png"] == "no caption"
    assert found.usable


def test_a_text_beside_each_image_is_its_captions(tmp_path: Path) -> None:
    for name in images(tmp_path, 9):
        (tmp_path / name).with_suffix(".txt").write_text(f"first of {name}\nsecond\n")
    columns = load_columns(str(tmp_path), "all")
    assert columns["captions"][2] == ["first of 02.png", "second"]


BOX = {"bbox": [5, 2, 10, 8], "category_id": 1}


def test_coco_boxes_become_corners_with_classes(tmp_path: Path) -> None:
    names = images(tmp_path, 10)
    coco(tmp_path / "boxes.json", names, [{"image_id": place, **BOX} for place in range(9)])
    columns = load_columns(str(tmp_path), "all", kind="boxes")
    assert columns.classes == ("cat", "dog")
    assert columns["boxes"][0].tolist() == [[5, 2, 15, 10]]
    assert columns["box_label"][0].tolist() == [1]
    assert columns["boxes"][9].shape == (0, 4)


def test_boxes_move_with_their_image(tmp_path: Path) -> None:
    names = images(tmp_path, 10)  # 40 x 20
    coco(tmp_path / "boxes.json", names, [{"image_id": place, **BOX} for place in range(10)])
    padded = load_columns(resolve(Config, {"data": str(tmp_path), "size": 40}), "train")
    assert padded["image"].shape[1:] == (40, 40, 3)
    assert padded["boxes"][0].tolist() == [[5, 12, 15, 20]]  # ten white rows above
    stretched = load_columns(resolve(Config, {"data": str(tmp_path), "size": 40, "crop": "stretch"}), "train")
    assert stretched["boxes"][0].tolist() == [[5, 4, 15, 20]]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"bbox": [5, 2, 0, 8]}, "x0 >= x1"),
        ({"bbox": [5, 2, 10, -3]}, "y0 >= y1"),
        ({"bbox": [35, 2, 10, 8]}, "outside the image of 40 x 20"),
        ({"category_id": 7}, "unknown class 'category 7'"),
    ],
)
def test_bad_boxes_are_named_and_left_out(tmp_path: Path, change: dict, why: str) -> None:
    names = images(tmp_path, 10)
    annotations = [{"image_id": place, **BOX} for place in range(10)]
    coco(tmp_path / "boxes.json", names, [*annotations, {"image_id": 4, **BOX, **change}])
    found = examine(tmp_path)
    assert why in found.problems["boxes.json, annotation 10: 04.png"]
    columns = load_columns(str(tmp_path), "all")
    assert len(columns["boxes"][4]) == 1
    assert any(why in text for text in columns.left_out.values())


def test_a_file_of_mostly_wrong_boxes_is_refused(tmp_path: Path) -> None:
    names = images(tmp_path, 10)
    coco(tmp_path / "boxes.json", names, [{"image_id": place, "bbox": [30, 2, 20, 8], "category_id": 1} for place in range(10)])
    with pytest.raises(LabError, match="10 of 10 boxes are wrong"):
        load_columns(str(tmp_path))
    assert not examine(tmp_path).usable


def test_voc_counts_from_one(tmp_path: Path) -> None:
    for name in images(tmp_path, 8):
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>40</xmax><ymax>20</ymax></bndbox>"
        text = f"<annotation><filename>{name}</filename><object><name>all</name>{box}</object></annotation>"
        (tmp_path / name).with_suffix(".xml").write_text(text)
    columns = load_columns(str(tmp_path), "all", kind="boxes")
    assert columns["boxes"][0].tolist() == [[0, 0, 40, 20]]
    assert columns.classes == ("all",)
    (tmp_path / "00.xml").write_text('<!DOCTYPE a [<!ENTITY x "y">]><annotation/>')
    assert "refused" in examine(tmp_path).problems["00.xml"]


def test_a_table_of_boxes_names_lines(tmp_path: Path) -> None:
    names = images(tmp_path, 8)
    rows = [f"{name},1,2,3,4,cat" for name in names]
    (tmp_path / "boxes.csv").write_text("\n".join(["file,x0,y0,x1,y1,class", *rows, "00.png,9,2,3,4,cat", "no.png,1,2,3,4,cat"]))
    columns = load_columns(str(tmp_path), "all")
    assert columns["boxes"][0].tolist() == [[1, 2, 3, 4]]
    assert set(columns.left_out) == {"boxes.csv, line 10: 00.png", "boxes.csv, line 11: no.png"}
    (tmp_path / "classes.txt").write_text("dog\n")
    with pytest.raises(LabError, match="unknown class 'cat'"):
        load_columns(str(tmp_path))
    (tmp_path / "classes.txt").unlink()
    (tmp_path / "boxes.csv").write_text("\n".join(["file,x0,y0,x1,y1,class", "00.png,one,2,3,4,cat"]))
    with pytest.raises(LabError, match=r"line 2, column 'x0': 'one' is not a number"):
        load_columns(str(tmp_path))


def test_a_label_listing_gives_classes(tmp_path: Path) -> None:
    names = images(tmp_path, 12)
    rows = [f"{name},{'even' if place % 2 == 0 else 'odd'}" for place, name in enumerate(names[:11])]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows, "gone.png,odd"]))
    columns = load_columns(str(tmp_path), "all", kind="images")
    assert columns.classes == ("even", "odd")
    assert columns["label"].tolist() == [0, 1] * 5 + [0]
    assert columns.left_out == {"labels.csv, line 13: gone.png": "no such image", "11.png": "not in the listing"}


def test_sequences_from_rows_columns_and_arrays(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("label,t0,t1,t2\n" + "".join(f"{'up' if n % 2 else 'down'},{n},{n + 1},{n + 2}\n" for n in range(10)))
    columns = load_columns(str(wide), "all", kind="sequences")
    assert columns["series"].shape == (10, 3, 1)
    assert columns.classes == ("down", "up")
    assert sorted(columns["series"][:, 0, 0].tolist()) == list(range(10))
    assert (columns["series"][:, 0, 0] % 2).tolist() == columns["label"].tolist()
    long = tmp_path / "long.csv"
    rows = [f"s{n},{n % 2},{t},{n * t},1" for n in range(8) for t in range(3 + n % 2)]
    long.write_text("\n".join(["id,label,time,x,y", *rows]))
    columns = load_columns(str(long), "all")
    assert sorted({one.shape for one in columns["series"]}) == [(3, 2), (4, 2)]
    assert columns.value_names == ("x", "y")
    np.savez(tmp_path / "s.npz", x=np.zeros((9, 5, 2)), y=np.arange(9) % 3)
    assert load_columns(str(tmp_path / "s.npz"), "all").classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (["a,0,0,1", "a,0,0,2"], r"line 3: the time 0.0 is there twice"),
        (["a,0,0,1", "a,1,1,2"], r"sequence 'a' has the labels \['0', '1'\]"),
        (["a,0,0,x"], r"line 2, column 'x': 'x' is not a number"),
    ],
)
def test_bad_sequences_are_named(tmp_path: Path, rows: list[str], match: str) -> None:
    file = tmp_path / "long.csv"
    file.write_text("\n".join(["id,label,time,x", *rows]))
    with pytest.raises(LabError, match=match):
        load_columns(str(file))
    assert not examine(file).usable
