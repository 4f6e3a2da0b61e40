"""Scoring a model on a benchmark: which seeds, which protocol, how long it took."""

import math
import time
from collections.abc import Mapping
from typing import Any, Literal, cast

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.imports import load_object
from lab_core.model import ABILITIES, Apply, Model, Sample, abilities

# Selection draws its seeds from the upper half of the 32-bit range, reported scores from the lower: they never meet.
_SELECTION = 2**31


def reported_seed(seed: int) -> int:
    """A seed for a score that is reported; raises UsageError outside 0 to 2**31 - 1."""
    if not 0 <= seed < _SELECTION:
        raise UsageError(f"Seed {seed} is out of range; expected a whole number from 0 to {_SELECTION - 1}.")
    return seed


def selection_seed(stream: int) -> int:
    """A seed for choosing the best model, from any whole number; no reported score uses it."""
    return _SELECTION + stream % _SELECTION


def make_evaluator(benchmark: Benchmark) -> Evaluator:
    """The evaluator of a benchmark, imported now."""
    kind = load_object(benchmark.evaluator, what=f"Benchmark {benchmark.id}")
    return cast(Evaluator, kind(benchmark))


def check_fits(benchmark: Benchmark, model: Model, settings: Mapping[str, Any] | None = None) -> None:
    """Raises LabError unless the model has the ability that the benchmark needs, on the kinds of item that it names.

    ``settings`` are a protocol's; what they have under ``options`` must be options of the model.
    """
    if not isinstance(model, ABILITIES[benchmark.needs]):
        able = ", ".join(abilities(model)) or "nothing"
        raise LabError(f"Benchmark {benchmark.id} needs a model that can {benchmark.needs}; this one can {able}.")
    for what in ("consumes", "produces"):
        wanted, found = getattr(benchmark, what), getattr(model, what, None)
        if wanted is not None and found is not None and wanted != found:
            raise LabError(f"Benchmark {benchmark.id} needs a model that {what} {wanted}; {type(model).__name__} {what} {found}.")
    if isinstance(model, Sample | Apply):
        from_dict(model.options, (settings or {}).get("options", {}))


def _check_answer(result: object, benchmark: Benchmark, protocol: str, count: int, seed: int, *, finite: bool) -> None:
    """Raise LabError unless an evaluator's answer is one to the question that it was asked."""
    who = f"The evaluator of {benchmark.id} ({benchmark.evaluator})"
    if not isinstance(result, Evaluation):
        raise LabError(f"{who} returned a {type(result).__name__}, not an Evaluation.")
    for what, found, asked in (
        ("benchmark", result.benchmark, benchmark.id),
        ("protocol", result.protocol, protocol),
        ("seed", result.seed, seed),
    ):
        if found != asked:
            raise LabError(f"{who} was asked for {what} {asked} and answered for {found}.")
    if not 1 <= len(result.scores) <= count:
        raise LabError(f"{who} gave {len(result.scores)} scores; 1 to {count} were asked for.")
    if result.statistics and len(result.statistics) != len(result.scores):
        raise LabError(f"{who} gave {len(result.scores)} scores and {len(result.statistics)} rows of statistics.")
    # a single unit of a corpus score may have no score of its own: an image without objects
    values = (result.value,) if result.statistics else (result.value, *result.scores)
    if finite and not all(map(math.isfinite, values)):
        raise LabError(f"{who} gave the score {result.value:g}; a finite one is expected. The model's output may not be finite.")


def evaluate(
    benchmark: Benchmark,
    model: Model,
    *,
    protocol: str | None = None,
    count: int | None = None,
    seed: int = 0,
    purpose: Literal["report", "selection"] = "report",
    progress: Tick | None = None,
) -> Evaluation:
    """Score ``model`` under a protocol; the protocol's own ``count`` unless given. Raises LabError when it doesn't fit."""
    name, settings = benchmark.protocol(protocol)
    count = int(settings.get("count", 1)) if count is None else count
    if count < 1:
        raise UsageError(f"--count is {count}; at least 1 is expected.")
    check_fits(benchmark, model, settings)
    seed = reported_seed(seed) if purpose == "report" else selection_seed(seed)
    start = time.monotonic()
    result = make_evaluator(benchmark).evaluate(model, protocol=name, count=count, seed=seed, progress=progress)
    _check_answer(result, benchmark, name, count, seed, finite=purpose == "report")
    return _plain(msgspec.structs.replace(result, wall_seconds=time.monotonic() - start))


def _plain(result: Evaluation) -> Evaluation:
    """The evaluation with Python numbers where the evaluator gave NumPy's, which no file can hold."""
    return msgspec.structs.replace(
        result,
        value=float(result.value),
        scores=tuple(map(float, result.scores)),
        statistics=tuple(tuple(map(float, row)) for row in result.statistics),
        details={name: tuple(map(float, column)) for name, column in result.details.items()},
        figures={name: float(value) for name, value in result.figures.items()},
    )
