"""The verdict at the end of a training: against what is solved, a reference, or the best recorded baseline."""

import msgspec
import pytest

from lab_app.cli.verdict import verdict
from lab_app.records.brief import best_baseline
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type

REGISTRY = discover()[0]


def scored(benchmark: str | Benchmark, value: float) -> str:
    found = REGISTRY.benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    evaluation = Evaluation(
        benchmark=found.id, protocol=found.default_protocol, settings={}, seed=0, scores=(value,), value=value, unit=found.unit
    )
    return verdict(evaluation, found, REGISTRY)


@pytest.mark.parametrize(
    ("benchmark", "value", "expected"),
    [
        ("gym/cartpole", 475.0, "reaches 475.0 (solved)"),
        ("gym/cartpole", 474.0, "short of 475.0 (solved)"),
        ("atari/breakout", 31.0, "reaches 30.5 points (human)"),
        ("images/mnist", 9.5, "short of 9.04 (solved)"),  # lower is better
        ("images/mnist", 1.0, "reaches 9.04 (solved)"),
    ],
)
def test_against_the_mark_of_the_benchmark(benchmark: str, value: float, expected: str) -> None:
    assert scored(benchmark, value) == expected


def test_against_the_best_recorded_baseline_where_the_benchmark_has_no_mark() -> None:
    task = REGISTRY.task("superres-photos-x3")
    benchmark = REGISTRY.benchmark_of(task, from_dict(config_type(task), task.preset("default")))
    assert benchmark is not None
    found = best_baseline(REGISTRY, benchmark, benchmark.default_protocol)
    assert found is not None
    value, name = found
    assert "baseline" in REGISTRY.task(name).tags
    assert scored(benchmark, value + 1) == f"reaches {benchmark.score.format(value)} (the baseline {name})"
    assert scored(benchmark, value - 1) == f"short of {benchmark.score.format(value)} (the baseline {name})"
    unknown = msgspec.structs.replace(benchmark, id="nothing/known")
    evaluation = Evaluation(
        benchmark=unknown.id, protocol=unknown.default_protocol, settings={}, seed=0, scores=(1.0,), value=1.0, unit=unknown.unit
    )
    assert verdict(evaluation, unknown, REGISTRY) == ""
