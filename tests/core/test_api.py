"""The lab from Python does what the command line does, on the same folders."""

from pathlib import Path
from typing import Any

import applying_toys
import numpy as np
import pytest

import lab_app as lab
from lab_app import api
from lab_core import Observer
from lab_core.errors import UsageError
from lab_core.registry.registry import Registry


@pytest.fixture
def known(walk_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    for task in applying_toys.lab_tasks():
        walk_registry.add_task(task, "toys")
    for benchmark in applying_toys.lab_benchmarks():
        walk_registry.add_benchmark(benchmark, "toys")
    monkeypatch.setattr(api, "registry", lambda: walk_registry)
    return walk_registry


class Steps(Observer):
    def __init__(self) -> None:
        self.seen: list[int] = []

    def slice(self, progress: Any, wall_seconds: float, trainer: Any) -> None:
        self.seen.append(progress.step)


def test_a_task_is_trained_loaded_scored_and_listed(known: Registry, tmp_path: Path) -> None:
    watch = Steps()
    run = lab.train("walk", seed=3, steps=40, settings={"slice_steps": 20}, observers=[watch], runs_dir=tmp_path)
    assert run.record.status == "completed"
    assert run.record.changed == {"slice_steps": 20}
    assert watch.seen == [20, 40]
    assert [one.record.id for one in lab.list_runs(tmp_path)] == [run.record.id]
    assert lab.load(run).position == lab.load("walk", runs_dir=tmp_path).position
    before = len(run.evaluations())
    again = lab.evaluate(run, count=5, seed=1)
    assert len(again.scores) == 5
    assert len(lab.list_runs(tmp_path)[0].evaluations()) == before + 1
    alone = lab.evaluate(lab.load(run), benchmark="toy/walk", count=5, seed=1)
    assert alone.scores == again.scores


def test_a_resumed_run_ends_where_one_without_a_stop_does(known: Registry, tmp_path: Path) -> None:
    short = lab.train("walk", steps=40, runs_dir=tmp_path)
    longer = lab.resume(short, steps=80)
    whole = lab.train("walk", steps=80, runs_dir=tmp_path)
    assert lab.load(longer, which="last").position == lab.load(whole, which="last").position


def test_what_is_given_wrong_is_one_clear_error(known: Registry, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="slice_stesp"):
        lab.train("walk", settings={"slice_stesp": 1}, runs_dir=tmp_path)
    with pytest.raises(UsageError, match="lock"):
        lab.train("lock", runs_dir=tmp_path)
    with pytest.raises(UsageError, match="nothing to train"):
        lab.train("toy-upper", runs_dir=tmp_path)
    model = lab.load(lab.train("walk", steps=10, runs_dir=tmp_path))
    with pytest.raises(UsageError, match="can act, not apply"):
        lab.apply(model, [])
    with pytest.raises(UsageError, match="benchmark=ID"):
        lab.evaluate(model)


def test_a_ready_model_applies_with_checked_options(known: Registry) -> None:
    model = lab.load("toy-upper", settings={"mark": "!"})
    assert list(lab.apply(model, ["a", "b"])) == ["A!", "B!"]
    with pytest.raises(UsageError, match="bset"):
        list(lab.apply(model, ["a"], bset=2))


def test_items_of_another_kind_are_named_by_their_number(known: Registry) -> None:
    upper = lab.load("toy-upper")
    found = lab.apply(upper, ["a", 3])  # type: ignore[list-item]
    with pytest.raises(UsageError, match=r"Item 2 is int; a text is str.*kind text"):
        list(found)
    with pytest.raises(UsageError, match=r"Item 1 is float64 \[2\]; an image is uint8"):
        list(lab.apply(lab.load("toy-invert"), [np.zeros(2)]))


def test_one_item_instead_of_a_list_is_refused_at_once(known: Registry) -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    for name, item in (("toy-upper", "hello"), ("toy-invert", image), ("toy-invert", "photo.png")):
        with pytest.raises(UsageError, match=r"takes a list of items.*\[item\]"):
            lab.apply(lab.load(name), item)
    assert len(list(lab.apply(lab.load("toy-invert"), np.stack([image, image])))) == 2
    assert list(lab.apply(lab.load("toy-upper"), (text for text in "ab"))) == ["A", "B"]
