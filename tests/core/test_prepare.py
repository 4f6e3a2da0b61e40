"""``lab data make``, ``split``, ``combine``, ``clean``: pictures made, copied and moved, and inputs that stay as they are."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import sobel

from lab_app.cli import main
from lab_app.preparing.operations import OPERATIONS, Sizes
from lab_app.preparing.splitting import fractions_of
from lab_core.errors import UsageError

Make = Callable[..., Path]


def picture(height: int = 12, width: int = 16, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels)).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(path)
    return path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    return int(ended.value.code or 0)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_edges_are_the_gradient_of_an_independent_filter() -> None:
    grey = picture(channels=1)
    values = grey[..., 0].astype(float)
    length = np.hypot(sobel(values, 0, mode="nearest"), sobel(values, 1, mode="nearest")) / 4
    assert np.array_equal(OPERATIONS["edges"](grey, Sizes())[..., 0], 255 - np.clip(np.round(length), 0, 255))


def test_operations_by_hand() -> None:
    image = np.zeros((4, 8, 3), np.uint8)
    image[:, :4] = (255, 0, 0)
    assert OPERATIONS["grey"](image, Sizes())[0, 0] == 76  # 0.299 * 255
    assert OPERATIONS["crop"](image, Sizes())[0, :, 0].tolist() == [255, 255, 0, 0]
    padded = OPERATIONS["pad"](image, Sizes())
    assert padded.shape == (8, 8, 3)
    assert (padded[:2] == 255).all()
    assert (padded[6:] == 255).all()
    assert np.array_equal(padded[2:6], image)
    assert OPERATIONS["resize"](image, Sizes(size=5)).shape == (5, 5, 3)
    made = OPERATIONS["blank"](np.zeros((10, 20, 1), np.uint8), Sizes(share=0.4))
    assert np.argwhere(made[..., 0] == 255).min(0).tolist() == [3, 8]
    assert int((made == 255).sum()) == 16


def test_blur_keeps_the_size_and_flat_colours_and_loses_detail() -> None:
    flat, fine = np.full((30, 50, 3), 90, np.uint8), picture(30, 50)
    assert np.array_equal(OPERATIONS["blur"](flat, Sizes()), flat)
    assert OPERATIONS["blur"](fine, Sizes()).std() < 0.5 * fine.std()
    assert OPERATIONS["blur"](picture(2, 3), Sizes()).shape == (2, 3, 3)


def test_make_writes_beside_the_inputs_and_names_what_it_can_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    save(source / "a.png", picture())
    save(source / "a.bmp", picture(seed=1))
    save(source / "deep/b.png", picture(channels=1))
    (source / "broken.jpg").write_bytes(b"no picture")
    before = contents(source)
    assert run("make", str(source), "--operation", "grey", "--out", str(out), "--json") == 1
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert sorted(contents(out)) == ["a-2.png", "a.png", "deep/b.png"]
    assert len(document["files"]) == 3
    assert list(document["failed"]) == [str(source / "broken.jpg")]
    assert "broken.jpg can't be decoded" in captured.err
    assert contents(source) == before
    assert run("make", str(source), "--operation", "grey", "--out", str(out)) == 2
    assert "already holds files" in capsys.readouterr().err


def test_split_keeps_pairs_together_and_shares(tmp_path: Path) -> None:
    source, out = tmp_path / "pairs", tmp_path / "out"
    for number in range(20):
        save(source / f"A/{number}.png", picture(4, 4, seed=number))
        save(source / f"B/{number}.bmp", picture(4, 4, seed=100 + number))
    assert run("split", str(source), "--out", str(out), "--fractions", "0.7,0.2,0.1") == 0
    parts = {name: [sorted(path.stem for path in (out / name / side).iterdir()) for side in "AB"] for name in
             ("train", "validation", "test")}  # fmt: skip
    assert {name: len(sides[0]) for name, sides in parts.items()} == {"train": 14, "validation": 4, "test": 2}
    assert all(one == other for one, other in parts.values())
    assert sorted(int(name) for sides in parts.values() for name in sides[0]) == list(range(20))
    copies = contents(out)
    assert all(copies[f"{part}/A/{name}.png"] == (source / f"A/{name}.png").read_bytes() for part, (names, _) in parts.items()
               for name in names)  # fmt: skip


@pytest.mark.parametrize("text", ["", "1", "0.5,0.6", "0.5,0.4", "a,b", "0,1", "-0.5,1.5", "0.25,0.25,0.25,0.25"])
def test_fractions_that_are_no_split_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a split"):
        fractions_of(text)


def test_combine_makes_what_is_read_as_side_by_side_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right, out = tmp_path / "left", tmp_path / "right", tmp_path / "out"
    for number in range(3):
        save(left / f"{number}.png", picture(8, 8, seed=number))
        save(right / f"{number}.bmp", picture(8, 8, 1, seed=number))
    save(left / "lonely.png", picture(8, 8))
    save(left / "odd.png", picture(8, 8))
    save(right / "odd.png", picture(8, 9))
    assert run("combine", str(left), str(right), "--out", str(out), "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert sorted(contents(out)) == ["0.png", "1.png", "2.png"]
    made = np.asarray(Image.open(out / "1.png"))
    assert made.shape == (8, 16, 3)
    assert np.array_equal(made[:, :8], picture(8, 8, seed=1))
    assert np.array_equal(made[:, 8:, 0], picture(8, 8, 1, seed=1)[..., 0])
    assert "no partner" in document["failed"][str(left / "lonely.png")]
    assert "8 x 8 and 9 x 8" in document["failed"]["odd"]


def test_clean_reports_first_and_moves_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, bad = tmp_path / "in", tmp_path / "bad"
    save(source / "good.png", picture())
    save(source / "grey.png", picture(channels=1))
    (source / "deep").mkdir()
    (source / "deep/broken.png").write_bytes(save(tmp_path / "whole.png", picture()).read_bytes()[:60])
    before = contents(source)
    assert run("clean", str(source), "--channels", "3") == 1
    report = capsys.readouterr().err
    assert "grey.png is grey, not colour" in report
    assert "broken.png can't be decoded" in report
    assert "nothing was moved" in report
    assert contents(source) == before
    assert run("clean", str(source), "--channels", "3", "--move-to", str(bad)) == 0
    assert sorted(contents(source)) == ["good.png"]
    assert contents(bad) == {name: data for name, data in before.items() if name != "good.png"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("make", "{here}", "--operation", "blr", "--out", "{out}"), "blur"),
        (("make", "{here}", "--operation", "resize", "--out", "{out}"), "needs a size"),
        (("make", "{here}", "--operation", "grey", "--size", "9", "--out", "{out}"), "keeps the size"),
        (("make", "{here}/a.png", "--operation", "grey", "--out", "{out}"), "not a folder"),
        (("make", "{here}", "--operation", "grey", "--out", "{here}"), "already holds files"),
        (("split", "{here}", "--out", "{here}/a.png"), "is a file"),
        (("clean", "{here}", "--channels", "2"), "not 0, 1 or 3"),
        (("clean", "{out}"), "not a folder"),
    ],
)
def test_bad_requests_are_one_clear_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "in/a.png", picture())
    places = {"here": str(tmp_path / "in"), "out": str(tmp_path / "out")}
    assert run(*(part.format(**places) for part in arguments)) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
