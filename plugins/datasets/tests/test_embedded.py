"""Every embedded set: whole, of the shapes and counts on its card, its splits apart from each other."""

from typing import Any

import numpy as np
import pytest
from lab_datasets import card, load
from lab_datasets.cards import EMBEDDED
from lab_datasets.pictures import ORDER, patches

from lab_core.data import damage
from lab_core.errors import LabError

SETS = [one for one in EMBEDDED if one.embedded]


@pytest.mark.parametrize("data_id", [one.id for one in SETS])
def test_files_and_columns_are_what_the_card_says(data_id: str) -> None:
    one = card(data_id)
    assert damage(one) == []
    for split, count in one.splits.items():
        columns = load(data_id, split)
        assert columns._fields == tuple(one.shapes)
        for name, column in zip(columns._fields, columns, strict=True):
            assert len(column) == count, (split, name)
            if isinstance(column, np.ndarray):
                assert str(column.dtype).startswith(one.shapes[name].split(" ")[0])
                assert not column.flags.writeable


def test_all_embedded_data_stay_small() -> None:
    files = {(one.folder, file.name): file.size for one in SETS for file in one.files}
    assert sum(files.values()) < 60e6


def test_every_card_says_where_from_and_under_which_licence() -> None:
    for one in SETS:
        assert one.origin, one.id
        assert one.licence, one.id
        assert one.notice or one.licence == "public domain", one.id


def test_icons_show_a_line_drawing_and_the_same_thing_in_colour() -> None:
    outline, colour, caption, *_ = load("icons", "test")
    assert outline.shape[1:] == (64, 64, 1)
    assert (outline < 128).any(axis=(1, 2, 3)).mean() > 0.99  # hardly any outline is empty
    dark = outline[..., 0] < 64
    assert colour.max(axis=-1)[dark].mean() < 40  # where the outline is black, the colour picture has its line
    assert all(caption)


def test_related_icons_stand_in_one_split() -> None:
    parts: list[Any] = [load("icons", split) for split in ("train", "validation", "test")]
    for part in parts:
        others = {concept for other in parts if other is not part for concept in other.concept}
        assert not set(part.concept) & others
    split = {name: number for number, part in enumerate(parts) for name in part.caption}
    assert len({split[f"{color} heart"] for color in ("red", "blue", "green", "yellow")}) == 1
    assert split["man farmer"] == split["woman farmer"] == split["farmer"]
    assert split["one o’clock"] == split["nine-thirty"]


def test_no_outline_of_a_held_out_icon_is_nearly_one_of_training() -> None:
    train, test = (load("icons", split).outline[..., 0] < 160 for split in ("train", "test"))
    train, test = (ink.reshape(len(ink), -1).astype(np.float32) for ink in (train, test))
    overlap = test @ train.T / np.maximum(1, np.maximum(test.sum(1)[:, None], train.sum(1)[None]))
    assert overlap.max() < 0.95


def test_earth_tiles_are_in_register_and_mostly_land() -> None:
    satellite, relief = load("earth", "train")
    land = relief[..., 0].astype(int) + 20 >= relief[..., 2]
    assert land.mean(axis=(1, 2)).min() >= 0.4
    sea = ~land
    water = satellite[..., 2].astype(int) - satellite[..., 0]
    assert water[sea].mean() > water[land].mean() + 20  # the sea of one map is blue in the other


def test_climate_tiles_are_where_the_card_says() -> None:
    """Greenland's ice is polar, the Sahara a desert; both are there, and look it."""
    images, labels = load("satellite-climate", "train")
    names = card("satellite-climate").classes
    brightness = images.astype(float).mean(axis=(1, 2, 3))
    polar, tropical = (brightness[labels == names.index(name)] for name in ("polar", "tropical"))
    assert polar.mean() > tropical.mean() + 80
    desert = images[labels == names.index("desert")].astype(float)
    assert (desert[..., 0].mean() - desert[..., 2].mean()) > 40  # sand


def test_icon_classes_are_the_themes_of_the_icons() -> None:
    images, labels = load("icons-classes", "test")
    icons = load("icons", "test")
    kept = [place for place, theme in enumerate(icons.theme) if theme in card("icons-classes").classes]
    assert [card("icons-classes").classes[label] for label in labels] == [icons.theme[place] for place in kept]
    np.testing.assert_array_equal(images, icons.colour[kept])


def test_photographs_are_split_by_photograph() -> None:
    names = [name for part in ORDER.values() for name in part]
    assert sorted(names) == sorted(file.name.removesuffix(".jpg") for file in card("photos").files)
    cut = patches(load("photos", "validation").images, 128)
    assert cut.shape == (4 * 4 + 3 * 4, 128, 128, 3)  # 512 x 512 and 400 x 600
    with pytest.raises(LabError, match="2000 x 2000"):
        patches(load("photos", "test").images, 2000)


def test_novels_have_the_chapters_that_they_have_in_print() -> None:
    counted: dict[str, int] = {}
    text, novel = load("austen", "train+validation+test")
    for title in novel:
        counted[title] = counted.get(title, 0) + 1
    assert list(counted.values()) == [50, 61, 48, 55, 31, 24]
    assert text[novel.index("Pride And Prejudice")].startswith("Chapter 1\n\n\nIt is a truth universally acknowledged")


def test_poems_are_in_chinese_and_known() -> None:
    poems = load("tang", "train+validation+test")
    assert "床前明月光" in "".join(poems.text)
    assert "李白" in poems.author
    assert "\x1b" not in "".join(poems.text)


@pytest.mark.parametrize(("language", "word"), [("german", "Klicken"), ("chinese", "单元格"), ("vietnamese", "nhấn")])
def test_help_texts_are_pairs_and_no_english_text_stands_in_two_splits(language: str, word: str) -> None:
    parts: dict[str, Any] = {split: load(f"help-{language}", split) for split in ("train", "validation", "test")}
    english = [text for part in parts.values() for text in part.english]
    assert len(set(english)) == len(english)
    assert all(3 <= len(text.split()) <= 20 for text in english)
    assert sum(word.lower() in text.lower() for text in parts["train"][1]) > 50
    assert not any(one == other for one, other in zip(*parts["train"], strict=True))


@pytest.mark.parametrize("data_id", ["sunspots", "co2", "el-nino", "seattle-weather", "hourly-temperature"])
def test_series_run_forward_in_time_through_the_splits(data_id: str) -> None:
    time, values = load(data_id, "train+validation+test")
    assert (np.diff(time).astype(int) > 0).all()
    assert np.isfinite(values).mean() > 0.95


def test_known_values_of_the_series() -> None:
    time, values = load("sunspots", "train")
    assert (str(time[0]), float(values[0, 0])) == ("1700", 5.0)
    time, values = load("co2", "train")
    assert (str(time[0]), float(values[0, 0])) == ("1958-03-29", pytest.approx(316.1))
