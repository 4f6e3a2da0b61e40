"""``lab sample``: what is drawn, what may be asked, where it goes, what is refused in one line."""

import json
import re
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist

from lab_app.cli import common, main
from lab_app.sampling import walks
from lab_app.sampling.arithmetic import Term, read_terms, reckon
from lab_app.sampling.codes import categories
from lab_app.sampling.neighbours import look_for_copies, nearest
from lab_core import Act, Config, DataSet, Model, Sample, Task, UsageError, about
from lab_core.model import Kind, Latent
from lab_core.registry.registry import Registry
from lab_core.runs.model_folder import ModelInfo, save_model


class DotOptions(Config, frozen=True, kw_only=True):
    label: Annotated[int, about("class to draw", ge=0)] | None = None
    c1: Annotated[float, about("brightness", ge=-2, le=2)] | None = None
    c2: Annotated[float, about("darkness", ge=-2, le=2)] = 0.0
    sharp: Annotated[bool, about("no blur")] = False


class CodedOptions(Config, frozen=True, kw_only=True):
    strength: Annotated[int, about("always there", ge=1, le=4)] = 2
    category: Annotated[int, about("categorical code", ge=0, le=2)] | None = None
    c1: Annotated[float, about("continuous code")] | None = None


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

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[str | Iterator[str]]:
        """Every second text is one string, the others come in pieces."""
        for number in range(count):
            yield iter(("seed ", str(seed + number))) if number % 2 == 0 else f"seed {seed + number}"


class Wrong(Plain, Sample):
    produces = Kind.IMAGE

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        return (np.zeros((4, 4)) for _ in range(count))


class Idle(Plain):
    """Can nothing."""


class Player(Plain, Act):
    observation = {}

    def act(self, observations: Any, state: Any, *, epsilon: float, rng: np.random.Generator) -> Any:
        raise NotImplementedError


Loaded = namedtuple("Loaded", ("images", "labels"))


def load_dots(card: DataSet, split: str) -> Any:
    values = {"train": range(60, 160), "validation": range(60, 70), "test": range(61, 160, 3)}[split]
    images = np.stack([np.full((6, 4, 1), value, np.uint8) for value in values])
    images[:, 0, 0] = 0
    return Loaded(images, np.zeros(len(images), np.uint8))


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


