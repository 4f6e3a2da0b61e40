"""What a score depends on but the model, as checked records."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError


class SetProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sets of samples against the real images of a split, in a classifier's features.

    count       independent sample sets, one score each
    n           images of a set: the score depends on it
    split       the real images
    classifier  name and hash of the classifier: scores of two are not comparable
    full        all figures, or only the quick ones
    """

    count: int
    n: int
    split: Literal["test", "validation"]
    classifier: str
    full: bool = True


class PixelProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sets of ``n`` samples against all images of a data set or folder, without a classifier."""

    count: int
    n: int


class PairProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each image of a split against what a model makes of it; ``count`` images, always the same ones."""

    count: int
    split: Literal["test", "validation"]


class CorpusProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items of a split (sentences, texts, images with captions or labels), ``count`` of them, always the same ones."""

    count: int
    split: str = "test"


class ForecastProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Forecasts from ``count`` moments of a split.

    horizon   steps that are forecast (0: a third of the scored rows, at most 24)
    stride    steps from one origin to the next (0: ``horizon``, so that no value is forecast twice)
    context   rows that a model sees before an origin (0: all)
    interval  share of values that the model's intervals should hold (0: intervals aren't scored)
    """

    count: int
    horizon: int
    stride: int = 0
    context: int = 0
    interval: float = 0.9
    split: Literal["test", "validation"] = "test"


class VerificationProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``count`` pairs of images of a split, in ten folds."""

    count: int
    split: str = "test"


P = TypeVar("P", bound=msgspec.Struct)


def read_protocol(kind: type[P], benchmark: Benchmark, name: str | None) -> tuple[str, P]:
    """The named protocol of a benchmark, checked; raises UsageError for an unknown name, LabError for a bad record."""
    name, settings = benchmark.protocol(name)
    try:
        return name, msgspec.convert(dict(settings), kind)
    except msgspec.ValidationError as error:
        raise LabError(f"Protocol {name!r} of benchmark {benchmark.id} is not valid: {error}.") from None


def plain(protocol: msgspec.Struct) -> Mapping[str, Any]:
    """The settings that are stored with a score: all but how many units were asked for."""
    return {key: value for key, value in msgspec.to_builtins(protocol).items() if key != "count"}
