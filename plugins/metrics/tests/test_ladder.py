"""The table of known cases: every cheat is exposed by a figure, and none of them by every figure. Small sets, few subsets."""

import importlib.util
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lab_metrics import benchmarks
from lab_metrics.images import measure
from lab_metrics.images.reference import reference

TOOLS = Path(__file__).parents[1] / "tools"
RESULTS = Path(__file__).parents[1] / "results"
DOCS = Path(__file__).parents[3] / "docs" / "scores.md"
HONEST = "held-out real"
DATA = ("mnist", "fashion-mnist")
COUNT = 1000

Rows = dict[str, measure.Figures]


def _tool(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LADDER = _tool("ladder")


@pytest.fixture(scope="module", params=DATA)
def rows(request: pytest.FixtureRequest) -> Rows:
    whole = reference(request.param, "validation")
    fewer = replace(whole, train_images=whole.train_images[:8000], train_labels=whole.train_labels[:8000])
    real, sides = LADDER.cases(fewer, COUNT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "kernel_distance", partial(measure.kernel_distance, subsets=5))
        return {name: measure.full(real, side) for name, side in sides.items()}


def exposed_by(row: measure.Figures, honest: measure.Figures) -> set[str]:
    """The figures in which a row is far from what real images score."""
    found = {name for name in ("fcd", "swd") if row[name] > 2 * honest[name]}
    found |= {"kid"} if row["kid"] > honest["kid"] + 5 * honest["kid_sd"] else set()
    found |= {name for name in ("precision", "recall", "coverage", "sure") if row[name] < 0.8 * honest[name]}
    found |= {"classifier_score"} if row["classifier_score"] < 0.85 * honest["classifier_score"] else set()
    found |= {"class_distance"} if row["class_distance"] > honest["class_distance"] + 0.1 else set()
    found |= {"near_copies"} if row["memorised"] else set()
    found |= {"high_frequency"} if not 0.75 < row["high_frequency"] < 1.25 else set()
    return found


def test_real_images_raise_no_alarm(rows: Rows) -> None:
    assert exposed_by(rows[HONEST], rows[HONEST]) == set()
    assert rows[HONEST]["near_copies"] == pytest.approx(0.01, abs=0.02)
    assert rows[HONEST]["distance_ratio"] == pytest.approx(1.0, abs=0.1)


def test_every_cheat_is_exposed(rows: Rows) -> None:
    for name, row in rows.items():
        if name != HONEST:
            assert exposed_by(row, rows[HONEST]), f"{name} looks like real images"


def test_noise_is_a_ladder(rows: Rows) -> None:
    steps = [rows[name] for name in (HONEST, "real + N(0, .1)", "real + N(0, .3)", "uniform noise")]
    for name in ("fcd", "swd", "high_frequency", "distance_ratio"):
        values = [step[name] for step in steps]
        assert values == sorted(values), f"{name}: {values}"
    assert [step["recall"] for step in steps] == sorted((step["recall"] for step in steps), reverse=True)


def test_missing_classes_cost_recall_and_show_in_the_histogram(rows: Rows) -> None:
    two, one = rows["two classes missing"], rows["one class"]
    assert rows[HONEST]["recall"] > two["recall"] > one["recall"]
    assert rows[HONEST]["class_distance"] < 0.1 < two["class_distance"] < 0.5 < one["class_distance"]
    assert rows[HONEST]["classifier_score"] > two["classifier_score"] > one["classifier_score"]


def test_what_was_learnt_by_heart_shows_in_recall_and_in_copies_only(rows: Rows) -> None:
    row = rows[LADDER.MEMORISED]
    assert row["recall"] < 0.05
    assert row["near_copies"] > 0.99
    assert row["precision"] > 0.8 * rows[HONEST]["precision"]
    assert row["sure"] > 0.9 * rows[HONEST]["sure"]


def test_precision_alone_is_fooled_by_one_average_picture(rows: Rows) -> None:
    row = rows["mean image"]
    assert row["recall"] < 0.05
    assert row["coverage"] < 0.05
    assert {"fcd", "recall", "coverage", "classifier_score"} <= exposed_by(row, rows[HONEST])


def test_blur_lacks_high_frequencies(rows: Rows) -> None:
    row = rows["3x3 blur"]
    assert row["high_frequency"] < 0.3
    assert row["recall"] < 0.8 * rows[HONEST]["recall"]
    assert row["near_copies"] < 0.05 or row["distance_ratio"] < 1  # a smooth picture is near to many


@pytest.mark.parametrize("data", DATA)
def test_anchors_are_those_that_were_measured(data: str) -> None:
    kept = json.loads((RESULTS / f"ladder-{data}.json").read_text())
    measured = (kept["rows"]["uniform noise"], kept["rows"][HONEST], kept["rows"]["real + N(0, .1)"])
    assert benchmarks.ANCHORS[data] == tuple(round(row["fcd"], 2) for row in measured)
    assert benchmarks.CLASSIFIERS[data] in kept["signature"]
    assert LADDER.table(kept["rows"]) in DOCS.read_text()
    rebuilt = json.loads((RESULTS / f"reconstruction-{data}.json").read_text())["rows"]
    expected = tuple(round(rebuilt[name]["mse"], 4) for name in ("mean image", "16 principal components"))
    assert benchmarks.RECONSTRUCTION_ANCHORS[data] == expected
