"""The user's own series: named columns, several series of one file, references."""

from pathlib import Path

import numpy as np
import pytest
from lab_datasets.config import read_reference, write_reference
from lab_datasets.loading import load_columns

from lab_core.errors import LabError, UsageError


def table(path: Path, head: str, rows: list[str]) -> str:
    path.write_text("\n".join([head, *rows]))
    return str(path)


def test_named_columns_are_read_and_text_beside_them_is_left(tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "tick,note,höhe", [f"{step / 2},x,{step}" for step in range(40)])
    reference = write_reference(file, {"time": "tick", "columns": "höhe"})
    assert read_reference(reference) == (file, {"time": "tick", "columns": "höhe"})
    found = load_columns(reference, "train", kind="series")
    assert found.value_names == ("höhe",)
    np.testing.assert_array_equal(found["time"][:3], [0, 0.5, 1])
    with pytest.raises(UsageError, match="Did you mean höhe"):
        load_columns(write_reference(file, {"columns": "höhen"}), "train", kind="series")
    with pytest.raises(LabError, match=r"line 2, column 'note': 'x' is not a number.*columns=NAME"):
        load_columns(file, "train", kind="series")


def test_names_with_separators_survive_a_reference() -> None:
    options = {"columns": "a,b=c", "time": "t::x"}
    assert read_reference(write_reference("/data/x.csv", options)) == ("/data/x.csv", options)


def test_each_series_of_a_file_is_split_in_time(tmp_path: Path) -> None:
    rows = [f"{name},{day},{day}" for day in range(30) for name in ("b", "a")]  # interleaved
    file = table(tmp_path / "two.csv", "unique_id,time,value", rows)
    train, test = (load_columns(file, split, kind="series") for split in ("train", "test"))
    assert train["group"] == ["b"] * 24 + ["a"] * 24
    np.testing.assert_array_equal(test["time"], [27, 28, 29, 27, 28, 29])
    short = table(tmp_path / "short.csv", "unique_id,time,value", [*rows, "c,1,1"])
    with pytest.raises(LabError, match=r"series .c. of .* holds 1 rows"):
        load_columns(short, "train", kind="series")
    twice = table(tmp_path / "twice.csv", "unique_id,time,value", [*rows, "a,29,5"])
    with pytest.raises(LabError, match=r"line 62: the time 29\.0 is there twice"):
        load_columns(twice, "train", kind="series")


def test_spoken_vowels_have_their_lengths() -> None:
    found = load_columns("japanese-vowels", "train+validation")
    lengths = [len(one) for one in found["series"]]
    assert (min(lengths), max(lengths), len(lengths)) == (7, 26, 270)
    assert np.bincount(found["label"]).tolist() == [30] * 9
    np.testing.assert_allclose(found["series"][0][0, :2], [1.860936, -0.207383], rtol=1e-5)
    assert np.bincount(load_columns("japanese-vowels", "validation")["label"]).tolist() == [6] * 9


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_values_that_float32_would_merge_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    values = 1e8 + np.sin(np.arange(60.0))
    file = tmp_path / f"far.{kind}"
    if kind == "csv":
        table(file, "time,level", [f"{row},{value:.6f}" for row, value in enumerate(values)])
    else:
        np.savez(file, values=values, names=np.array(["level"]))
    with pytest.raises(LabError, match=r"column 'level': values about 1e\+08 that differ by about 0\.7") as raised:
        load_columns(str(file), "train", kind="series")
    assert raised.value.hint == "Subtract a constant from the column first."


@pytest.mark.parametrize("values", [1e8 + 1e4 * np.sin(np.arange(60.0)), np.full(60, 1e8 + 1), np.arange(60.0)])
def test_large_values_that_stay_apart_are_read(values: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", values=values)
    found = load_columns(str(tmp_path / "a.npz"), "train", kind="series")
    np.testing.assert_allclose(np.asarray(found["values"])[:, 0], values[: len(found["values"])], rtol=1e-7)
