"""Runs and sweeps that are started, stopped and gone on with from a page are those of the command line."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lab_app.ui import forms
from lab_core.errors import UsageError
from lab_core.runs.run import Run


def test_a_form_becomes_the_same_description_as_the_command_line(registry: Any, tmp_path: Path) -> None:
    form = {
        "task": "q-learning-maze",
        "preset": "smoke",
        "seed": "3",
        "time": "2m",
        "threads": "1",
        "set:alpha": "0.25",
        "set:gamma": "",
    }
    spec = forms.job_of(form, registry, tmp_path)
    assert (spec.task, spec.preset, spec.seed, spec.seconds, spec.threads) == ("q-learning-maze", "smoke", 3, 120.0, 1)
    assert spec.changed == {"alpha": 0.25}
    assert spec.config["alpha"] == 0.25
    assert forms.command_text(spec.command, Path("runs")) == (
        "lab run q-learning-maze --preset smoke --set alpha=0.25 --seed 3 --time 2m --threads 1"
    )
    other = forms.job_of(form, registry, tmp_path, taken=lambda run_id: run_id.endswith(spec.name))
    assert other.name != spec.name or other.name.startswith(spec.name)


@pytest.mark.parametrize(
    "wrong",
    [{"task": "nope"}, {"preset": "nope"}, {"seed": "-1"}, {"seed": "x"}, {"time": "soon"}, {"set:alpha": "9"}, {"set:none": "1"},
     {"steps": "0"}, {"task": "value-iteration-mazes"}, {"task": "bicubic-photos-x2"}],
)  # fmt: skip
def test_a_wrong_form_starts_nothing(registry: Any, tmp_path: Path, client: Any, wrong: dict[str, str]) -> None:
    form = {"task": "q-learning-maze", "preset": "smoke", **wrong}
    with pytest.raises(UsageError):
        forms.job_of(form, registry, tmp_path)
    assert client.post("/start", form).status == 400


def test_a_sweep_of_a_form_has_every_combination(registry: Any, tmp_path: Path) -> None:
    form = {"task": "q-learning-maze", "preset": "smoke", "seeds": "2", "set:alpha": "0.1,0.5", "name": "both", "jobs": "2"}
    planned = forms.sweep_of(form, registry, tmp_path)
    assert [(spec.config["alpha"], spec.seed) for spec in planned.specs] == [(0.1, 0), (0.1, 1), (0.5, 0), (0.5, 1)]
    assert (
        " ".join(planned.command) == "lab sweep q-learning-maze --preset smoke --set alpha=0.1,0.5 --seeds 2 --jobs 2 --name both"
    )
    for wrong in ({"name": "../x"}, {"seeds": "0"}, {"task": ""}, {"jobs": "0"}):
        with pytest.raises(UsageError):
            forms.sweep_of({**form, **wrong}, registry, tmp_path)


def test_a_run_is_stopped_saved_and_gone_on_with(client: Any, runs_dir: Path, wait: Any) -> None:
    form = {"task": "q-learning-maze", "preset": "default", "set:steps": "100000000", "threads": "1"}
    started = client.post("/start", form)
    assert started.status == 303
    run_id = started.place.removeprefix("/runs/")
    folder = runs_dir / run_id
    assert "Starting" in client.get(started.place).text or (folder / "run.json").is_file()
    wait(lambda: (folder / "metrics.jsonl").is_file(), 150)
    page = client.get(started.place)
    assert "Stop and save" in page.text
    assert "episodes" in client.get("/?part=live").text
    assert client.post(f"/runs/{run_id}/resume", {}).status == 400  # it has a process
    assert client.post(f"/runs/{run_id}/stop", {}).place == started.place
    wait(lambda: Run.open(folder).record.status == "interrupted", 150)
    stopped = Run.open(folder)
    assert stopped.record.error is None or "Ctrl-C" in stopped.record.error
    assert stopped.checkpoints.steps()[-1] == stopped.record.step > 0
    wait(lambda: "Stop and save" not in client.get(started.place).text, 150)
    assert client.post(f"/runs/{run_id}/stop", {}).status == 400  # nothing runs
    assert client.post(f"/runs/{run_id}/resume", {}).status == 303
    wait(
        lambda: Run.open(folder).record.status == "running" and Run.open(folder).metrics.read()[-1]["step"] > stopped.record.step,
        60,
    )
    client.post(f"/runs/{run_id}/stop", {})
    wait(lambda: Run.open(folder).record.status == "interrupted", 150)
    assert Run.open(folder).record.step > stopped.record.step


def test_ctrl_c_ends_the_command_after_its_runs_have_saved_themselves(client: Any, tmp_path: Path, wait: Any) -> None:
    command = [sys.executable, "-c", "from lab_app.cli import main; main()", "ui", "--no-open", "--runs-dir", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = process.stderr.readline().removeprefix("Open ").strip()
        mine = type(client)(urlsplit(url).port)
        wait(lambda: mine.enter(url).status == 303, 60)
        form = {"task": "q-learning-maze", "preset": "default", "set:steps": "100000000", "threads": "1"}
        folder = tmp_path / mine.post("/start", form).place.removeprefix("/runs/")
        wait(lambda: (folder / "metrics.jsonl").is_file(), 150)
        process.send_signal(signal.SIGINT)
        assert process.wait(150) == 0
    record = Run.open(folder).record
    assert (record.status, record.step > 0) == ("interrupted", True)


def test_runs_that_another_process_started_are_not_stopped(client: Any, runs_dir: Path, new_run: Any) -> None:
    run = new_run(runs_dir, "foreign", status="running")
    answer = client.post(f"/runs/{run.record.id}/stop", {})
    assert answer.status == 400
    assert "Ctrl-C" in answer.text


def test_a_run_that_is_being_scored_goes_on_refreshing_its_page(client: Any, runs_dir: Path, new_run: Any) -> None:
    run = new_run(runs_dir, "scoring", status="unscored")
    page = f"/runs/{run.record.id}"
    with run.lock():
        text = client.get(page).text
        assert f'data-refresh="{page}?part=live"' in text
        assert "being scored" in text
        assert "Resume" not in text
        state = re.search(r'data-state="([^"]*)"', client.get(f"{page}?part=live").text)
        assert state is not None
        assert text.count(f'data-state="{state[1]}"') == 2  # of the page and of the part: equal until something changes
    text = client.get(page).text
    assert "data-refresh" not in text
    assert "being scored" not in text
    assert "Resume" in text


def test_a_sweep_is_carried_out(client: Any, runs_dir: Path, wait: Any) -> None:
    form = {"task": "q-learning-maze", "preset": "smoke", "seeds": "2", "name": "small", "jobs": "1", "action": "sweep"}
    assert client.post("/start", form).place == "/sweeps/small"
    assert client.get("/sweeps/small").status == 200
    wait(lambda: "2 of 2 runs" in client.get("/sweeps/small").text, 150)
    assert "small" in client.get("/sweeps").text
    assert client.post("/sweep", {"task": "q-learning-maze", "name": "small"}).status == 400  # the name is taken
