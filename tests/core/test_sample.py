"""``lab sample``: what is drawn, what may be asked, where it goes, what is refused in one line."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from PIL import Image

from lab_core import Config, DataSet, Model, Sample, Task, about
from lab_core.cli import common, main
from lab_core.model import Kind, Latent
from lab_core.model_folder import ModelInfo, save_model
from lab_core.registry import Registry


class DotOptions(Config, frozen=True, kw_only=True):
    label: Annotated[int, about("class to draw", ge=0)] | None = None
    c1: Annotated[float, about("brightness", ge=-2, le=2)] | None = None
    c2: Annotated[float, about("darkness", ge=-2, le=2)] = 0.0
    sharp: Annotated[bool, about("no blur")] = False


class Plain(Model):
    """A model without a state."""

    def save(self, folder: Path) -> None:
        (folder / "plain.txt").write_text("plain")

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Plain":
        return cls()


class Dots(Plain, Latent):
    """Pictures 6 x 4 of one grey: 100 + 10 z + 20 c1 + 2 label, the upper left pixel black; so what was asked can be read off."""

    produces = Kind.IMAGE
    options = DotOptions
    training_data = "toy-dots"

    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Any:
        return np.random.default_rng(seed).standard_normal((count, 2)).astype(np.float32)

    def decode(self, latents: Any, options: Mapping[str, Any]) -> Iterator[Any]:
        for point in latents:
            value = 100 + 10 * float(point[0]) + 20 * (options.get("c1") or 0.0) + 2 * (options.get("label") or 0)
            image = np.full((6, 4, 1), int(np.clip(value, 0, 255)), np.uint8)
            image[0, 0] = 0
            yield image

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        return self.decode(self.latents(count, seed=seed, options=options), options)

    def between(self, a: Any, b: Any, fraction: float) -> Any:
        return (1 - fraction) * a + fraction * b


class Bare(Plain, Sample):
    """No latent space, no options; colour pictures of the seed."""

    produces = Kind.IMAGE

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        return (np.full((5, 5, 3), (seed, number, 7), np.uint8) for number in range(count))


class Verse(Plain, Sample):
    produces = Kind.TEXT

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[str]:
        yield from ("seed ", str(seed))


class Wrong(Plain, Sample):
    produces = Kind.IMAGE

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        return (np.zeros((4, 4)) for _ in range(count))


class Idle(Plain):
    """Can nothing."""


def load_dots(card: DataSet, split: str) -> Any:
    from collections import namedtuple

    values = {"train": range(60, 160), "validation": range(60, 70), "test": range(61, 160, 3)}[split]
    images = np.stack([np.full((6, 4, 1), value, np.uint8) for value in values])
    images[:, 0, 0] = 0
    return namedtuple("Images", ("images", "labels"))(images, np.zeros(len(images), np.uint8))


CARD = DataSet(
    id="toy-dots",
    title="Dots",
    kind="images",
    what="",
    origin="",
    licence="",
    splits={"train": 100, "validation": 10, "test": 33},
    classes=("T-shirt/top", "trouser", "ankle boot"),
    folder="lab_core:nowhere",
    loader="sample_toy:load_dots",
)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Calls the command line in an empty folder; ``lab(..., model=Dots)`` puts a saved model in place of the first word.

    Returns standard output and standard error; with ``code`` the command must end so.
    """
    import sys

    monkeypatch.setitem(sys.modules, "sample_toy", sys.modules[__name__])
    monkeypatch.chdir(tmp_path)
    registry = Registry()
    registry.add_data_set(CARD, "toys")
    presets: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "default": {}}
    for kind in (Dots, Bare, Verse, Wrong, Idle):
        name = kind.__name__.lower()
        task = Task(id=name, title=name, family="generative", method=name, config="lab_core.config:TrainConfig",
                    model=f"sample_toy:{kind.__name__}", presets=presets)  # fmt: skip
        registry.add_task(task, "toys")
        save_model(tmp_path / "models" / name, kind(), ModelInfo(task=name, step=7))
    monkeypatch.setattr(common, "_loaded", (registry, []))

    def call(name: str, *arguments: object, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["sample", f"models/{name}", *map(str, arguments)])
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out, said.err

    return call


def opened(path: Path | str) -> Any:
    return np.asarray(Image.open(path))


def test_a_grid_is_nearly_square_enlarged_and_named_after_task_and_seed(lab: Callable[..., Any], tmp_path: Path) -> None:
    out, err = lab("dots", "--seed", 3)
    assert out == ""
    assert "samples-dots-seed3.png" in err
    picture = opened("samples-dots-seed3.png")
    height, width = 8 * 7 + 1, 8 * 5 + 1
    assert picture.shape == (15 * height, 15 * width, 3)  # 15 is the largest factor within 900 pixels
    small = picture[::15, ::15]
    expected = list(Dots().sample(64, seed=3, options={}))
    for number in (0, 1, 8, 63):
        top, left = number // 8 * 7 + 1, number % 8 * 5 + 1
        assert (small[top : top + 6, left : left + 4] == expected[number]).all()
    assert (small[0] == 128).all()