@pytest.fixture(autouse=True)
def sample_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes this file importable under the name that the toys' records use."""
    monkeypatch.setitem(sys.modules, "sample_toy", sys.modules[__name__])


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Calls the command line in an empty folder; ``lab(..., model=Dots)`` puts a saved model in place of the first word.

    Returns standard output and standard error; with ``code`` the command must end so.
    """
    monkeypatch.chdir(tmp_path)
    registry = Registry()
    registry.add_data_set(CARD, "toys")
    presets: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "default": {}}
    for kind in (Dots, Bare, Verse, Wrong, Idle, Player):
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


def tiles(sheet: Any, *, rows: int, columns: int, size: tuple[int, int], captions: bool = False) -> list[list[int]]:
    """The grey in the middle of each tile of a sheet, found from its lower right corner."""
    height, width = size[0] + 4 + (18 if captions else 0), size[1] + 4
    tops = [sheet.shape[0] - (rows - row) * height + size[0] // 2 for row in range(rows)]
    lefts = [sheet.shape[1] - (columns - column) * width + size[1] // 2 for column in range(columns)]
    return [[int(sheet[top, left, 0]) for left in lefts] for top in tops]


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


def test_numbers_are_written_under_samples(lab: Callable[..., Any]) -> None:
    lab("dots", "--count", 6, "--numbers", "--scale", 10, "--out", "numbered.png")
    picture = opened("numbered.png")
    assert picture.shape[1] == 4 + 3 * (40 + 4)  # three columns of 40 pixels
    assert picture[4 + 60 : 4 + 60 + 18, 4:44].min() < 180


def test_a_sweep_has_a_column_a_value_and_a_row_a_class(lab: Callable[..., Any]) -> None:
    out, _ = lab("dots", "--code", "c1=-2:2", "--steps", 5, "--seed", 2, "--scale", 10, "--out", "codes.png", "--json")
    assert json.loads(out)["codes"] == {"c1": [-2, -1, 0, 1, 2]}
    found = tiles(opened("codes.png"), rows=3, columns=5, size=(60, 40))
    (plain,) = Dots().sample(1, seed=2, options={})
    expected = [[int(plain[3, 3, 0]) + 20 * value + 2 * label for value in (-2, -1, 0, 1, 2)] for label in range(3)]
    assert found == expected


def test_a_sweep_for_one_class_has_a_row_an_item(lab: Callable[..., Any]) -> None:
    lab("dots", "--code", "c1=0:2", "--steps", 3, "--label", 1, "--count", 2, "--scale", 10, "--out", "codes.png")
    items = [int(one[3, 3, 0]) for one in Dots().sample(2, seed=0, options={"label": 1})]
    assert tiles(opened("codes.png"), rows=2, columns=3, size=(60, 40)) == [[one, one + 20, one + 40] for one in items]


def test_a_sweep_without_classes_has_a_row_a_value_of_a_categorical_code() -> None:
    class Coded(Dots):
        options = CodedOptions

    assert categories(Coded(), {"category": None, "c1": None}, ()) == {f"category {n}": {"category": n} for n in range(3)}
    assert categories(Coded(), {"category": 2, "c1": None}, ()) == {}
    assert categories(Dots(), {"label": None}, ("a", "b")) == {"a": {"label": 0}, "b": {"label": 1}}
    assert categories(Dots(), {"label": 1}, ("a", "b")) == {}
    assert categories(Bare(), {}, ()) == {}


def test_two_codes_of_one_item_are_a_sheet_of_both(lab: Callable[..., Any]) -> None:
    arguments = ("--code", "c2=0:1", "--code", "c1=0:2", "--steps", 3, "--count", 1, "--scale", 10, "--out", "both.png")
    lab("dots", *arguments)
    (one,) = Dots().sample(1, seed=0, options={})
    grey = int(one[3, 3, 0])
    assert tiles(opened("both.png"), rows=3, columns=3, size=(60, 40)) == [[grey + 20 * row] * 3 for row in range(3)]


def test_two_codes_are_two_blocks_of_rows(lab: Callable[..., Any]) -> None:
    lab("dots", "--code", "c1=-2:2", "--code", "c2=0:2", "--scale", 10, "--out", "two.png")
    lab("dots", "--code", "c1=-2:2", "--scale", 10, "--out", "one.png")
    two, one = opened("two.png"), opened("one.png")
    assert (two[: len(one)] == one).all()
    assert len(two) == 2 * (len(one) - 4) + 4 + 9  # a margin once, a gap between


def test_a_walk_starts_at_one_sample_turns_at_the_other_and_comes_back(lab: Callable[..., Any]) -> None:
    fractions = walks.there_and_back(6)
    assert fractions == pytest.approx([0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    ends = walks.points_of(Dots(), (2, 5), count=6, seed=1, options={})
    batch = list(Dots().sample(6, seed=1, options={}))
    frames = [image for image, _ in walks.film(Dots(), ends, (2, 5), frames=6, options={})]
    assert (frames[0] == batch[1]).all()
    assert (frames[3] == batch[4]).all()
    assert (frames[2] == frames[4]).all()
    _, err = lab("dots", "--interpolate", 2, 5, "--frames", 6, "--fps", 10, "--out", "walk.gif")
    assert "walk.gif" in err
    with Image.open("walk.gif") as film:
        assert film.n_frames == 6
        assert film.info["duration"] == 100


def test_a_walk_is_an_mp4_by_default_and_a_strip_as_png(lab: Callable[..., Any]) -> None:
    import imageio_ffmpeg

    out, _ = lab("dots", "--interpolate", 1, 64, "--json")
    (path,) = json.loads(out)["files"]
    assert path == "walk-dots-seed0-1-to-64.mp4"
    assert imageio_ffmpeg.count_frames_and_secs(path)[0] == 60
    lab("dots", "--interpolate", 1, 3, "--frames", 4, "--scale", 1, "--out", "strip.png")
    strip = opened("strip.png")
    assert strip.shape == (8, 4 * 5 + 1, 3)
    batch = list(Dots().sample(64, seed=0, options={}))
    assert (strip[1:7, 1:5] == batch[0]).all()
    assert (strip[1:7, 16:20] == batch[2]).all()


def test_terms_are_read_with_their_signs() -> None:
    assert read_terms("1,2,3 - 4,5,6 + 7") == [Term(1, (1, 2, 3)), Term(-1, (4, 5, 6)), Term(1, (7,))]
    assert read_terms("-12+3") == [Term(-1, (12,)), Term(1, (3,))]
    assert read_terms("+1 − 2") == [Term(1, (1,)), Term(-1, (2,))]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "the number of a sample is expected at its end"),
        ("1,2 -", "the number of a sample is expected at its end"),
        ("1,,2", "the number of a sample is expected at position 3"),
        ("1 2", "one of , + - is expected at position 3"),
        ("1 * 2", "'*' at position 3 is neither a number nor , + -"),
        ("__import__('os')", "'_' at position 1 is neither a number nor , + -"),
        ("1 - -2", "the number of a sample is expected at position 5"),
        ("--1", "the number of a sample is expected at position 2"),
        ("1.5", "'.' at position 2 is neither"),
        ("99999999999999999999", "'9' at position 1 is neither"),
    ],
)
def test_terms_that_make_no_sense_are_refused_with_the_position(text: str, line: str) -> None:
    with pytest.raises(UsageError, match=re.escape(line)):
        read_terms(text)


def test_reckoning_adds_the_means_of_groups() -> None:
    groups = [np.array([[1.0, 0], [3, 4]]), np.array([[1.0, 1]]), np.array([[0.0, 10], [0, 0]])]
    assert reckon(groups, [1, -1, 1]).tolist() == [1, 6]


def test_arithmetic_shows_the_terms_their_means_and_the_result(lab: Callable[..., Any]) -> None:
    out, _ = lab("dots", "--arithmetic", "1,2 - 3", "--count", 4, "--scale", 10, "--out", "sum.png", "--json")
    assert json.loads(out)["terms"] == [{"sign": 1, "samples": [1, 2]}, {"sign": -1, "samples": [3]}]
    z = [float(one) for one in Dots().latents(4, seed=0, options={})[:, 0]]

    def grey(value: float) -> int:
        return int(100 + 10 * value)

    expected = [
        [grey(z[0]), grey(z[1]), grey((z[0] + z[1]) / 2)],
        [grey(z[2]), 250, grey(z[2])],
        [250, 250, grey((z[0] + z[1]) / 2 - z[2])],
    ]
    assert tiles(opened("sum.png"), rows=3, columns=3, size=(60, 40), captions=True) == expected


def test_nearest_agrees_with_an_exhaustive_search() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (9000, 3, 3, 1), np.uint8)
    queries = np.concatenate([rng.integers(0, 256, (5, 3, 3, 1), np.uint8), images[8500:8501]])
    places, distances = nearest(queries, images, 4)
    every = cdist(queries.reshape(6, -1) / 255, images.reshape(9000, -1) / 255)
    assert np.allclose(distances, np.sort(every, axis=1)[:, :4])
    assert np.allclose(np.take_along_axis(every, places, axis=1), distances)
    assert (places[5, 0], distances[5, 0]) == (8500, 0)


def test_neighbours_come_from_the_training_data_and_held_out_images_stand_beside(lab: Callable[..., Any]) -> None:
    out, err = lab("dots", "--neighbours", "--nearest", 2, "--count", 3, "--scale", 10, "--out", "near.png", "--json")
    found = json.loads(out)["nearness"]
    assert found["training_images"] == 100
    assert (found["held_out"], found["held_out_images"], found["held_out_median"]) == ("test", 33, 0)
    greys = [int(one[3, 3, 0]) for one in Dots().sample(3, seed=0, options={})]
    shown = tiles(opened("near.png"), rows=3, columns=3, size=(60, 40), captions=True)
    assert shown[0] == shown[1] == greys  # every grey from 60 to 159 is among the training images
    assert [abs(a - b) for a, b in zip(shown[2], greys, strict=True)] == [1, 1, 1]
    assert "median distance 0.00; of 33 held-out real images (test) 0.00" in err


def test_copies_of_training_images_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    noise = {name: rng.integers(0, 256, (n, 8, 8, 1), np.uint8) for name, n in (("train", 400), ("test", 100))}
    monkeypatch.setattr(sys.modules[__name__], "load_dots", lambda card, split: Loaded(noise[split], None))
    registry = Registry()
    registry.add_data_set(CARD, "toys")
    _, learnt = look_for_copies(Dots(), rng.integers(0, 256, (50, 8, 8, 1), np.uint8), k=1, registry=registry)
    _, copied = look_for_copies(Dots(), noise["train"][:50], k=1, registry=registry)
    assert learnt.median == pytest.approx(learnt.held_out_median, rel=0.05)
    assert learnt.near < 0.2
    assert "look for copies" not in learnt.line()
    assert (copied.median, copied.near) == (0, 1)
    assert "look for copies" in copied.line()


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
    (
        "dots",
        ["--out", "grid.bmp"],
        "Samples can't be written as 'grid.bmp'. Name a picture (.png), a folder (DIR/),",
    ),
    ("dots", ["--out", "many/", "--columns", "2"], "--columns, --numbers and --scale are for a grid."),
    ("verse", ["--out", "grid.png"], "Texts can't be written as 'grid.png'. Name a text (.txt) or a folder (DIR/) with --out."),
    ("verse", ["--arithmetic", "1"], "--arithmetic: this model writes texts, not pictures."),
    ("idle", [], "models/idle can nothing, not sample."),
    ("player", [], "models/player can act, not sample. Watch it: lab play models/player"),
    ("dots", ["--code", "c3=-2:2"], "There is no code 'c3'. This model's codes: c1, c2."),
    ("dots", ["--code", "label=0:2"], "There is no code 'label'. This model's codes: c1, c2."),
    ("dots", ["--code", "c1=-2"], "--code 'c1=-2' is not of the form NAME=LOW:HIGH. Example: --code c1=-2:2"),
    ("dots", ["--code", "c1=nan:2"], "--code 'c1=nan:2' is not of the form"),
    ("dots", ["--code", "c1=-3:2"], "'c1' can't be -3.0; expected number or none >= -2 and <= 2"),
    ("dots", ["--code", "c1=0:1", "--code", "c1=0:2"], "--code is given for c1, c1; one code, or two different ones"),
    ("bare", ["--code", "c1=-2:2"], "--code needs a model with options that are numbers on a scale; Bare has none."),
    ("bare", ["--interpolate", "1", "2"], "--interpolate needs a model with a latent space, and Bare has none."),
    ("bare", ["--arithmetic", "1-2"], "--arithmetic needs a model with a latent space, and Bare has none."),
    ("bare", ["--neighbours"], "--neighbours needs the training data, and Bare doesn't say what it learnt from."),
    ("dots", ["--interpolate", "0", "2"], "There is no sample 0; they are numbered 1 to 64. Draw more: --count"),
    ("dots", ["--arithmetic", "1 - 9", "--count", "8"], "There is no sample 9; they are numbered 1 to 8."),
    ("dots", ["--interpolate", "1", "2", "--out", "walk.npz"], "Name a video (.mp4, .gif) or a picture (.png) with --out."),
    ("dots", ["--neighbours", "--arithmetic", "1"], "--arithmetic and --neighbours don't go together. Give one of them."),
    ("dots", ["--neighbours", "--frames", "9"], "--frames belongs to --interpolate, not to --neighbours."),
    ("dots", ["--steps", "9"], "--steps belongs to --code."),
    ("dots", ["--code", "c1=0:1", "--columns", "9"], "--columns belongs to a plain grid, not to --code."),
]


@pytest.mark.parametrize(("name", "arguments", "line"), REFUSED)
def test_what_does_not_fit_is_refused_in_one_line(lab: Callable[..., Any], name: str, arguments: list[str], line: str) -> None:
    _, err = lab(name, *arguments, code=2)
    assert line in err
    assert err.count("\n") == 1


def test_a_model_that_hands_back_something_else_is_named(lab: Callable[..., Any]) -> None:
    assert "Wrong made float64 [4, 4]; a picture is uint8 [height, width, 1 or 3]" in lab("wrong", code=1)[1]
