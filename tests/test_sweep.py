"""Sweeps: jobs of tasks, settings and seeds, carried out side by side, and gone on with after a kill."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lab_app.runs.folders import run_folders
from lab_app.sweeping.jobs import combinations, make_jobs, read_grid, read_seeds
from lab_app.sweeping.pruning import hopeless
from lab_app.sweeping.search import check_values, random_settings, read_space
from lab_app.sweeping.slots import share
from lab_app.sweeping.workers import LocalWorkers
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.runs.run import Run

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


def lab(*arguments: str, runs: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*LAB, *arguments, "--runs-dir", str(runs)], capture_output=True, text=True, timeout=240)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_seeds_and_values_are_read_and_bad_ones_named() -> None:
    assert read_seeds("3") == (0, 1, 2)
    assert read_seeds("3-5") == (3, 4, 5)
    assert read_seeds("1,4,9") == (1, 4, 9)
    for bad in ("", "x", "0", "-1", "1,1", "5-3", "1,x", "99999999999"):
        with pytest.raises(UsageError, match="--seeds"):
            read_seeds(bad)
    kind = config_type(discover()[0].task("q-learning-maze"))
    assert read_grid(["alpha=0.1,0.5", "gamma=1"], kind) == {"alpha": ("0.1", "0.5"), "gamma": ("1",)}
    with pytest.raises(UsageError, match="alpha"):
        read_grid(["alhpa=1"], kind)
    with pytest.raises(UsageError, match="twice"):
        read_grid(["alpha=1", "alpha=2"], kind)


def test_every_combination_comes_once_and_trials_are_different_ones() -> None:
    grid = {"a": ("1", "2"), "b": ("x", "y", "z")}
    every = combinations(grid)
    assert len(set(every)) == 6
    assert every[0] == ("a=1", "b=x")
    some = combinations(grid, trials=4, seed=1)
    assert len(set(some)) == 4
    assert set(some) <= set(every)


def test_cores_and_memory_decide_how_many_run_side_by_side(tmp_path: Path) -> None:
    registry = discover()[0]
    specs = make_jobs(["q-learning-maze"], registry, name="s", seeds=range(8), runs_dir=tmp_path)
    assert share(specs, registry, jobs=None, threads=None, cores=4, free=100_000_000_000).jobs == 4
    assert share(specs, registry, jobs=None, threads=2, cores=4, free=100_000_000_000).jobs == 2
    assert share(specs, registry, jobs=None, threads=None, cores=4, free=2_500_000_000).jobs == 2
    assert share(specs, registry, jobs=None, threads=None, cores=4, free=1).jobs == 1
    given = share(specs, registry, jobs=2, threads=None, cores=4, free=1)
    assert (given.jobs, given.specs[0].threads) == (2, 2)


def test_a_sweep_trains_scores_and_groups_and_a_second_time_has_nothing_to_do(tmp_path: Path) -> None:
    arguments = ("--seeds", "2", "--set", "alpha=0.1,0.5", "--preset", "smoke", "--name", "first", "--json")
    document = json.loads(lab("sweep", "q-learning-maze", *arguments, runs=tmp_path).stdout)
    assert {run["state"] for run in document["runs"]} == {"completed"}
    assert [run["id"] for run in document["runs"]][:2] == ["q-learning-maze/first-000-seed0", "q-learning-maze/first-001-seed1"]
    assert sorted(group["settings"]["alpha"] for group in document["groups"]) == [0.1, 0.5]
    assert all(group["completed"] == 2 and group["value"] is not None for group in document["groups"])
    folders = {folder: (folder / "run.json").stat().st_mtime_ns for folder in run_folders(tmp_path)}
    again = json.loads(lab("resume", "first", "--json", runs=tmp_path).stdout)
    assert again == document
    assert folders == {folder: (folder / "run.json").stat().st_mtime_ns for folder in run_folders(tmp_path)}
    taken = lab("sweep", "q-learning-maze", "--name", "first", runs=tmp_path, code=2)
    assert "already" in taken.stderr


def test_a_failed_job_is_tried_again_named_and_costs_no_other(tmp_path: Path) -> None:
    arguments = ("--set", "env=CliffWalking,CartPole-v1", "--preset", "smoke", "--retries", "0", "--json")
    done = lab("sweep", "q-learning", *arguments, runs=tmp_path, code=1)
    good, bad = json.loads(done.stdout)["runs"]
    assert (good["state"], bad["state"]) == ("completed", "failed")
    assert "CartPole-v1" in bad["error"]


def test_kills_of_a_worker_and_of_the_scheduler_lose_nothing(tmp_path: Path) -> None:
    arguments = ["--seeds", "2", "--set", "checkpoint_seconds=0.2", "--steps", "400000", "--name", "hard", "--jobs", "2"]
    command = [*LAB, "sweep", "q-learning-frozenlake", *arguments, "--runs-dir", str(tmp_path)]
    scheduler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folders = [tmp_path / "q-learning-frozenlake" / f"hard-00{number}-seed{number}" for number in (0, 1)]

    def saved(folder: Path) -> bool:
        return (folder / "run.json").is_file() and Run.open(folder).record.step > 0

    until(lambda: all(map(saved, folders)))
    worker = Run.open(folders[0]).locked_by()
    if worker is not None:
        os.kill(worker, signal.SIGKILL)
    scheduler.kill()
    scheduler.wait()
    document = json.loads(lab("resume", "hard", "--json", runs=tmp_path).stdout)
    assert [run["state"] for run in document["runs"]] == ["completed", "completed"]
    for folder in folders:
        run = Run.open(folder)
        assert run.record.step == 400_000
        assert len(run.evaluations()) == 1
        steps = [line["step"] for line in run.metrics.read()]
        assert steps == sorted(set(steps))


def test_run_with_seeds_is_a_sweep_over_them(tmp_path: Path) -> None:
    arguments = ("--preset", "smoke", "--seeds", "2", "--set", "alpha=0.3")
    plan = json.loads(lab("run", "q-learning-maze", *arguments, "--dry-run", "--json", runs=tmp_path).stdout)
    assert [run["seed"] for run in plan["runs"]] == [0, 1]
    assert not run_folders(tmp_path)
    document = json.loads(lab("run", "q-learning-maze", *arguments, "--json", runs=tmp_path).stdout)
    assert [(run["seed"], run["state"]) for run in document["runs"]] == [(0, "completed"), (1, "completed")]
    (group,) = document["groups"]
    assert group["settings"] == {"alpha": 0.3}
    for wrong in (("--seed", "1"), ("--display",)):
        assert "--seeds" in lab("run", "q-learning-maze", *arguments, *wrong, runs=tmp_path, code=2).stderr


def test_ranges_and_values_make_random_settings_within_them() -> None:
    registry = discover()[0]
    kind = config_type(registry.task("q-learning-maze"))
    space = read_space(["alpha=0.001..0.5", "steps=10..99", "gamma=0.9,1"], kind)
    found = random_settings(space, 200, seed=1)
    values = [dict(text.split("=") for text in texts) for texts in found]
    alphas = [float(one["alpha"]) for one in values]
    assert min(alphas) >= 0.001
    assert max(alphas) <= 0.5
    assert 0.3 < sum(alpha < 0.022 for alpha in alphas) / 200 < 0.7  # half of a logarithmic scale lies below
    assert {one["gamma"] for one in values} == {"0.9", "1"}
    assert all(10 <= int(one["steps"]) <= 99 for one in values)
    assert random_settings(space, 5, seed=1) == found[:5]
    for bad in ("alpha=0.5..0.1", "alpha=a..b", "steps=1.5..3", "alpha=0..inf"):
        with pytest.raises(UsageError, match="range"):
            read_space([bad], kind)
    assert read_space(["env=../mine"], kind) == {"env": ("../mine",)}  # a text may hold two dots
    check_values(["env=../mine", "alpha=0.1,0.5"], kind)
    with pytest.raises(UsageError, match="a grid"):
        check_values(["alpha=0.1..0.5"], kind)


def test_the_median_rule_is_optunas() -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rng = random.Random(0)
    disagreements = ended = 0
    for _ in range(60):
        higher = rng.random() < 0.5
        others = [{step: rng.gauss(0, 1) for step in (10, 20, 30)} for _ in range(rng.randint(3, 9))]
        mine = {step: rng.gauss(0, 1) for step in (10, 20, 30)[: rng.randint(1, 3)]}
        study = optuna.create_study(
            direction="maximize" if higher else "minimize", pruner=optuna.pruners.MedianPruner(n_startup_trials=5)
        )
        state = optuna.trial.TrialState.COMPLETE
        for other in others:
            study.add_trial(optuna.trial.create_trial(state=state, value=0.0, intermediate_values=other))
        trial = study.ask()
        for step, value in mine.items():
            trial.report(value, step)
        ours = hopeless(mine, others, higher_is_better=higher)
        ended += ours
        disagreements += ours != trial.should_prune()
    assert ended > 5
    assert disagreements == 0


def test_runs_are_spread_over_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = discover()[0]
    specs = make_jobs(["q-learning-maze"], registry, name="s", seeds=range(4), runs_dir=tmp_path)
    assert share(specs, registry, jobs=None, threads=None, cores=8, free=100_000_000_000, gpus=2).jobs == 2
    monkeypatch.setattr(sys, "executable", "true")
    workers = LocalWorkers(tmp_path, jobs=2, gpus=["gpu:0", "gpu:1"])
    for place, spec in enumerate(specs[:3]):
        workers.start(place, spec)
    devices = [json.loads((tmp_path / f"00{place}.json").read_text())["device"] for place in range(3)]
    assert devices == ["gpu:0", "gpu:1", "gpu:0"]
    workers.close()


def test_optuna_proposes_after_the_scores_so_far_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    arguments = ("--set", "alpha=0.01..1", "--search", "optuna", "--trials", "3", "--preset", "smoke", "--name", "opt")
    plan = json.loads(lab("sweep", "q-learning-maze", *arguments, "--dry-run", "--json", runs=tmp_path).stdout)
    assert len(plan["runs"]) == 1
    arguments = (*arguments, "--set", "selection_every=10", "--prune", "--json")
    document = json.loads(lab("sweep", "q-learning-maze", *arguments, runs=tmp_path).stdout)
    assert [run["state"] for run in document["runs"]] == ["completed"] * 3
    assert len({run["changed"]["alpha"] for run in document["runs"]}) == 3
    best = document["best_by_selection"]["q-learning-maze"]
    assert best["selection"] == max(run["selection"] for run in document["runs"])
    again = json.loads(lab("resume", "opt", "--json", runs=tmp_path).stdout)
    assert again["runs"] == document["runs"]
    assert "--trials" in lab("sweep", "q-learning-maze", "--search", "random", runs=tmp_path, code=2).stderr
    assert "lab-ray" in lab("sweep", "q-learning-maze", "--engine", "ray", runs=tmp_path, code=2).stderr


def test_a_sweep_of_20_runs_survives_kills_of_scheduler_and_workers_with_nothing_scored_lost(tmp_path: Path) -> None:
    tasks = ["q-learning-maze", "sarsa-maze"]
    command = [*LAB, "sweep", *tasks, "--seeds", "10", "--preset", "smoke", "--name", "twenty", "--jobs", "2"]
    output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def scored() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.glob("*/twenty-*/evaluations/*.json")}

    def workers() -> list[int]:
        found = [Run.open(folder).locked_by() for folder in run_folders(tmp_path) if (folder / "run.json").is_file()]
        return [number for number in found if number is not None]

    kept: dict[Path, bytes] = {}
    for target in (4, 10):
        scheduler = subprocess.Popen([*command, "--runs-dir", str(tmp_path)], **output)
        until(lambda target=target: len(scored()) >= target and workers())
        for number in workers():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        until(lambda before=len(scored()): len(scored()) > before)  # it goes on without them
        scheduler.kill()
        scheduler.wait()
        now = scored()
        assert kept.items() <= now.items()
        kept = now
        command = [*LAB, "resume", "twenty"]
    document = json.loads(lab("resume", "twenty", "--json", runs=tmp_path).stdout)
    assert [run["state"] for run in document["runs"]] == ["completed"] * 20
    assert kept.items() <= scored().items()
    assert all(len(Run.open(folder).evaluations()) == 1 for folder in run_folders(tmp_path))
    assert len(run_folders(tmp_path)) == 20
