"""The command line end to end on the maze: what a person types, what they get, and one clear line when it can't be."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


def lab(*arguments: str, runs: Path, code: int = 0, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LAB_RUNS_DIR": str(runs), **extra}
    done = subprocess.run([*LAB, *arguments], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with one completed smoke run of the maze."""
    runs = tmp_path_factory.mktemp("runs")
    lab("run", "q-learning-maze", "--preset", "smoke", "--quiet", runs=runs)
    return runs


def test_a_run_is_listed_shown_scored_and_exported(trained: Path, tmp_path: Path) -> None:
    (row,) = json.loads(lab("runs", "list", "--json", runs=trained).stdout)
    assert row["status"] == "completed"
    shown = json.loads(lab("runs", "show", row["id"], "--json", runs=trained).stdout)
    assert shown["run"]["config"]["steps"] == row["step"]
    scored = json.loads(lab("eval", row["id"], "--json", runs=trained).stdout)
    again = json.loads(lab("eval", "q-learning-maze", "--json", runs=trained).stdout)
    assert scored["scores"] == again["scores"]
    folder = tmp_path / "exported"
    lab("export", row["id"], "--to", str(folder), runs=trained)
    alone = json.loads(lab("eval", str(folder), "--json", runs=tmp_path / "nothing").stdout)
    assert alone["scores"] == scored["scores"]


def test_the_list_shows_my_best_score(trained: Path) -> None:
    listed = {task["id"]: task for task in json.loads(lab("list", "--json", runs=trained).stdout)}
    assert listed["q-learning-maze"]["best"]["run"].startswith("q-learning-maze/")
    assert listed["sarsa-maze"]["best"] is None


def test_tasks_of_your_own_problem_are_listed_apart_and_no_title_is_cut(trained: Path) -> None:
    listed = json.loads(lab("list", "--json", runs=trained).stdout)
    parameters = {task["id"]: task["parameter"] for task in listed if task["parameter"]}
    assert parameters.keys() >= {"dqn", "dqn-atari", "ppo", "ppo-atari", "a2c", "sac", "reinforce", "q-learning", "td-prediction"}
    assert not parameters.keys() & {"dqn-breakout", "dqn-cartpole", "ppo-cartpole", "q-learning-taxi", "q-learning-maze"}
    lines = lab("list", runs=trained, COLUMNS="80").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("\N{HORIZONTAL ELLIPSIS}" in line for line in lines)
    heading: dict[str, str] = {}
    above = ""
    for line in lines:
        if re.match("  [^ ]", line):
            above = line.strip()
        elif re.match("    [^ ]", line):
            heading[line.split()[0]] = above
    assert heading["q-learning-cliffwalking"].startswith("gym/cliff-walking")
    own = {task: found for task, found in heading.items() if found.startswith("your own: ")}
    assert own == {task: f"your own: --set {name}=..." for task, name in parameters.items()}


def test_resume_goes_on_and_refuses_when_there_is_nothing_left(tmp_path: Path) -> None:
    first = json.loads(lab("run", "q-learning-maze", "--preset", "smoke", "--json", runs=tmp_path).stdout)
    refused = lab("resume", first["run"]["id"], runs=tmp_path, code=2)
    assert "--steps" in refused.stderr
    longer = json.loads(lab("resume", first["run"]["id"], "--steps", "80", "--json", runs=tmp_path).stdout)
    assert longer["outcome"]["step"] == 80
    assert longer["run"]["id"] == first["run"]["id"]
    whole = json.loads(lab("run", "q-learning-maze", "--preset", "smoke", "--steps", "80", "--json", runs=tmp_path).stdout)
    assert whole["outcome"]["step"] == 80


def test_a_dry_run_shows_the_plan_and_leaves_nothing(tmp_path: Path) -> None:
    plan = json.loads(lab("run", "q-learning-maze", "--dry-run", "--json", "--set", "gamma=0.5", runs=tmp_path).stdout)
    assert plan["config"]["gamma"] == 0.5
    assert list(tmp_path.glob("*/*")) == []


def test_a_problem_that_was_not_named_is_said(tmp_path: Path) -> None:
    silent = lab("run", "q-learning", "--dry-run", "--set", "env=FrozenLake-v1", runs=tmp_path).stderr
    assert "its default" not in silent
    said = lab("run", "q-learning", "--dry-run", runs=tmp_path).stderr
    assert re.search(r"^q-learning uses env=\S+, its default\. Another one: --set env=\.\.\.$", said, re.MULTILINE)


def test_a_film_is_written(trained: Path, tmp_path: Path) -> None:
    film = tmp_path / "maze.gif"
    lab("play", "q-learning-maze", "--video", str(film), runs=trained)
    assert film.read_bytes()[:6] == b"GIF89a"


