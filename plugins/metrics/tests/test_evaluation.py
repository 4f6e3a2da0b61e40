"""The evaluators see models through their abilities only: what they ask, what they give, what they refuse."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from lab_datasets import load
from lab_metrics.benchmarks import benchmarks
from lab_metrics.images.reference import kept
from PIL import Image

from lab_app.testing import check_light
from lab_core.benchmark import Benchmark
from lab_core.config import Config, about
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model, Sample
from lab_core.registry.discovery import discover
from lab_core.training.evaluation import evaluate

ALL = {one.id: one for one in benchmarks()}
FIGURES = {"precision", "recall", "density", "coverage", "class_distance", "sure"}
MORE = {"kid", "kid_sd", "swd", "classifier_score", "near_copies", "distance_ratio", "memorised", "high_frequency"}


class Labelled(Config, frozen=True, kw_only=True):
    label: Annotated[int | None, about("Class")] = None


class Base(Model):
    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Base":
        return cls()


class Copier(Base, Sample):
    """Repeats training images: the best that FCD can see."""

    produces = Kind.IMAGE

    def __init__(self, data: str = "mnist") -> None:
        self.images, self.labels = load(data, "train")

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        for place in np.random.default_rng(seed).integers(0, len(self.images), count):
            yield self.made(self.images[place])

    def made(self, image: Any) -> Any:
        return image


class Conditional(Copier):
    options = Labelled
    shift = 0

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        assert options["label"] is not None
        places = np.flatnonzero(self.labels == (options["label"] + self.shift) % 10)
        for place in np.random.default_rng(seed).choice(places, count):
            yield self.images[place]


def small(benchmark: Benchmark, **changes: Any) -> Benchmark:
    """The benchmark with its selection protocol changed, for a test that needn't draw thousands."""
    name = benchmark.selection_protocol
    assert name is not None
    return msgspec.structs.replace(benchmark, protocols={**benchmark.protocols, name: {**benchmark.protocols[name], **changes}})


def selection(benchmark: Benchmark, model: Model, **options: Any) -> Any:
    return evaluate(benchmark, model, protocol=benchmark.selection_protocol, **options)


@pytest.mark.parametrize("data", ["mnist", "fashion-mnist"])
def test_real_images_score_their_noise_floor(data: str) -> None:
    found = selection(ALL[f"images/{data}"], Copier(data), seed=3)
    assert found.value == pytest.approx(found.settings["floor"], rel=0.5)
    assert found.unit == "sample set"
    assert set(found.details) == FIGURES
    assert ALL[f"images/{data}"].protocols["test-10k"]["classifier"] in found.settings["signature"]
    assert "n=2500" in found.settings["signature"]


def test_the_same_seed_the_same_score_and_each_set_its_own() -> None:
    benchmark = small(ALL["images/mnist"], n=300)
    first, again, other = (selection(benchmark, Copier(), seed=seed, count=2) for seed in (1, 1, 2))
    assert first.scores == again.scores
    assert len(set(first.scores + other.scores)) == 4
    assert first.value == pytest.approx(sum(first.scores) / 2)


def test_every_figure_of_a_full_evaluation_is_a_column() -> None:
    benchmark = small(ALL["images/mnist"], n=300, full=True)
    found = selection(benchmark, Conditional(), count=1)
    assert set(found.details) == FIGURES | MORE | {"conditional_accuracy", "code_accuracy", "cas"}
    assert all(len(column) == 1 for column in found.details.values())
    assert found.details["near_copies"] == (1.0,)
    assert found.details["conditional_accuracy"][0] > 0.97
    assert found.details["cas"][0] > 0.6


def test_a_model_that_draws_another_class_than_the_asked_one_is_told_apart_from_one_whose_codes_have_no_names() -> None:
    model = Conditional()
    model.shift = 3
    details = selection(small(ALL["images/mnist"], n=300), model).details
    assert details["conditional_accuracy"][0] < 0.05
    assert details["code_accuracy"][0] > 0.97


def test_a_category_without_names_is_matched_with_classes() -> None:
    class Unnamed(Config, frozen=True, kw_only=True):
        category: Annotated[int | None, about("Value of the code")] = None

    class Coded(Copier):
        options = Unnamed

        def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
            places = np.flatnonzero(self.labels == (7 * options["category"] + 2) % 10)
            return (self.images[place] for place in np.random.default_rng(seed).choice(places, count))

    details = selection(small(ALL["images/mnist"], n=300), Coded()).details
    assert details["code_accuracy"][0] > 0.97
    assert "conditional_accuracy" not in details


def test_listing_the_benchmarks_loads_no_heavy_library() -> None:
    check_light("metrics")


def test_every_class_is_asked_equally_often() -> None:
    asked: list[tuple[int, int]] = []

    class Listening(Conditional):
        def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
            asked.append((options["label"], count))
            return super().sample(count, seed=seed, options=options)

    selection(small(ALL["images/mnist"], n=203), Listening())
    assert asked == [(0, 21), (1, 21), (2, 21), *((label, 20) for label in range(3, 10))]


