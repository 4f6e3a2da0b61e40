"""Before a run starts: what it needs, what would fit, how long it should take."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from lab_app.durations import span
from lab_app.records.brief import BriefRun
from lab_app.records.estimate import estimate_time
from lab_app.records.timing import estimate_from, learning_seconds, pace
from lab_core import UsageError, about
from lab_core.config import TrainConfig
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.score import Score
from lab_core.trainer import Trainer
from lab_core.training.memory import Fit, check_memory, memory_of


class BufferConfig(TrainConfig, frozen=True, kw_only=True):
    capacity: Annotated[int, about("frames kept", ge=1000)] = 1_000_000
    environments: Annotated[int, about("side by side", ge=1)] = 32
    batch: Annotated[int, about("samples", ge=1)] = 32

    def check(self) -> None:
        if self.capacity % self.environments:
            raise UsageError("capacity is no multiple of environments.")


class BufferTrainer(Trainer[Any]):
    """A megabyte for each environment, a kilobyte for each frame, a tenth of a gigabyte for the libraries."""

    @classmethod
    def memory(cls, config: Any) -> int:
        return config.capacity * 1000 + config.environments * 10**6 + 10**8


class Chooser(BufferTrainer):
    memory_settings = ("environments", "capacity")


def test_enough_memory_is_no_matter() -> None:
    found = memory_of(BufferTrainer, BufferConfig(), free=2 * 10**9)
    assert (found.need, found.enough, found.fit) == (1_132_000_000, True, None)
    assert found.text() == "1.1 GB of 2.0 GB free"


def test_the_largest_round_value_that_fits_is_named() -> None:
    found = memory_of(BufferTrainer, BufferConfig(environments=1), free=6 * 10**8)
    # 0.95 * 600 MB - 101 MB = 469 MB: 469,000 frames, 460,000 in two digits
    assert found.fit == Fit("capacity", 460_000)
    assert "--set capacity=460000" in found.hint()
    smaller = BufferConfig(environments=1, capacity=460_000)
    assert BufferTrainer.memory(smaller) < 6 * 10**8


def test_what_the_config_would_refuse_is_not_proposed() -> None:
    found = memory_of(BufferTrainer, BufferConfig(environments=64, capacity=64_000_000), free=6 * 10**8)
    # 406,000 frames fit; 400,000 = 64 * 6,250, but 406,000 is no multiple of 64
    assert found.fit == Fit("capacity", 400_000)
    nothing = memory_of(BufferTrainer, BufferConfig(environments=1), free=10**8)  # less than the libraries take
    assert nothing.fit is None
    assert "smaller preset" in nothing.hint()


def test_a_trainer_says_what_to_make_smaller_first() -> None:
    config = BufferConfig(environments=1000)
    assert memory_of(Chooser, config, free=1_500_000_000).fit == Fit("environments", 320)
    # with a million frames alone above what is free, the first choice can't help, the second does
    little = memory_of(Chooser, BufferConfig(environments=8), free=5 * 10**8)
    assert little.fit == Fit("capacity", 360_000)


def test_unknown_figures_refuse_nothing() -> None:
    class Silent(Trainer[Any]):
        pass

    assert memory_of(Silent, BufferConfig(), free=1).enough
    assert memory_of(Silent, BufferConfig(), free=1).text() == "not known of 0 MB free"
    assert memory_of(BufferTrainer, BufferConfig(), free=0).enough


def test_refusal_is_one_line_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_core.machine.devices.memory", lambda: (10**9, 5 * 10**8))
    with pytest.raises(UsageError) as caught:
        check_memory(BufferTrainer, BufferConfig(environments=1))
    assert str(caught.value) == ("This training needs 1.1 GB of memory and 0.5 GB are free. What fits: --set capacity=370000")


MakeRun = Callable[..., Run]
HERE = {"device": "cpu", "precision": "float32", "threads": 1}


def finished(make_run: MakeRun, *, step: int, seconds: float, **fields: Any) -> Run:
    run = make_run()
    run.update(status="completed", step=step, wall_seconds=seconds, **fields)
    return run


def test_time_comes_from_the_most_similar_run(make_run: MakeRun, walk_registry: Registry, tmp_path: Path) -> None:
    task = walk_registry.task("walk")
    runs = tmp_path / "runs"
    assert estimate_time(task, "default", 1000, runs_dir=runs, **HERE) is None
    alike = finished(make_run, step=100, seconds=5.0)
    finished(make_run, step=100, seconds=1.0, threads=8)
    finished(make_run, step=100, seconds=2.0, changed={"slice_steps": 5})
    finished(make_run, step=100, seconds=0.1, device="gpu:0")
    finished(make_run, step=100, seconds=0.1, preset="smoke")
    found = estimate_time(task, "default", 1000, runs_dir=runs, **HERE)
    assert found is not None
    assert (found.rate, found.seconds) == (pytest.approx(20.0), pytest.approx(50.0))
    assert found.source == f"your run {alike.record.id}"
    other = estimate_time(task, "default", 1000, runs_dir=runs, **{**HERE, "threads": 8})
    assert other is not None
    assert other.rate == pytest.approx(100.0)


def test_without_runs_of_mine_time_comes_from_a_recorded_one(
    make_run: MakeRun, walk_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lab_app.records.publish import publish
    from lab_core.evaluator import Evaluation

    run = finished(make_run, step=100, seconds=4.0, machine={"processor": "A Processor"}, threads=2)
    run.add_evaluation(Evaluation(benchmark="toy/walk", protocol="plain", settings={}, seed=0, scores=(1.0,), value=1.0))
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "runs-walk.json").write_bytes(msgspec.json.encode([publish(run, walk_registry)]))
    (tmp_path / "recorded_walk").mkdir()
    (tmp_path / "recorded_walk" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    task = msgspec.structs.replace(walk_registry.task("walk"), trainer="recorded_walk:Trainer")
    found = estimate_time(task, "default", 1000, runs_dir=tmp_path / "none", **HERE)
    assert found is not None
    assert (found.seconds, found.source) == (pytest.approx(40.0), "recorded with 2 threads of A Processor")
    assert estimate_time(task, "smoke", 1000, runs_dir=tmp_path / "none", **HERE) is None


def test_an_estimate_keeps_the_start_apart_and_is_a_range() -> None:
    """A start of 10 s for 100 steps, then quarters of 225 steps at 25, 50, 50 and 100 steps a second."""
    points = [
        (100, 10.0),
        (212, 14.5),
        (325, 19.0),
        (437, 21.25),
        (550, 23.5),
        (662, 25.75),
        (775, 28.0),
        (887, 29.1),
        (1000, 30.25),
    ]
    found = pace(points)
    assert found is not None
    assert (found.start_step, found.start_seconds) == (100, 10.0)
    assert (found.slowest, found.fastest) == (pytest.approx(25.0), pytest.approx(100.0))
    assert found.mean == pytest.approx(900 / 20.25)
    estimate = estimate_from(found, "a run", 2100)
    assert (estimate.low, estimate.high) == (pytest.approx(10 + 20), pytest.approx(10 + 80))
    assert estimate.seconds == pytest.approx(10 + 2000 * 20.25 / 900)
    assert estimate_from(found, "a run", 50).high == pytest.approx(5.0)  # within the start
    limited = estimate.limited(60)
    assert (limited.low, limited.seconds, limited.high) == (pytest.approx(30.0), pytest.approx(55.0), 60)


def test_runs_without_a_course_or_a_clock_still_give_a_pace() -> None:
    assert pace([]) is None
    assert pace([(100, 0.0)]) is None
    found = pace([(100, 4.0)])
    assert found is not None
    assert (found.slowest, found.fastest) == (25.0, 25.0)


@pytest.mark.parametrize(("sign", "higher"), [(1, True), (-1, False)])
def test_learning_shows_once_a_twentieth_of_the_way_is_gone(sign: int, higher: bool) -> None:
    score = Score("score", higher_is_better=higher, random=0.0)
    curve = {"step": (1, 2, 3, 4), "wall_seconds": (10.0, 20.0, 30.0, 40.0)}
    plain = {"task": "t", "preset": "default", "changed": {}, "device": "cpu", "precision": "float32", "threads": 1}
    more = {"machine": {}, "step": 4, "wall_seconds": 40.0}
    scores = (None, sign * 4.0, sign * 5.5, sign * 100.0)
    run = msgspec.convert({**plain, **more, "curve": {**curve, "scalars": {"score": scores}}}, BriefRun)
    assert learning_seconds(run, score) == 30.0
    selected = {"selection": {2: sign * 1.0, 4: sign * 9.0}, "selection_seconds": {2: 21.0, 4: 41.0}}
    assert learning_seconds(msgspec.convert({**plain, **more, **selected, "curve": curve}, BriefRun), score) == 21.0
    assert learning_seconds(run, Score("score", higher_is_better=higher)) is None  # nothing is known of a random model


@pytest.mark.parametrize(
    ("low", "high", "text"), [(0.1, 0.9, "under a second"), (95, 95.2, "about 1:35"), (60, 7265, "1:00 to 2:01:05")]
)
def test_a_range_of_times_as_text(low: float, high: float, text: str) -> None:
    assert span(low, high) == text
