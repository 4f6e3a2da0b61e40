"""The user's own texts, sentence pairs and series: layouts, splits, and every kind of bad input named with its place."""

from pathlib import Path

import numpy as np
import pytest
from lab_datasets.folder import examine
from lab_datasets.loading import load_columns

from lab_core.errors import LabError, UsageError


def corpus(folder: Path, name: str, count: int, *, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    (folder / f"{name}.en").write_text("".join(f"sentence {number}\n" for number in numbers))
    (folder / f"{name}.de").write_text("".join(f"Satz {number}\n" for number in numbers))


def test_parallel_text_has_english_as_the_source_and_its_own_splits(tmp_path: Path) -> None:
    corpus(tmp_path, "train", 30)
    corpus(tmp_path, "dev", 4, first=100)
    corpus(tmp_path, "test", 3, first=200)
    columns = load_columns(str(tmp_path), "validation", kind="text pairs")
    assert columns["source"] == [f"sentence {number}" for number in range(100, 104)]
    assert columns["reference"][0] == columns["de"][0] == "Satz 100"
    assert load_columns(str(tmp_path), "train").count == 30
    assert load_columns(str(tmp_path), "train+test").count == 33


def test_one_pair_of_files_is_split_so_that_equal_source_lines_stay_together(tmp_path: Path) -> None:
    (tmp_path / "talks.en").write_text("".join(f"line {number % 40}\n" for number in range(200)))
    (tmp_path / "talks.vi").write_text("".join(f"dòng {number}\n" for number in range(200)))
    parts = {split: load_columns(str(tmp_path), split) for split in ("train", "validation", "test")}
    assert sum(part.count for part in parts.values()) == 200
    sources = [set(part["source"]) for part in parts.values()]
    assert not sources[0] & sources[1]
    assert not (sources[0] | sources[1]) & sources[2]
    assert all(part.count for part in parts.values())


def test_unequal_line_counts_name_both_and_where_they_lose_step(tmp_path: Path) -> None:
    corpus(tmp_path, "train", 20)
    (tmp_path / "train.de").write_text("a\n\n" + "b\n" * 17)
    with pytest.raises(LabError, match=r"train.en has 20 lines and train.de has 19.*first line that is empty.*is 2\."):
        load_columns(str(tmp_path))
    assert "has 20 lines" in next(iter(examine(tmp_path).problems.values()))
    assert not examine(tmp_path).usable


def test_empty_lines_are_left_out_with_their_partners_and_named(tmp_path: Path) -> None:
    corpus(tmp_path, "train", 20)
    lines = (tmp_path / "train.de").read_text().split("\n")
    lines[4] = "  "
    (tmp_path / "train.de").write_text("\n".join(lines))
    columns = load_columns(str(tmp_path), "all")
    assert columns.count == 19
    assert "sentence 4" not in columns["source"]
    assert columns.left_out == {"train.de": "1 empty lines (5); their pairs are left out"}


def test_a_file_that_is_not_utf_8_names_line_and_byte(tmp_path: Path) -> None:
    corpus(tmp_path, "train", 3)
    (tmp_path / "train.de").write_bytes("eins\nzw\xe4i\ndrei\n".encode("latin-1"))
    with pytest.raises(LabError, match=r"not UTF-8: byte 0xe4 in line 2, byte 3 of the line.*iconv"):
        load_columns(str(tmp_path))


def test_one_text_is_cut_by_position_and_a_folder_by_file(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("a" * 800 + "b" * 100 + "c" * 100)
    assert load_columns(str(book), "train")["text"] == ["a" * 800]
    assert load_columns(str(book), "validation+test")["text"] == ["b" * 100 + "c" * 100]
    for number in range(30):
        (tmp_path / "many" / f"{number}.txt").parent.mkdir(exist_ok=True)
        (tmp_path / "many" / f"{number}.txt").write_text(f"text {number}")
    parts = [load_columns(str(tmp_path / "many"), split)["text"] for split in ("train", "validation", "test")]
    assert sorted(text for part in parts for text in part) == sorted(f"text {number}" for number in range(30))
    assert all(parts)


def test_a_byte_order_mark_and_other_line_ends_are_no_text(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n" * 1 + b"three" * 100)
    assert load_columns(str(book), "all")["text"][0].startswith("one\ntwo\nthree")


def csv(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_series_is_split_in_time_and_keeps_its_gaps(tmp_path: Path) -> None:
    rows = ["date,price,volume"] + [f"2024-01-{day:02d},{day},{'' if day == 3 else day * 2}" for day in range(1, 31)]
    file = csv(tmp_path / "s.csv", rows)
    columns = load_columns(str(file), "train", kind="series")
    assert columns.kind == "series"
    assert columns.value_names == ("price", "volume")
    assert columns["time"][0] == np.datetime64("2024-01-01")
    assert columns["values"].shape == (24, 2)
    assert np.isnan(columns["values"][2, 1])
    test = load_columns(str(file), "test")
    assert test["values"][:, 0].tolist() == [28, 29, 30]
    assert examine(file).facts["gaps"] == "volume 3.3%"


def test_series_without_times_and_from_npz(tmp_path: Path) -> None:
    file = csv(tmp_path / "plain.csv", ["a;b"] + [f"{number};{-number}" for number in range(25)])
    assert load_columns(str(file), "all")["time"].tolist() == list(range(25))
    np.savez(tmp_path / "s.npz", time=np.arange(30.0), values=np.ones((30, 2), np.float32), names=np.array(["x", "y"]))
    columns = load_columns(str(tmp_path / "s.npz"), "train")
    assert columns.value_names == ("x", "y")
    assert columns["values"].shape == (24, 2)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ("2024-01-30,many", r"line 31, column 'price': 'many' is not a number"),
        ("2024-01-30,1;5", r"line 31, column 'price': '1;5' is not a number"),
        ("2024-01-29,3", r"line 31: the time 2024-01-29T00:00:00 is there twice; times must rise"),
        ("2024-01-02,3", r"line 31: the time 2024-01-02T00:00:00 stands after 2024-01-29"),
        ("30.01.2024,3", r"line 31, column 'date': '30.01.2024' is no date.*2024-01-31"),
        ("2024-01-30,inf", r"line 31, column 'price': inf is not finite"),
        ("2024-01-30,1,2", r"line 31: 3 cells; the header has 2"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(tmp_path: Path, row: str, match: str) -> None:
    rows = ["date,price"] + [f"2024-01-{day:02d},{day}" for day in range(1, 30)] + [row]
    file = csv(tmp_path / "s.csv", rows)
    with pytest.raises(LabError, match=match):
        load_columns(str(file))
    found = examine(file)
    assert not found.usable
    assert list(found.problems) == ["s.csv"]


def test_packed_arrays_are_checked_before_they_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", values=np.array([{}], object))
    with pytest.raises(LabError, match="Python objects"):
        load_columns(str(tmp_path / "objects.npz"))
    (tmp_path / "page.csv").write_bytes(b"\x00\x01")
    with pytest.raises((LabError, UsageError)):
        load_columns(str(tmp_path / "page.csv"))
