"""A plugin of toys that apply, one a kind of item, ready without a trainer; and benchmarks that score two of them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from lab_core import (
    Apply,
    Benchmark,
    Config,
    Evaluation,
    Evaluator,
    LabError,
    Model,
    Score,
    Scored,
    Task,
    TrainConfig,
    about,
    hookimpl,
)
from lab_core.items.boxes import Boxes
from lab_core.items.labels import Labels, from_probabilities
from lab_core.items.series import Series
from lab_core.model import Export, Kind

BATCH = 4


class ToyConfig(TrainConfig, frozen=True, kw_only=True):
    mark: Annotated[str, about("put behind every text")] = ""


class Ready(Model):
    """Ready from its config, and from its folder."""

    def __init__(self, config: ToyConfig) -> None:
        self.config = config

    @classmethod
    def ready(cls, config: Any, *, device: str) -> "Ready":
        return cls(config)

    def save(self, folder: Path) -> None:
        (folder / "mark.txt").write_text(self.config.mark)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Ready":
        try:
            return cls(ToyConfig(mark=(folder / "mark.txt").read_text()))
        except OSError:
            raise LabError(f"{folder} holds no toy.") from None


def batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    coming = iter(items)
    while part := list(islice(coming, BATCH)):
        yield part


class UpperOptions(Config, frozen=True, kw_only=True):
    best: Annotated[int, about("alternatives", ge=1, le=5)] = 1
    stream: Annotated[bool, about("hand over letter by letter")] = False
    pause: Annotated[float, about("between letters", unit="seconds", ge=0)] = 0.0


class Upper(Ready, Apply, Export):
    consumes = produces = Kind.TEXT
    options = UpperOptions
    formats = ("shell",)

    def export(self, folder: Path, form: str) -> str:
        (folder / "upper.sh").write_text(f"tr a-z A-Z  # {self.config.mark}\n")
        return "    sh upper.sh < text\n"

    def apply(self, items: Iterable[str], options: Any) -> Iterator[Any]:
        for part in batches(items):
            for text in part:
                if "poison" in text:
                    raise ValueError("poison in the text")
                result = text.upper() + self.config.mark
                if options.best > 1:
                    yield [Scored(result + "!" * place, -float(place)) for place in range(options.best)]
                elif options.stream:
                    yield self._letters(result, options.pause)
                else:
                    yield result

    def _letters(self, text: str, pause: float) -> Iterator[str]:
        for letter in text:
            time.sleep(pause)
            yield letter


class InvertOptions(Config, frozen=True, kw_only=True):
    strength: Annotated[float, about("share of the inversion", ge=0, le=1)] = 1.0
    half: Annotated[bool, about("half the size")] = False


class Invert(Ready, Apply):
    consumes = produces = Kind.IMAGE
    options = InvertOptions

    def apply(self, items: Iterable[Any], options: Any) -> Iterator[Any]:
        for part in batches(items):
            for image in part:
                if image.shape[:2] == (13, 13):
                    raise ValueError("13 is unlucky")
                result = np.round(image + options.strength * (255.0 - 2 * image)).astype(np.uint8)
                yield result[::2, ::2] if options.half else result


class NaiveOptions(Config, frozen=True, kw_only=True):
    horizon: Annotated[int, about("values to forecast", unit="steps", ge=1)] = 3


class Naive(Ready, Apply):
    """The last value goes on, with an interval of the standard deviation of steps."""

    consumes = produces = Kind.SERIES
    options = NaiveOptions

    def apply(self, items: Iterable[Series], options: Any) -> Iterator[Series]:
        for item in items:
            step = item.times[-1] - item.times[-2]
            ahead = np.arange(1, options.horizon + 1)
            times = item.times[-1] + ahead * step
            values = np.repeat(item.values[-1:], options.horizon, axis=0)
            spread = np.nanstd(np.diff(item.values, axis=0), axis=0) * np.sqrt(ahead)[:, None]
            yield Series(times, values, item.names, values - spread, values + spread, ("forecast",) * options.horizon)


class Brightness(Ready, Apply):
    """Says how bright an image is."""

    consumes, produces = Kind.IMAGE, Kind.LABELS

    def apply(self, items: Iterable[Any], options: Any) -> Iterator[Labels]:
        for image in items:
            share = float(image.mean()) / 255
            yield from_probabilities([share, 1 - share], ("bright", "dark"))


class Mood(Ready, Apply):
    """Says how a text feels, by its last letter."""

    consumes, produces = Kind.TEXT, Kind.LABELS

    def apply(self, items: Iterable[str], options: Any) -> Iterator[Labels]:
        return (
            Labels(("glad", "sad"), (0.75, 0.25)) if text.endswith("!") else Labels(("sad", "glad"), (0.6, 0.4)) for text in items
        )


class Centre(Ready, Apply):
    """One box in the middle of an image, one in its upper left corner with points."""

    consumes, produces = Kind.IMAGE, Kind.BOXES

    def apply(self, items: Iterable[Any], options: Any) -> Iterator[Boxes]:
        for image in items:
            h, w = image.shape[:2]
            corners = np.array([[w / 4, h / 4, 3 * w / 4, 3 * h / 4], [0, 0, w / 8, h / 8]], np.float32)
            points = np.array([[[w / 2, h / 2]], [[w / 16, h / 16]]], np.float32)
            yield Boxes(corners, ("middle", "corner"), (0.9, 0.5), points)


class Means(Ready, Apply):
    """The mean of each channel."""

    consumes, produces = Kind.IMAGE, Kind.VECTORS

    def apply(self, items: Iterable[Any], options: Any) -> Iterator[Any]:
        return (np.broadcast_to(image.mean((0, 1)), (3,)).astype(np.float32) / 255 for image in items)


class UpperEvaluator(Evaluator):
    """The share of texts that are answered by what is expected."""

    PAIRS = (("a word", "A WORD"), ("two words", "TWO WORDS"), ("Straße", "STRASSE"), ("", ""))

    def evaluate(self, model: Any, *, protocol: str, count: int, seed: int, progress: Any = None) -> Evaluation:
        pairs = self.PAIRS[:count]
        made = model.apply(iter([source for source, _ in pairs]), model.options())
        scores = tuple(float(result == expected) for result, (_, expected) in zip(made, pairs, strict=True))
        return Evaluation(
            benchmark=self.benchmark.id, protocol=protocol, settings={}, seed=seed, scores=scores,
            value=sum(scores) / len(scores), unit="text",
        )  # fmt: skip

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Any]]:
        return self.PAIRS[:count]


def task(name: str, model: str, benchmark: str | None = None) -> Task:
    return Task(
        id=f"toy-{name}", title=f"Toy: {name}", family="toys", method=name, config="applying_toys:ToyConfig",
        model=f"applying_toys:{model}", presets={"smoke": {}, "default": {}}, benchmark=benchmark, tags=("baseline",),
    )  # fmt: skip


UPPER_BENCHMARK = Benchmark(
    id="toy/upper", title="Upper case", needs="apply", consumes=Kind.TEXT, produces=Kind.TEXT, unit="text",
    score=Score("exact", random=0.0, reference=1.0, reference_name="all"), evaluator="applying_toys:UpperEvaluator",
    protocols={"plain": {"count": 4}}, default_protocol="plain",
)  # fmt: skip
TASKS = (
    task("upper", "Upper", "toy/upper"),
    task("invert", "Invert"),
    task("naive", "Naive"),
    task("brightness", "Brightness"),
    task("mood", "Mood"),
    task("centre", "Centre"),
    task("means", "Means"),
)


@hookimpl
def lab_tasks() -> list[Task]:
    return list(TASKS)


@hookimpl
def lab_benchmarks() -> list[Benchmark]:
    return [UPPER_BENCHMARK]