def test_larger_and_coloured_samples_are_fitted_and_it_is_said() -> None:
    class Big(Copier):
        def made(self, image: Any) -> Any:
            return np.asarray(Image.fromarray(image[..., 0]).resize((56, 56), Image.Resampling.LANCZOS).convert("RGB"))

    found = selection(small(ALL["images/mnist"], n=500), Big())
    plain = selection(small(ALL["images/mnist"], n=500), Copier())
    assert found.settings["fitted_from"] == "56x56x3"
    assert found.value < 3 * plain.value


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda image: image / 255.0, "float64"),
        (lambda image: image[..., 0], "height, width, channels"),
        (lambda image: image[: np.random.default_rng().integers(20, 28)], "different sizes"),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(made: Any, words: str) -> None:
    class Odd(Copier):
        def made(self, image: Any) -> Any:
            return made(image)

    with pytest.raises(LabError, match=words) as caught:
        selection(small(ALL["images/mnist"], n=50), Odd())
    assert "\n" not in str(caught.value)


def test_too_few_samples_are_refused() -> None:
    class Short(Copier):
        def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
            return super().sample(count - 1, seed=seed, options=options)

    with pytest.raises(LabError, match="made 49 of the 50"):
        selection(small(ALL["images/mnist"], n=50), Short())


def test_a_protocol_of_another_classifier_is_refused() -> None:
    with pytest.raises(LabError, match="mnist-cnn@00000000"):
        selection(small(ALL["images/mnist"], classifier="mnist-cnn@00000000"), Copier())


def _folder(path: Path, count: int) -> Path:
    for place, image in enumerate(load("icons", "train").colour[:count]):
        Image.fromarray(image).save(path / f"{place:03}.png")
    return path


def _filled(benchmark_id: str, folder: Path) -> Benchmark:
    return ALL[benchmark_id].filled({"data": "folder-12345678", "data_path": str(folder)})


def test_a_persons_folder_is_scored_by_patches(tmp_path: Path) -> None:
    benchmark = small(_filled("images/{data}", _folder(tmp_path, 60)), n=60)
    assert benchmark.id == "images/folder-12345678"
    pictures = load("icons", "train").colour

    class Icons(Copier):
        def __init__(self, pictures: Any) -> None:
            self.images, self.labels = pictures, None

    near = selection(benchmark, Icons(pictures[60:400]))
    far = selection(benchmark, Icons(255 - pictures[60:400]))
    copies = selection(benchmark, Icons(pictures[:60]))
    assert near.value < 0.5 * far.value
    assert far.details["precision"][0] < near.details["precision"][0]
    assert not near.details["memorised"][0]
    assert copies.details["near_copies"][0] == 1.0
    assert {"swd_64", "swd_32", "swd_16"} <= set(near.details)
    assert near.settings["floor"] > 0
    assert str(tmp_path) not in near.settings["signature"]


def test_a_folder_of_three_pictures_can_not_be_scored(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="3 pictures"):
        selection(_filled("images/{data}", _folder(tmp_path, 3)), Copier())


class Rebuilder(Base, Apply):
    consumes = produces = Kind.IMAGE
    shift = 0

    def apply(self, items: Iterable[Any], options: Mapping[str, Any]) -> Iterator[Any]:
        for item in items:
            yield np.clip(item.astype(int) + self.shift, 0, 255).astype(np.uint8)


def test_a_perfect_copy_has_no_error_and_a_flat_one_has_its_own() -> None:
    benchmark = ALL["reconstruction/mnist"]
    perfect = selection(benchmark, Rebuilder(), count=40)
    assert perfect.scores == (0.0,) * 40
    assert set(perfect.details["psnr"]) == {100.0}
    assert perfect.details["ssim"] == pytest.approx([1.0] * 40)

    class Mean(Rebuilder):
        def apply(self, items: Iterable[Any], options: Mapping[str, Any]) -> Iterator[Any]:
            mean = np.asarray(load("mnist", "train").images).mean(axis=0).round().astype(np.uint8)
            return (mean for _ in items)

    found = evaluate(benchmark, Mean(), count=2000)
    assert found.value == pytest.approx(benchmark.score.random, rel=0.02)
    assert len(found.scores) == 2000


def test_a_folders_pictures_are_put_together_in_the_models_size(tmp_path: Path) -> None:
    class Small(Rebuilder):
        def apply(self, items: Iterable[Any], options: Mapping[str, Any]) -> Iterator[Any]:
            for item in items:
                yield np.asarray(Image.fromarray(item).resize((32, 32), Image.Resampling.LANCZOS))

    found = selection(_filled("reconstruction/{data}", _folder(tmp_path, 12)), Small(), count=50)
    assert found.scores == (0.0,) * 12  # as many as there are


def test_a_model_without_the_ability_is_refused() -> None:
    with pytest.raises(LabError, match="sample"):
        selection(ALL["images/mnist"], Rebuilder())


def test_benchmarks_are_registered_and_templates_serve_any_data() -> None:
    registry, _ = discover()
    ids = {one.id for one in registry.benchmarks()}
    assert set(ALL) <= ids
    for one in ALL.values():
        assert one.selection_protocol in one.protocols
        assert not one.score.higher_is_better


def test_the_cache_is_written_once_and_survives_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    calls: list[int] = []

    def make() -> dict[str, Any]:
        calls.append(1)
        return {"a": np.arange(3)}

    assert kept("some", make)["a"].tolist() == kept("some", make)["a"].tolist() == [0, 1, 2]
    assert len(calls) == 1
    (tmp_path / "features" / "some.npz").write_bytes(b"PK\x03\x04 cut short")
    assert kept("some", make)["a"].tolist() == [0, 1, 2]
    assert len(calls) == 2
    assert kept("some", make)["a"].tolist() == [0, 1, 2]
    assert len(calls) == 2
