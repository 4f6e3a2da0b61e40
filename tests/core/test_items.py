"""The kinds of item: what is sound, what a file holds, what is written and read again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_app.display.item_pictures import picture_of, text_picture, wrapped
from lab_app.formats import boxes as boxes_files
from lab_app.formats import images
from lab_app.formats import labels as labels_files
from lab_app.formats import series as series_files
from lab_app.formats import vectors as vectors_files
from lab_core import LabError
from lab_core.items import boxes, image, module_of, series, text, vectors
from lab_core.items.boxes import Boxes
from lab_core.items.labels import Labels, from_probabilities
from lab_core.items.lettering import font
from lab_core.items.series import Series
from lab_core.model import Kind


def of(times: Any, values: Any, **more: Any) -> Series:
    return Series(np.asarray(times), np.asarray(values, np.float64), ("x",), **more)


@pytest.mark.parametrize(
    ("kind", "item", "message"),
    [
        ("image", np.zeros((4, 4), np.uint8), "uint8 .*4, 4"),
        ("image", np.zeros((4, 4, 3)), "float64"),
        ("text", 3, "int; a text is str"),
        ("text", iter(["a", 3]), "a piece that is int"),
        ("series", [1, 2], "list"),
        ("series", of([1.0, 1.0], [[1], [2]]), "don't rise"),
        ("series", of([1.0, 2.0], [[1]]), "times .2., values .1, 1."),
        ("series", of([1, 2], [[1], [2]]), "int64 times"),
        ("labels", Labels(("a", "b"), (0.2, 0.8)), "wrong order"),
        ("labels", Labels(("a",), (1.2,)), "outside 0 to 1"),
        ("labels", Labels((), ()), "0 names"),
        ("boxes", Boxes(np.zeros((1, 4)), ("a",), (1.0,)), "float32"),
        ("boxes", Boxes(np.array([[5, 0, 1, 1]], np.float32), ("a",), (1.0,)), "x0 <= x1"),
        ("boxes", Boxes(np.zeros((2, 4), np.float32), ("a", "b"), (0.1, 0.9)), "wrong order"),
        ("vectors", np.zeros(3), "float64"),
        ("vectors", np.array([np.nan], np.float32), "not finite"),
    ],
)
def test_an_item_that_is_not_sound_is_refused(kind: str, item: Any, message: str) -> None:
    with pytest.raises(LabError, match=f"the result.*{message}"):
        module_of(kind).check(item, "the result")


def test_sound_items_pass_and_streams_are_put_together() -> None:
    assert text.check(iter(["a", "b"]), "") == "ab"
    parts = ("observed", "observed", "forecast")
    assert series.check(of([1.0, 2.0, 2.0], [[1], [np.nan], [3]], parts=parts), "").part("forecast").values.tolist() == [[3.0]]
    assert from_probabilities([0.1, 0.7, 0.2], ("a", "b", "c")) == Labels(("b", "c", "a"), (0.7, 0.2, 0.1))
    assert boxes.check(Boxes(np.zeros((0, 4), np.float32), (), ()), "").names == ()
    assert vectors.check(np.ones(2, np.float32), "").tolist() == [1, 1]
    assert image.check(np.zeros((1, 1, 1), np.uint8), "").shape == (1, 1, 1)


def rows_of(text: str) -> list[tuple[str, Series]]:
    return list(series_files.read(text.encode(), "a.csv"))


def test_a_table_of_series_is_read_with_dates_numbers_gaps_and_without_a_heading() -> None:
    ((name, dated),) = rows_of("date,a,b\n2024-01-01,1,?\n2024-01-02 12:00,NA,4\n")
    assert (name, dated.names) == ("", ("a", "b"))
    assert str(dated.times[1]) == "2024-01-02T12:00:00"
    assert np.isnan(dated.values).tolist() == [[False, True], [True, False]]
    ((_, bare),) = rows_of("1,10\n2,20\n")
    assert (bare.times.tolist(), bare.values.tolist(), bare.names) == ([1, 2], [[10], [20]], ("value1",))
    ((_, single),) = rows_of("value\n5\n7\n")
    assert (single.times.tolist(), single.names) == ([0, 1], ("value",))
    ((_, both),) = rows_of("a;b\n1,5;2\n3;4,25\n")
    assert (both.times.tolist(), both.values.tolist()) == ([0, 1], [[1.5, 2], [3, 4.25]])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "a.csv is empty"),
        ("time,x\n", "no rows"),
        ("time\n1\n2\n", "no column of values"),
        ("time,x\n1,a\n", "line 2: 'a' in column x is not a number"),
        ("time,x\n1,1\n1,2\n", "line 3: the time '1' does not come after"),
        ("time,x\n1,1\n2\n", "line 3: 1 columns; the first line has 2"),
        ("date,x\n2024-01-01,1\nsoon,2\n", "line 3: the time 'soon' can't be read"),
        ("time,x\n1,\0\n", "zero bytes"),
    ],
)
def test_a_table_that_is_wrong_is_refused_by_its_line(table: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        rows_of(table)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=2, max_size=30), st.booleans())
def test_a_series_that_is_written_is_read_again(values: list[float | None], dates: bool) -> None:
    times = np.arange(len(values)) * 3
    moments = np.datetime64("2020-02-28", "s") + times.astype("timedelta64[h]") if dates else times.astype(np.float64)
    item = of(moments, [[np.nan if value is None else value] for value in values])
    ((_, again),) = rows_of(series_files.to_csv([("", item)]))
    assert (again.times == item.times).all()
    assert np.allclose(again.values, item.values, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_arrays_are_read_without_objects(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz", values=np.arange(4), times=np.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"], "M8[D]")
    )
    ((name, item),) = series_files.read(tmp_path / "a.npz")
    assert (name, str(item.times[0]), item.values.shape) == ("", "2024-01-01T00:00:00", (4, 1))
    np.savez(tmp_path / "b.npz", one=np.arange(3.0), two=np.ones((2, 2)))
    assert [name for name, _ in series_files.read(tmp_path / "b.npz")] == ["one", "two"]
    np.savez(tmp_path / "c.npz", values=np.array([{}], object))
    with pytest.raises(LabError, match=r"c.npz: 'values.npy' holds Python objects"):
        list(series_files.read(tmp_path / "c.npz"))
    (tmp_path / "d.npz").write_bytes(b"no archive")
    with pytest.raises(LabError, match=r"d.npz can't be read"):
        list(series_files.read(tmp_path / "d.npz"))


def test_labels_are_read_as_they_are_written(tmp_path: Path) -> None:
    item = Labels(("a", "b, c"), (0.75, 0.25))
    (tmp_path / "l.csv").write_text(labels_files.to_csv([("x", item)]))
    assert labels_files.read(tmp_path / "l.csv") == {"x": item}
    (tmp_path / "l.jsonl").write_text('{"item": "y", "labels": [{"label": "a", "probability": 1.0}]}\n')
    assert labels_files.read(tmp_path / "l.jsonl") == {"y": Labels(("a",), (1.0,))}
    (tmp_path / "m.csv").write_text("name,label\nx,a\n")
    with pytest.raises(LabError, match="no column 'item'"):
        labels_files.read(tmp_path / "m.csv")


def test_boxes_are_read_as_they_are_written(tmp_path: Path) -> None:
    import msgspec

    points = np.array([[[1, 2], [3, 4]]], np.float32)
    item = Boxes(np.array([[1, 2, 11, 22]], np.float32), ("cat",), (0.5,), points)
    (tmp_path / "b.json").write_bytes(msgspec.json.encode(boxes_files.to_coco([("x.jpg", 30, 40, item), ("y.jpg", 1, 1, item)])))
    found = boxes_files.read(tmp_path / "b.json")
    assert list(found) == ["x.jpg", "y.jpg"]
    assert (found["x.jpg"].corners == item.corners).all()
    assert found["x.jpg"].points is not None
    assert (found["x.jpg"].points == points).all()
    (tmp_path / "b.csv").write_text(boxes_files.to_csv([("x", item)]))
    assert boxes_files.read(tmp_path / "b.csv")["x"].scores == (0.5,)
    (tmp_path / "w.json").write_text('{"images": []}')
    with pytest.raises(LabError, match="not COCO JSON"):
        boxes_files.read(tmp_path / "w.json")


def test_vectors_are_read_and_measured(tmp_path: Path) -> None:
    (tmp_path / "v.tsv").write_text("a\t3\t4\nb\t0\t2\n")
    found = dict(vectors_files.read(tmp_path / "v.tsv"))
    assert found["a"].tolist() == [3, 4]
    table = np.stack(list(found.values()))
    assert np.allclose(vectors_files.cosine_distances(table), [[0, 0.2], [0.2, 0]])  # 1 - 8 / (5 * 2)
    line = np.array([[0, 0], [1, 1], [2, 2]], np.float32)
    assert np.allclose(np.abs(vectors_files.principal_axes(line)), [[2**0.5, 0], [0, 0], [2**0.5, 0]], atol=1e-6)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_images_are_read_as_they_are_written(tmp_path: Path, suffix: str) -> None:
    pixels = np.full((8, 6, 3), (200, 100, 50), np.uint8)
    images.write(tmp_path / f"a{suffix}", pixels)
    opened = images.read(tmp_path / f"a{suffix}")
    assert opened.alpha is None
    assert np.abs(opened.pixels.astype(int) - pixels).max() <= (0 if suffix == ".png" else 6)


def test_small_pictures_are_enlarged_by_whole_factors_and_large_ones_scaled_down() -> None:
    assert image.fitted(np.zeros((10, 20, 3), np.uint8), 100, 100).shape == (50, 100, 3)
    assert image.fitted(np.zeros((100, 200, 1), np.uint8), 50, 50).shape == (25, 50, 1)


def test_every_kind_has_a_picture_and_words() -> None:
    photo = np.zeros((64, 96, 3), np.uint8)
    found = Boxes(np.array([[8, 8, 40, 40]], np.float32), ("cat",), (0.9,))
    forecast = of([3.0, 4.0], [[3], [4]], low=np.array([[2.0], [2.0]]), high=np.array([[4.0], [6.0]]), parts=("forecast",) * 2)
    shown = {
        Kind.IMAGE: (photo, None, "96 x 64, colour"),
        Kind.TEXT: ("Grüße, 你好", None, "Grüße, 你好"),
        Kind.SERIES: (forecast, of([1.0, 2.0], [[1], [np.nan]]), "2 values of x, 3 to 4, 2 of them forecast"),
        Kind.LABELS: (Labels(("a", "b"), (0.96, 0.04)), None, "a 96 %, b 4.0 %"),
        Kind.BOXES: (found, photo, "1 box: cat 90 %"),
        Kind.VECTORS: (np.array([1, -1], np.float32), None, "[1, -1]"),
    }
    for kind, (item, before, words) in shown.items():
        drawn = picture_of(kind, item, given=before)
        assert drawn.dtype == np.uint8
        assert drawn.ndim == 3
        assert drawn.shape[2] == 3
        assert drawn.std() > 0 or kind == Kind.IMAGE
        assert module_of(kind).to_text(item) == words


def test_long_texts_are_wrapped_within_the_width() -> None:
    used = font(16)
    lines = list(wrapped("word " * 40 + "x" * 200 + "\n\nend", used, 200))
    assert all(used.getlength(line) <= 200 for line in lines)
    assert lines[-2:] == ["", "end"]
    assert text_picture("a\n" * 500, height=120).shape == (120, 480, 3)


def test_a_plot_marks_where_the_forecast_begins() -> None:
    from lab_core.items.series_plot import _NOW, plot

    times, values = np.arange(20.0), np.linspace(0.0, 1.0, 20)[:, None]
    known = Series(times, values, ("x",), parts=("observed",) * 15 + ("forecast",) * 5)

    def columns(picture: np.ndarray) -> np.ndarray:
        near = np.abs(picture.astype(int) - _NOW).max(axis=2) < 60
        return np.flatnonzero(near.sum(axis=0) > 20)

    marked = columns(plot(known))
    assert len(marked) > 0
    assert 0.6 < marked.mean() / plot(known).shape[1] < 0.85
    assert len(columns(plot(Series(times, values, ("x",))))) == 0