def test_columns_and_scale_are_obeyed(lab: Callable[..., Any]) -> None:
    lab("dots", "--count", 5, "--columns", 2, "--scale", 3, "--out", "here/grid.png")
    assert opened("here/grid.png").shape == (3 * (3 * 7 + 1), 3 * (2 * 5 + 1), 3)


def test_a_folder_holds_numbered_pictures_and_says_what_they_are(lab: Callable[..., Any]) -> None:
    out, _ = lab("dots", "--count", 3, "--seed", 5, "--with", "c1=1.5", "--out", "many/", "--json")
    document = json.loads(out)
    said = json.loads(Path("many/samples.json").read_text())
    assert said["files"] == ["0001.png", "0002.png", "0003.png"]
    assert said["options"] == {"label": None, "c1": 1.5, "c2": 0.0, "sharp": False}
    assert (said["seed"], said["count"], said["task"], said["step"]) == (5, 3, "dots", 7)
    assert document["files"] == [*(f"many/{name}" for name in said["files"]), "many/samples.json"]
    expected = list(Dots().sample(3, seed=5, options={"c1": 1.5}))
    assert (opened("many/0002.png") == expected[1][:, :, 0]).all()
    assert "empty or new folder" in lab("dots", "--out", "many/", code=2)[1]


def test_an_array_holds_every_picture_as_it_was_made(lab: Callable[..., Any]) -> None:
    lab("bare", "--count", 7, "--seed", 9, "--out", "samples.npz")
    with np.load("samples.npz") as arrays:
        assert arrays.files == ["images"]
        assert arrays["images"].shape == (7, 5, 5, 3)
        assert arrays["images"].dtype == np.uint8
        assert arrays["images"][4, 0, 0].tolist() == [9, 4, 7]


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("Ankle Boot", 2), ("  t-shirt/TOP ", 0)])
def test_a_label_is_a_number_or_a_name(lab: Callable[..., Any], text: str, number: int) -> None:
    out, _ = lab("dots", "--count", 1, "--label", text, "--out", "x.npz", "--json")
    assert json.loads(out)["options"]["label"] == number
    with np.load("x.npz") as arrays:
        (plain,) = Dots().sample(1, seed=0, options={"label": number})
        assert (arrays["images"][0] == plain).all()


def test_a_text_streams_to_standard_output(lab: Callable[..., Any]) -> None:
    assert lab("verse", "--seed", 4)[0] == "seed 4\n"
    assert lab("verse", "--seed", 4, "--count", 2)[0] == "seed 4\n\nseed 5\n"
    assert json.loads(lab("verse", "--seed", 4, "--count", 2, "--json")[0])["texts"] == ["seed 4", "seed 5"]
    lab("verse", "--out", "v.txt")
    assert Path("v.txt").read_text() == "seed 0\n"
    lab("verse", "--count", 2, "--out", "verses/")
    assert Path("verses/0002.txt").read_text() == "seed 1"


REFUSED = [
    ("dots", ["--label", "boot"], "There is no class 'boot'. Did you mean ankle boot?"),
    ("dots", ["--label", "3"], "--label is 3; there are classes 0 to 2."),
    ("dots", ["--label", "-1"], "--label is -1; there are classes 0 to 2."),
    ("bare", ["--label", "3"], "this one has no option label"),
    ("dots", ["--label", "1", "--with", "label=2"], "Give one of them."),
    ("dots", ["--with", "c3=1"], "There is no option 'c3'. Did you mean c"),
    ("dots", ["--with", "c1"], "--with 'c1' is not of the form KEY=VALUE. Its options: label, c1, c2, sharp."),
    ("dots", ["--with", "c1=7"], "'c1' can't be '7'; expected number or none >= -2 and <= 2"),
    ("bare", ["--with", "c1=7"], "This model has no options."),
    ("dots", ["--out", "grid.bmp"], "Samples can't be written as 'grid.bmp'. Name a picture (.png), a folder (DIR/) or an array"),
    ("dots", ["--out", "many/", "--columns", "2"], "--columns and --scale are for a grid."),
    ("verse", ["--out", "grid.png"], "Texts can't be written as 'grid.png'. Name a text (.txt) or a folder (DIR/)"),
    ("idle", [], "models/idle can nothing, not sample."),
]


@pytest.mark.parametrize(("name", "arguments", "line"), REFUSED)
def test_what_does_not_fit_is_refused_in_one_line(lab: Callable[..., Any], name: str, arguments: list[str], line: str) -> None:
    _, err = lab(name, *arguments, code=2)
    assert line in err
    assert err.count("\n") == 1


def test_a_model_that_hands_back_something_else_is_named(lab: Callable[..., Any]) -> None:
    assert "Wrong made float64 [4, 4]; a picture is uint8 [height, width, 1 or 3]" in lab("wrong", code=1)[1]
