"""What is printed of an evaluation."""

from typing import Any

from lab_app.cli.reports import detail_lines, evaluation_line
from lab_core.benchmark import Benchmark
from lab_core.evaluator import Evaluation
from lab_core.score import Score


def evaluation(*scores: float, **fields: Any) -> Evaluation:
    mean = sum(scores) / len(scores)
    return Evaluation(
        benchmark="images/toy", protocol="plain", settings=fields.pop("settings", {}), seed=0, scores=scores, value=mean, **fields
    )


def benchmark(**score: Any) -> Benchmark:
    return Benchmark(
        id="images/toy",
        title="Toy",
        needs="sample",
        score=Score("distance", **score),
        evaluator="x:Y",
        protocols={"plain": {}},
        default_protocol="plain",
    )


def test_the_best_is_the_lowest_where_lower_is_better() -> None:
    line = evaluation_line(evaluation(3.0, 1.0, 2.0, unit="sample set"), benchmark(higher_is_better=False))
    assert line.startswith("mean 2.00 (lowest to highest of 3 sample sets: 1.00 to 3.00)  best 1  3 sample sets")
    assert "best 3 " in evaluation_line(evaluation(3.0, 1.0, 2.0), benchmark(higher_is_better=True))
    assert "best 3 " in evaluation_line(evaluation(3.0, 1.0, 2.0))


def test_a_small_score_keeps_its_digits() -> None:
    assert "mean 0.0254" in evaluation_line(evaluation(0.0254, unit="image"))
    assert "mean 12.35" in evaluation_line(evaluation(12.345678))


def test_figures_floor_and_signature_stand_on_lines_of_their_own() -> None:
    settings = {"floor": 0.14, "signature": "fcd:clf=toy@1234|n=10"}
    lines = detail_lines(evaluation(2.0, 4.0, unit="sample set", settings=settings, details={"recall": (0.5, 0.7)}))
    assert [line.split()[0] for line in lines] == ["metrics", "floor", "signature"]
    assert "recall 0.6" in lines[0]
    assert lines[1].endswith("0.14")
    assert lines[2].endswith("fcd:clf=toy@1234|n=10")


def test_episodes_show_no_columns() -> None:
    assert detail_lines(evaluation(2.0, details={"length": (10.0,)})) == []
