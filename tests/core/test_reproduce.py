"""A training that comes out again is told from one that doesn't: bands by hand and by simulation, then real trainings."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import scipy.stats
import typer
from typer.testing import CliRunner

from lab_app.cli import common
from lab_app.cli.reproduce import reproduce as reproduce_command
from lab_app.cli.runs import app as runs_app
from lab_app.records.lookup import changes_since, find_records, job_of
from lab_app.records.publish import fingerprint, publish, rounded
from lab_app.records.record import Curve, RecordedRun
from lab_app.records.reproduce import SHARE, band, first_difference, judge
from lab_app.records.shipped import read_record
from lab_app.results.courses import stored_courses
from lab_app.results.results import run_scores, stored_results
from lab_app.results.wallclock import within
from lab_app.runs.store import Store
from lab_core import Evaluation, LabError, Score, UsageError
from lab_core.files import encode_json
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

STEPS = (10, 20, 30, 40, 50)


def record(seed: int, *values: float | None, score: float = 5.0, **more: Any) -> RecordedRun:
    evaluation = Evaluation(benchmark="b", protocol="p", settings={}, seed=seed, scores=(score,), value=score)
    fields: dict[str, Any] = {
        "curve": Curve(step=STEPS[: len(values)], wall_seconds=(0.0,) * len(values), scalars={"return": values, "loss": values}),
        "evaluations": (evaluation,),
        "selection": {},
        "step": STEPS[len(values) - 1],
    }
    plain = {"task": "walk", "method": "m", "preset": "default", "plugin_version": "", "config": {"steps": 50}, "changed": {}}
    place = {"device": "cpu", "precision": "float32", "threads": 1, "machine": {}, "versions": {}, "command": ()}
    rest = {"created": "2026", "step_unit": "steps", "wall_seconds": 1.0, "best_step": None, "seed": seed}
    return RecordedRun(**{**plain, **place, **rest, **fields, **more})


def lines_of(run: RecordedRun) -> list[dict[str, Any]]:
    columns = run.curve.scalars.items()
    return [{"step": step, **{name: column[k] for name, column in columns}} for k, step in enumerate(run.curve.step)]


# Bands


def test_a_band_of_three_runs_is_the_prediction_interval_for_a_fourth() -> None:
    found = band(np.array([1.0, 2.0]), [np.array([1.0, 4.0]), np.array([2.0, 4.0]), np.array([3.0, 4.0])], 0.25)
    half = scipy.stats.t.ppf(0.975, 2) * 1.0 * np.sqrt(4 / 3)
    assert (found.kind, found.middle) == ("prediction", (2.0, 4.0))
    assert (found.low[0], found.high[0]) == pytest.approx((2 - half, 2 + half))
    assert (found.low[1], found.high[1]) == pytest.approx((4 - 0.03, 4 + 0.03))  # equal there: a hundredth of the height


def test_a_band_of_one_run_is_a_stated_share_of_its_height() -> None:
    found = band(np.array([1.0, 2.0]), [np.array([10.0, 30.0])], 0.25)
    assert found.kind == "tolerance"
    assert found.low == pytest.approx((5.0, 25.0))
    assert found.high == pytest.approx((15.0, 35.0))


def wandering(rng: np.random.Generator, runs: int, points: int, memory: float) -> np.ndarray:
    """Normal curves of unit variance whose neighbouring points correlate by ``memory``."""
    noise = rng.normal(size=(runs, points))
    for place in range(1, points):
        noise[:, place] = memory * noise[:, place - 1] + np.sqrt(1 - memory**2) * noise[:, place]
    return noise


@pytest.mark.parametrize("memory", [0.5, 0.97, 1.0])
def test_sound_runs_seldom_fail_and_broken_ones_do(memory: float) -> None:
    """Over 2,000 trials at most 9 % of sound runs fail, for any memory, with 3, 5 or 10 recorded runs; here 300 with 5."""
    rng = np.random.default_rng(0)
    grid = np.arange(40.0)
    failed = {0.0: 0, 8.0: 0}
    for _ in range(300):
        curves = wandering(rng, 6, 40, memory)
        made = band(grid, list(curves[:5]), 0.25)
        for shift in failed:
            new = curves[5] - shift
            failed[shift] += float(np.mean((new >= made.low) & (new <= made.high))) < SHARE
    assert failed[0.0] / 300 <= 0.09 + 3 * np.sqrt(0.09 * 0.91 / 300)
    assert failed[8.0] / 300 >= 0.97


# Verdicts


def test_curve_and_score_must_both_be_inside() -> None:
    recorded = [record(k, 0.0 + k, 5.0 + k, 9.0 + k, 10.0 + k, score=10.0 + k) for k in range(3)]
    good = judge(recorded, (new := record(7, 1.0, 6.0, 10.0, 11.0, score=11.0)), lines_of(new), None)
    assert (good.metric, good.share, good.reproduced) == ("return", 1.0, True)
    assert (good.exact, good.exact_expected) == (False, False)
    low = judge(recorded, (new := record(7, 1.0, 0.0, 0.0, 0.0, score=11.0)), lines_of(new), None)
    assert (low.share, low.reproduced) == (0.25, False)
    unlucky = judge(recorded, (new := record(7, 1.0, 6.0, 10.0, 11.0, score=0.0)), lines_of(new), None)
    assert unlucky.curve_inside
    assert unlucky.score is not None
    assert (unlucky.score.recorded, unlucky.score.inside, unlucky.reproduced) == ((10.0, 11.0, 12.0), False, False)


def test_one_recorded_score_is_judged_by_its_distance_from_random() -> None:
    recorded = [record(0, 1.0, 2.0, score=30.0)]
    for value, inside in ((24.0, False), (26.0, True), (34.0, True), (36.0, False)):
        found = judge(recorded, (new := record(0, 1.0, 2.1, score=value)), lines_of(new), Score("return", random=10.0))
        assert found.score is not None
        assert found.score.inside == inside


def test_one_recorded_distance_is_judged_by_its_own_size() -> None:
    distance = Score("FCD", higher_is_better=False, random=130.0)
    recorded = [record(0, 1.0, 2.0, score=8.0)]
    for value, inside in ((5.9, False), (6.1, True), (9.9, True), (10.1, False)):
        found = judge(recorded, (new := record(0, 1.0, 2.1, score=value)), lines_of(new), distance)
        assert found.score is not None
        assert found.score.inside == inside


def test_a_deterministic_task_must_come_out_bit_for_bit() -> None:
    old = record(3, 1.0, 2.0, 3.0)
    same = judge([old], old, lines_of(old), None, exact_expected=True)
    assert (same.exact, same.reproduced) == (True, True)
    near = record(3, 1.0, 2.001, 3.0)
    found = judge([old], near, lines_of(near), None, exact_expected=True)
    assert (found.curve_inside, found.reproduced) == (True, False)
    assert found.difference == "return at step 20: 2.0 was recorded, now 2.001"
    assert judge([old], near, lines_of(near), None).reproduced  # where that isn't expected, the band decides
    other = record(4, 1.0, 2.001, 3.0)
    assert judge([old], other, lines_of(other), None, exact_expected=True).reproduced  # another seed


def test_what_is_compared_bit_for_bit() -> None:
    old = record(3, 1.0, None, 3.0, fingerprint="a")
    assert first_difference(old, msgspec.structs.replace(old, fingerprint="a"), []) == ""
    assert "beyond their four digits" in first_difference(old, msgspec.structs.replace(old, fingerprint="b"), lines_of(old))
    assert "scores under p" in first_difference(old, record(3, 1.0, None, 3.0, score=5.0000001, fingerprint="a"), [])
    assert "no metrics at step 20" in first_difference(old, record(3, 1.0, None, 3.0), lines_of(old)[:1])
    short = record(3, 1.0, score=99.0)  # stopped early: compared as far as it got, without its score
    assert first_difference(old, short, lines_of(short)) == ""
    found = judge([old], short, lines_of(short), None)
    assert (found.score, len(found.values)) == (None, 1)


def test_a_renamed_figure_is_compared_under_its_earlier_name() -> None:
    lines = [{"step": step, "score": 1.0, "score_window_max": step / 7} for step in STEPS]
    earlier = [{"step": step, "score": 1.0, "score_best": step / 7} for step in STEPS]
    curve = Curve(step=STEPS, wall_seconds=(0.0,) * 5, scalars={"score_best": tuple(rounded(step / 7) for step in STEPS)})
    old = msgspec.structs.replace(record(3, *[1.0] * 5), curve=curve, fingerprint=fingerprint(earlier))
    new = msgspec.structs.replace(record(3, *[1.0] * 5), fingerprint=fingerprint(lines))
    assert first_difference(old, new, lines) == ""
    other = [*lines[:-1], {**lines[-1], "score_window_max": 8.0}]
    assert "score_best at step 50" in first_difference(old, new, other)


def test_curves_that_can_not_be_compared_are_refused() -> None:
    old, new = record(0, 1.0, 2.0), record(0, 1.0, 2.0)
    with pytest.raises(UsageError, match="return"):
        judge([old], new, [], None, metric="retrun")
    with pytest.raises(LabError, match="no metric in common"):
        judge([old], msgspec.structs.replace(new, curve=Curve(step=(), wall_seconds=(), scalars={})), [], None)
    late = msgspec.structs.replace(new, curve=Curve(step=(90, 99), wall_seconds=(0, 0), scalars={"return": (1.0, 1.0)}))
    with pytest.raises(LabError, match="no step in common"):
        judge([old], late, [], None)


# Real trainings


def walk(folder: Path, registry: Registry, seed: int = 0, **settings: Any) -> Run:
    config = {"steps": 2000, "selection_every": 500, **settings}
    return execute(JobSpec(task="walk", runs_dir=str(folder), device="cpu", seed=seed, config=config), registry).run


@pytest.fixture
def app(walk_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("LAB_RUNS_DIR", raising=False)
    made = typer.Typer()
    made.command()(reproduce_command)
    return made


def test_a_deterministic_run_reproduces_bit_for_bit(app: typer.Typer, tmp_path: Path, walk_registry: Registry) -> None:
    run = walk(tmp_path, walk_registry, seed=4)
    picture = tmp_path / "both.png"
    arguments = [run.record.id, "--runs-dir", str(tmp_path), "--plot", str(picture), "--quiet"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert "reproduced: every metric is the same, bit for bit" in shown.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    made = sorted((tmp_path / "walk").iterdir())
    assert len(made) == 2
    kept = json.loads((made[1] / "reproduction.json").read_text())
    assert (kept["exact"], kept["exact_expected"], kept["seed"]) == (True, True, 4)
    assert publish(Run.open(made[0]), walk_registry).fingerprint == publish(Run.open(made[1]), walk_registry).fingerprint


def test_a_reproduction_is_no_further_run(app: typer.Typer, tmp_path: Path, walk_registry: Registry) -> None:
    def train(seed: int) -> Run:
        spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", seed=seed, config={"steps": 2000})
        return execute(spec, walk_registry).run

    run = train(4)
    assert CliRunner().invoke(app, [run.record.id, "--runs-dir", str(tmp_path), "--quiet"]).exit_code == 0
    train(5)
    store = Store(tmp_path)
    assert len(store.runs()) == 3
    benchmark = walk_registry.benchmark("toy/walk")
    scored = run_scores(stored_results(store, walk_registry), benchmark)
    assert run.record.id in scored
    assert len(scored) == 2
    (table,) = within(stored_courses(store, walk_registry), {benchmark.id: benchmark}, 1e6)
    assert [len(entry.runs) for entry in table.entries] == [2]
    assert len(find_records(run.record.id, tmp_path, walk_registry)) == 2
    file = tmp_path / "record.json"
    shown = CliRunner().invoke(runs_app, ["record", "walk", "--to", str(file), "--runs-dir", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert [one.seed for one in read_record(file)] == [4, 5]
    assert "left out: 1 that repeat" in shown.stderr


def test_a_record_that_lies_is_found_out(app: typer.Typer, tmp_path: Path, walk_registry: Registry) -> None:
    true = publish(walk(tmp_path / "then", walk_registry), walk_registry)
    scalars = {name: (*column[:50], -7.0, *column[51:]) for name, column in true.curve.scalars.items()}
    lie = msgspec.structs.replace(true, curve=msgspec.structs.replace(true.curve, scalars=scalars), fingerprint="")
    (tmp_path / "runs-walk.json").write_bytes(encode_json([lie]))
    shown = CliRunner().invoke(app, [str(tmp_path / "runs-walk.json"), "--runs-dir", str(tmp_path / "now"), "--json"])
    assert shown.exit_code == 1
    document = json.loads(shown.stdout)
    assert (document["reproduced"], document["exact_expected"]) == (False, True)
    assert f"step {true.curve.step[50]:,}: -7.0 was recorded" in document["difference"]
    older = msgspec.structs.replace(true, versions={**true.versions, "numpy": "1.0"}, fingerprint="")
    (tmp_path / "runs-walk.json").write_bytes(encode_json(older))  # one record instead of a list, made with another NumPy
    shown = CliRunner().invoke(app, [str(tmp_path / "runs-walk.json"), "--runs-dir", str(tmp_path / "now"), "--json"])
    document = json.loads(shown.stdout)
    assert (shown.exit_code, document["exact"], document["exact_expected"]) == (0, True, False)
    assert any(line.startswith("numpy: 1.0 then") for line in document["warnings"])


def test_a_finished_run_is_held_against_the_record_without_training(
    app: typer.Typer, tmp_path: Path, walk_registry: Registry
) -> None:
    runs = [walk(tmp_path, walk_registry, seed=seed) for seed in range(4)]
    arguments = [runs[0].record.id, "--run", runs[3].record.id, "--runs-dir", str(tmp_path), "--json"]
    shown = CliRunner().invoke(app, arguments)
    document = json.loads(shown.stdout)
    assert len(document["recorded"]) == 4  # the run that is named, and its siblings
    assert (document["exact"], shown.exit_code) == (True, 0)
    assert len(list((tmp_path / "walk").iterdir())) == 4


def test_records_are_found_by_run_and_file_and_settings_that_are_gone_are_named(tmp_path: Path, walk_registry: Registry) -> None:
    first = walk(tmp_path, walk_registry)
    walk(tmp_path, walk_registry, seed=1)
    walk(tmp_path, walk_registry, seed=2, slice_steps=5)
    found = find_records(first.record.id, tmp_path, walk_registry)
    assert [one.seed for one in found] == [0, 1]
    assert changes_since(found[0], walk_registry) == []
    spec, warnings = job_of(found[0], walk_registry, runs_dir=tmp_path, seed=9, seconds=None, command=())
    assert (spec.seed, spec.config, warnings) == (9, first.record.config, [])
    older = msgspec.structs.replace(found[0], config={"steps": 10}, device="gpu:7")
    _, warnings = job_of(older, walk_registry, runs_dir=tmp_path, seed=0, seconds=None, command=())
    assert any("defaults: " in line and "slice_steps=10" in line for line in warnings)
    assert any("gpu:7" in line for line in warnings)
    gone = msgspec.structs.replace(found[0], config={"steps": 10, "momentum": 1})
    with pytest.raises(UsageError, match="no longer takes"):
        job_of(gone, walk_registry, runs_dir=tmp_path, seed=0, seconds=None, command=())
    for text, hint in (("{", "not a record"), ("[]", "holds no run"), ('{"task": "walk"}', "not a record")):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(UsageError, match=hint):
            read_record(tmp_path / "bad.json")
