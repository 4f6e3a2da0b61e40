"""Columns of registered sets: common names, roles, fitting, limits, other kinds."""

from typing import Annotated

import numpy as np
import pytest
from lab_datasets import load
from lab_datasets.columns import Columns
from lab_datasets.config import DataConfig, ImageDataConfig
from lab_datasets.loading import load_columns
from lab_datasets.order import Order

from lab_core.config import TrainConfig, about, fields, resolve
from lab_core.errors import LabError, UsageError


class Training(TrainConfig, frozen=True, kw_only=True):
    width: Annotated[int, about("Units", ge=1)] = 8


class Images(Training, ImageDataConfig, frozen=True, kw_only=True):
    size: Annotated[int, about("Height and width", ge=28, le=96)] = 28


class Texts(Training, DataConfig, frozen=True, kw_only=True):
    data: Annotated[str, about("Sentence pairs")] = "help-german"


def test_a_config_has_the_fields_of_trainer_and_data_and_may_narrow_them() -> None:
    names = [one.name for one in fields(Images)]
    assert {"steps", "width", "data", "limit", "size", "colour", "crop", "halves"} <= set(names)
    assert resolve(Images).size == 28
    assert "size" not in {one.name for one in fields(Texts)}
    with pytest.raises(UsageError, match="size"):
        resolve(Images, overrides=["size=16"])
    with pytest.raises(UsageError, match="too little for training"):
        resolve(Images, overrides=["validation=0.5", "test=0.5"])


def test_digits_are_images_with_labels() -> None:
    columns = load_columns(resolve(Images, {"data": "mnist"}), "test")
    assert list(columns) == ["image", "label"]
    assert columns.roles == {"image": "input", "label": "label"}
    assert columns["image"].shape == (10_000, 28, 28, 1)
    assert columns["label"][:5].tolist() == [7, 2, 1, 0, 4]
    assert columns.classes == tuple("0123456789")
    assert columns.count == 10_000


def test_size_and_channels_follow_the_config() -> None:
    columns = load_columns(resolve(Images, {"data": "icons", "size": 32, "colour": "grey"}), "test")
    assert columns["input"].shape == columns["target"].shape == (columns.count, 32, 32, 1)
    colour = load_columns(resolve(Images, {"data": "mnist", "size": 28, "colour": "colour"}), "test")
    assert colour["image"].shape[1:] == (28, 28, 3)


def test_pairs_have_an_input_and_a_target_under_both_names() -> None:
    columns = load_columns("icons", "test")
    assert columns.kind == "image pairs"
    assert np.array_equal(columns["input"], load("icons", "test").outline)
    assert columns["outline"] is columns["input"]
    assert columns.names("target") == ("target",)
    single = load_columns("icons", "test", kind="images")
    assert np.array_equal(single["image"], columns["target"])
    captions = load_columns("icons", "test", kind="captions")
    assert captions["caption"][0] == columns["caption"][0]
    assert np.array_equal(captions["image"], columns["target"])


def test_sentences_have_a_source_and_a_reference() -> None:
    columns = load_columns("help-german", "validation")
    assert columns.kind == "text pairs"
    assert columns["source"] == columns["english"] == load("help-german", "validation").english
    assert columns["reference"] == load("help-german", "validation").german


def test_texts_and_series_keep_their_names() -> None:
    assert load_columns("austen", "test")["text"] == load("austen", "test").text
    columns = load_columns("sunspots", "train")
    assert columns.roles == {"time": "time", "values": "input"}


def test_photographs_stay_whole_or_are_cut() -> None:
    whole = load_columns(resolve(Images, {"data": "photos"}), "test", fit=False)
    assert [image.shape[2] for image in whole["image"]] == [3, 3]
    cut = load_columns(resolve(Images, {"data": "photos", "size": 96}), "test")
    assert cut["image"].shape[1:] == (96, 96, 3)


def test_the_wrong_kind_and_unknown_data_are_one_line() -> None:
    with pytest.raises(UsageError, match="austen holds text; images are expected"):
        load_columns("austen", kind="images")
    with pytest.raises(UsageError, match="photos"):
        load_columns("photo")
    with pytest.raises(UsageError, match="give its path"):
        resolve(Images, {"data": "folder"})


def test_a_limit_keeps_a_fixed_random_part_of_the_training_items_alone() -> None:
    few = resolve(Images, {"data": "mnist", "limit": 1000})
    first, again = load_columns(few, "train"), load_columns(few, "train")
    assert first.count == 1000
    assert first.fingerprint == again.fingerprint
    assert len(set(first["label"].tolist())) == 10
    assert load_columns(few, "test").count == 10_000


def test_columns_know_their_contents_and_refuse_different_lengths() -> None:
    one = Columns({"text": ["a", "b"]}, {"text": "input"}, kind="text", data="x")
    assert one.fingerprint == Columns({"text": ["a", "b"]}, {"text": "input"}, kind="text", data="y").fingerprint
    assert one.fingerprint != Columns({"text": ["ab", ""]}, {"text": "input"}, kind="text", data="x").fingerprint
    assert one.take(np.array([1]))["text"] == ["b"]
    with pytest.raises(LabError, match="different lengths"):
        Columns({"a": [1], "b": []}, {"a": "input", "b": "input"}, kind="text", data="x")
    with pytest.raises(KeyError, match="no column 'image'; it has text"):
        one["image"]


def test_the_order_is_that_of_numpys_generator_and_any_place_is_found_again() -> None:
    order = Order(10, seed=7)
    expected = np.concatenate([np.random.default_rng([7, epoch]).permutation(10) for epoch in range(4)])
    assert order.indices(0, 40).tolist() == expected.tolist()
    assert Order(10, seed=7).indices(23, 9).tolist() == expected[23:32].tolist()
    assert Order(10, seed=7).batches(2, 3, 4).tolist() == expected[8:20].reshape(3, 4).tolist()
