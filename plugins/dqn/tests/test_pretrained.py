"""The models that ship play as their records say: far above a person's 30.5, on games that they never saw."""

from pathlib import Path

import msgspec
import pytest

from lab_app.records.record import RecordedRun
from lab_app.runs.target import pretrained
from lab_core.registry.discovery import discover
from lab_core.runs.opening import load_model, prepare
from lab_core.training.evaluation import evaluate

RESULTS = Path(__file__).parent.parent / "results"
SHIPPED = ("dqn-breakout", "pqn-breakout")


@pytest.mark.learning
@pytest.mark.parametrize("task_id", SHIPPED)
def test_the_shipped_breakout_model_plays_well(task_id: str) -> None:
    registry, _ = discover()
    target = pretrained(registry.task(task_id), registry)
    assert target.benchmark is not None
    prepare(target.task, device="cpu", threads=2)
    model = load_model(target.task, target.folder, device="cpu")
    result = evaluate(target.benchmark, model, count=8, seed=12_345)
    assert result.value > 30.5  # the human reference of the benchmark
    assert sum(path.stat().st_size for path in target.folder.iterdir()) < 8e6


@pytest.mark.parametrize("task_id", SHIPPED)
def test_its_record_is_of_the_model_that_ships(task_id: str) -> None:
    registry, _ = discover()
    (record,) = msgspec.json.decode((RESULTS / f"runs-{task_id}.json").read_bytes(), type=list[RecordedRun])
    folder = pretrained(registry.task(task_id), registry).folder
    info = msgspec.json.decode((folder / "model.json").read_bytes())
    assert (info["step"], info["config"]) == (record.best_step, record.config)
    assert record.changed == {}
