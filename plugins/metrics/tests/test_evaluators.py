"""Evaluators of forecasts, labels, vectors and boxes on models whose scores are known."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_datasets import load
from lab_datasets.columns import Columns
from lab_metrics.boxes.average_precision import pool
from lab_metrics.boxes.evaluation import DetectionEvaluator
from lab_metrics.labels.confusion import pool_macro_f1
from lab_metrics.labels.evaluation import ClassificationEvaluator
from lab_metrics.labels.verification import VerificationEvaluator, image_pairs
from lab_metrics.series.errors import naive_scale, pool_ratio
from lab_metrics.series.evaluation import ForecastEvaluator
from PIL import Image
from sklearn.metrics import f1_score

from lab_core.benchmark import Benchmark
from lab_core.config import Config
from lab_core.errors import LabError, UsageError
from lab_core.items.boxes import Boxes
from lab_core.items.labels import Labels
from lab_core.items.series import Series
from lab_core.model import Apply, Kind, Model
from lab_core.score import Score


class Base(Model, Apply):
    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Base":
        return cls()

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        return (self.made(item, options) for item in items)

    def made(self, item: Any, options: Any) -> Any:
        raise NotImplementedError


def benchmark(protocol: dict[str, Any], **parameters: Any) -> Benchmark:
    return Benchmark(
        id="toy/one",
        title="Toy",
        needs="apply",
        score=Score("score"),
        evaluator="",
        protocols={"test": {"split": "test", **protocol}},
        default_protocol="test",
        parameters=parameters,
    )


class Horizon(Config, frozen=True, kw_only=True):
    horizon: int = 1
    interval: float = 0.5


class Naive(Base):
    """Repeats the last value, with an interval that reaches one unit to both sides."""

    consumes = produces = Kind.SERIES
    options = Horizon

    def made(self, item: Series, options: Any) -> Series:
        step = item.times[-1] - item.times[-2]
        later = item.times[-1] + step * np.arange(1, options.horizon + 1)
        ahead = np.repeat(item.values[-1:], options.horizon, axis=0)
        values = np.concatenate([item.values, ahead])
        parts = ("observed",) * len(item.times) + ("forecast",) * options.horizon
        times = np.concatenate([item.times, later])
        return Series(times=times, values=values, names=item.names, low=values - 1, high=values + 1, parts=parts)


def test_the_naive_forecast_of_one_step_scores_its_own_scale() -> None:
    evaluator = ForecastEvaluator(benchmark({"count": 1000, "horizon": 1}, data="co2"))
    found = evaluator.evaluate(Naive(), protocol="test", count=1000, seed=0)
    rows = [np.asarray(load("co2", part).values, np.float64) for part in ("train", "validation", "test")]
    whole = np.concatenate(rows)
    start = len(rows[0]) + len(rows[1])
    gaps = np.abs(whole[start:] - whole[start - 1 : -1])
    assert found.value == pytest.approx(np.nanmean(gaps) / naive_scale(rows[0])[0])
    assert pool_ratio(np.asarray(found.statistics)) == pytest.approx(found.value)
    assert found.figures["coverage"] == pytest.approx((gaps[~np.isnan(gaps)] <= 1).mean())
    assert found.figures["rmse"] == pytest.approx(np.sqrt(np.nanmean(gaps**2)))
    assert found.unit == "origin"
    assert len(found.scores) == len(found.details["smape"])


def test_origins_of_a_longer_horizon_share_no_value_and_show_no_future() -> None:
    seen: list[Series] = []

    class Spy(Naive):
        def made(self, item: Series, options: Any) -> Series:
            seen.append(item)
            return super().made(item, options)

    protocol = {"count": 3, "horizon": 12, "context": 50, "interval": 0.0}
    evaluator = ForecastEvaluator(benchmark(protocol, data="seattle-weather", target="1", season="7"))
    found = evaluator.evaluate(Spy(), protocol="test", count=3, seed=0)
    known = evaluator.series("test")
    assert [len(item.times) for item in seen] == [50, 50, 50]
    assert [item.times[-1] for item in seen] == [known.times[known.first - 1 + 12 * place] for place in range(3)]
    assert "target=" in found.settings["signature"]
    assert "coverage" not in found.details
    assert known.values.shape[1] == 4


def test_a_forecaster_must_have_a_horizon_and_keep_to_it() -> None:
    class Without(Naive):
        options = Config

    class Short(Naive):
        def made(self, item: Series, options: Any) -> Series:
            return item

    evaluator = ForecastEvaluator(benchmark({"count": 1, "horizon": 2}, data="co2"))
    with pytest.raises(LabError, match="option horizon"):
        evaluator.evaluate(Without(), protocol="test", count=1, seed=0)
    with pytest.raises(LabError, match="forecast 0 steps; 2"):
        evaluator.evaluate(Short(), protocol="test", count=1, seed=0)


class Oracle(Base):
    """Knows the test images of MNIST; every third answer is one class too high, at 0.6 against 0.3."""

    consumes, produces = Kind.IMAGE, Kind.LABELS

    def __init__(self) -> None:
        images, labels = load("mnist", "test")
        self.known = {image.tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
        self.count = 0

    def made(self, item: Any, options: Any) -> Labels:
        right = self.known[item.tobytes()]
        self.count += 1
        first, second = (right + 1) % 10 if self.count % 3 == 0 else right, right
        if first == second:
            return Labels((str(first),), (0.9,))
        return Labels((str(first), str(second)), (0.6, 0.3))


def test_accuracy_likelihood_and_calibration_of_known_answers() -> None:
    evaluator = ClassificationEvaluator(benchmark({"count": 300}, data="mnist"))
    found = evaluator.evaluate(Oracle(), protocol="test", count=300, seed=0)
    assert found.value == pytest.approx(2 / 3)
    assert found.details["top5"] == (1.0,) * 300
    assert np.mean(found.details["nll"]) == pytest.approx(-(2 * np.log(0.9) + np.log(0.3)) / 3)
    assert found.figures["ece"] == pytest.approx((2 * 0.1 + 0.6) / 3)
    assert found.detail_means()["ece"] == found.figures["ece"]


def test_macro_f1_comes_from_its_statistics() -> None:
    evaluator = ClassificationEvaluator(benchmark({"count": 300}, data="mnist", score="f1"))
    found = evaluator.evaluate(Oracle(), protocol="test", count=300, seed=0)
    labels, answers = np.asarray(found.statistics).T
    assert found.value == pytest.approx(f1_score(labels, answers, average="macro"))
    assert pool_macro_f1(np.asarray(found.statistics)) == pytest.approx(found.value)


def test_a_class_that_the_data_lack_is_named() -> None:
    class Stranger(Oracle):
        def made(self, item: Any, options: Any) -> Labels:
            return Labels(("seven",), (1.0,))

    evaluator = ClassificationEvaluator(benchmark({"count": 3}, data="mnist"))
    with pytest.raises(UsageError, match="'seven'"):
        evaluator.evaluate(Stranger(), protocol="test", count=3, seed=0)


def test_pairs_share_no_label_between_folds_and_are_half_alike() -> None:
    labels = tuple(np.random.default_rng(0).integers(0, 60, 900).tolist())
    pairs, same, folds = image_pairs(labels, 200)
    names = np.asarray(labels)[pairs]
    assert ((names[:, 0] == names[:, 1]) == same).all()
    assert same.sum() == len(same) / 2 == 100
    assert (pairs[:, 0] != pairs[:, 1]).all()
    by_fold = [set(names[folds == fold].ravel().tolist()) for fold in range(10)]
    assert sum(map(len, by_fold)) == len(set().union(*by_fold))
    with pytest.raises(LabError, match="10 folds"):
        image_pairs((1, 1, 2), 20)


def test_verification_of_vectors_that_are_the_label(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label in range(40):
        for number in range(3):
            folder = tmp_path / f"class{label:02}"
            folder.mkdir(exist_ok=True)
            pixels = np.clip(np.full((16, 16, 3), 6 * label) + rng.integers(0, 3, (16, 16, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")

    class Mean(Base):
        consumes, produces = Kind.IMAGE, Kind.VECTORS

        def made(self, item: Any, options: Any) -> Any:
            return np.array([float(item.mean())], np.float32)

    evaluator = VerificationEvaluator(benchmark({"count": 100, "split": "all"}, data=str(tmp_path)))
    found = evaluator.evaluate(Mean(), protocol="test", count=100, seed=0)
    assert found.value == 1.0
    assert found.figures == {"auc": 1.0, "eer": 0.0, "val": 1.0, "deviation": 0.0, "nearest": 1.0}
    assert found.unit == "fold"
    assert len(found.scores) == 10


def squares(count: int = 30) -> Columns:
    """Pictures of 40 pixels with one square of class "dark" or "bright" in each."""
    rng = np.random.default_rng(0)
    pictures, boxes = [], []
    for number in range(count):
        pixels = np.full((40, 40, 3), 128, np.uint8)
        x, y = int(rng.integers(0, 30)), int(rng.integers(0, 30))
        pixels[y : y + 10, x : x + 10] = 255 * (number % 2)
        pictures.append(pixels)
        boxes.append(np.array([[x, y, x + 10, y + 10]], np.float32))
    found = {"image": pictures, "boxes": boxes, "box_label": [np.array([number % 2]) for number in range(count)]}
    roles: Any = {"image": "input", "boxes": "target", "box_label": "label"}
    return Columns(found, roles, kind="boxes", data="squares", classes=("dark", "bright"))


class Finder(Base):
    """Finds the square."""

    consumes, produces = Kind.IMAGE, Kind.BOXES

    def made(self, item: Any, options: Any) -> Boxes:
        rows, places = np.nonzero(item[..., 0] != 128)
        corners = np.array([[places.min(), rows.min(), places.max() + 1, rows.max() + 1]], np.float32)
        return Boxes(corners, ("bright" if item.max() == 255 else "dark",), (0.9,))


def test_a_detector_that_finds_everything_scores_one_and_a_shifted_one_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_metrics.boxes.evaluation.columns", lambda data, split: squares())
    evaluator = DetectionEvaluator(benchmark({"count": 30}, data="squares"))
    found = evaluator.evaluate(Finder(), protocol="test", count=30, seed=0)
    assert found.value == pytest.approx(1.0)
    assert found.scores == (pytest.approx(1.0),) * 30

    class Shifted(Finder):
        def made(self, item: Any, options: Any) -> Boxes:
            right = super().made(item, options)
            return Boxes(right.corners + np.array([2, 0, 2, 0], np.float32), right.names, right.scores)

    shifted = evaluator.evaluate(Shifted(), protocol="test", count=30, seed=0)
    assert shifted.value == pytest.approx(0.4)  # 80 of 120 pixels: found at .5, .55, .6 and .65
    assert shifted.figures["map50"] == pytest.approx(1.0)
    assert shifted.figures["map75"] == pytest.approx(0.0)
    assert pool(np.asarray(shifted.statistics)) == pytest.approx(shifted.value)