BAD = [
    (["run", "q-lerning-maze"], 2, "q-learning-maze"),
    (["run", "q-learning-maze", "--preset", "smok"], 2, "smoke"),
    (["run", "q-learning-maze", "--set", "gama=1"], 2, "gamma"),
    (["run", "q-learning-maze", "--set", "gamma=2"], 2, "gamma"),
    (["run", "q-learning-maze", "--set", "gamma"], 2, "KEY=VALUE"),
    (["run", "q-learning-maze", "--steps", "0"], 2, "at least 1"),
    (["run", "q-learning-maze", "--steps", "5", "--set", "steps=6"], 2, "--steps"),
    (["run", "q-learning-maze", "--time", "soon"], 2, "soon"),
    (["run", "q-learning-maze", "--device", "gpu:7"], 2, "gpu:7"),
    (["run", "q-learning-maze", "--device", "tpu"], 2, "tpu"),
    (["run", "q-learning-maze", "--precision", "float16"], 2, "float16"),
    (["run", "q-learning-maze", "--precision", "bfloat16"], 2, "bfloat16"),
    (["run", "q-learning-maze", "--config", "no-such-file.json"], 2, "no-such-file.json"),
    (["run", "q-learning-maze", "--set", "maze=no-such-map.txt"], 2, "no-such-map.txt"),
    (["run", "q-learning-maze", "--display-on", "wall"], 2, "wall"),
    (["resume", "nothing"], 2, "nothing"),
    (["eval", "q-learning-maze@pretraind"], 2, "@pretrained"),
    (["eval", "q-learning-maze@pretrained"], 2, "ships no model"),
    (["eval", "sarsa-maze"], 2, "lab run sarsa-maze"),
    (["play", "sarsa-maze"], 2, "lab run sarsa-maze"),
    (["info", "nope"], 2, "nope"),
    (["list", "--family", "agent"], 2, "agents"),
]


@pytest.mark.parametrize(("arguments", "code", "part"), BAD, ids=[" ".join(arguments) for arguments, _, _ in BAD])
def test_bad_input_is_one_line_that_names_it(arguments: list[str], code: int, part: str, tmp_path: Path) -> None:
    done = lab(*arguments, runs=tmp_path, code=code)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert part in lines[0]
    assert list(tmp_path.glob("*/*")) == []


def test_a_runs_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = lab("run", "q-learning-maze", "--preset", "smoke", runs=file, code=2)
    assert "file" in done.stderr


def test_a_foreign_checkpoint_and_a_newer_run_are_refused(tmp_path: Path) -> None:
    run = json.loads(lab("run", "q-learning-maze", "--preset", "smoke", "--json", runs=tmp_path).stdout)
    folder = Path(run["folder"])
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "format": 99}))
    assert "newer version" in lab("resume", str(folder), "--steps", "80", runs=tmp_path, code=1).stderr
    (folder / "run.json").write_text(json.dumps(record))
    for manifest in folder.glob("checkpoints/*/manifest.json"):
        manifest.write_text("not a manifest")
    done = lab("resume", str(folder), "--steps", "80", runs=tmp_path, code=1)
    assert "checkpoint" in done.stderr


def test_a_second_process_on_one_run_is_refused(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_RUNS_DIR": str(tmp_path)}
    command = [*LAB, "run", "q-learning-maze", "--steps", "1000000000", "--no-eval"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        folder = wait_for_run(tmp_path)
        done = lab("resume", str(folder), runs=tmp_path, code=1)
        assert str(process.pid) in done.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"


def test_ctrl_c_saves_and_prints_the_command_that_goes_on(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_RUNS_DIR": str(tmp_path)}
    command = [*LAB, "run", "q-learning-maze", "--steps", "1000000000"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    folder = wait_for_run(tmp_path)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(r"lab resume q-learning-maze/\S+", out)
    step = json.loads((folder / "run.json").read_text())["step"]
    longer = json.loads(lab("resume", str(folder), "--time", "0.2s", "--no-eval", "--json", runs=tmp_path).stdout)
    assert longer["outcome"]["step"] > step > 0


def test_a_run_killed_at_random_moments_always_resumes(tmp_path: Path) -> None:
    """Eight SIGKILLs; after each the next process goes on from the newest complete checkpoint, never before an earlier one."""
    environment = {**os.environ, "LAB_RUNS_DIR": str(tmp_path)}
    start = [*LAB, "run", "q-learning-maze", "--steps", "1000000000", "--set", "checkpoint_seconds=0.02", "--no-eval"]
    process = subprocess.Popen(start, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = wait_for_run(tmp_path)
    reached = 0
    for kill in range(8):
        time.sleep(0.033 * (kill * 3 % 8))
        process.kill()
        process.wait()
        newest = newest_checkpoint(folder)
        assert newest >= reached
        reached = newest
        command = [*LAB, "resume", str(folder), "--no-eval"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_for_checkpoint_after(folder, reached, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130
    assert reached > 0


def wait_for_run(runs: Path) -> Path:
    """The folder of the only run, once it has trained a little."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for log in runs.glob("*/*/metrics.jsonl"):
            if log.stat().st_size:
                return log.parent
        time.sleep(0.02)
    raise AssertionError("no run started")


def wait_for_checkpoint_after(folder: Path, step: int, process: subprocess.Popen[str]) -> None:
    """Until a checkpoint beyond ``step`` is there: the resumed process has loaded, trains and saves."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(process.stderr.read() if process.stderr else "")
        if newest_checkpoint(folder) > step:
            return
        time.sleep(0.01)
    raise AssertionError(f"no checkpoint beyond step {step}")


def newest_checkpoint(folder: Path) -> int:
    return max((int(path.parent.name) for path in folder.glob("checkpoints/[0-9]*/manifest.json")), default=0)


def test_settings_and_their_values_are_completed() -> None:
    import typer

    from lab_app.cli import complete

    context = typer.Context(typer.core.TyperCommand("run"))
    context.params = {"task_id": "gan-mnist"}
    assert complete.settings(context, "netw") == ["network="]
    assert complete.settings(context, "network=d") == ["network=dcgan"]
    context.params = {"task_id": "dqn-breakout"}
    assert complete.settings(context, "double_q=") == ["double_q=true", "double_q=false"]
    assert "tabular" in complete.families("t")
    assert complete.protocols("machado") == ["machado-2018"]
