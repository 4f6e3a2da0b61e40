"""What the pages show: runs of any number and with any content, tasks, the leaderboard; and how soon."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab_app.ui.library import Library

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.mark.parametrize(
    "path", ["/", "/tasks", "/leaderboard", "/sweeps", "/try", "/?part=live", "/tasks?q=maze&family=tabular"]
)
def test_pages_of_an_empty_folder(client: Any, path: str) -> None:
    assert client.get(path).status == 200


def test_looking_makes_no_folder(registry: Any, tmp_path: Path) -> None:
    library = Library(tmp_path / "runs", registry)
    assert library.rows() == []
    assert library.results()  # those that came with the plugins
    assert not (tmp_path / "runs").exists()


def test_every_task_has_a_page_with_its_settings_and_a_command(client: Any, registry: Any) -> None:
    families = {task.family: task for task in registry.tasks()}
    for task in families.values():
        page = client.get(f"/tasks/{task.id}")
        assert page.status == 200
        assert task.id in page.text
    page = client.get("/tasks/q-learning-maze?preset=smoke").text
    assert "lab run q-learning-maze --preset smoke" in page
    assert "--runs-dir" in page  # not the usual folder
    assert 'name="set:alpha"' in page
    assert page.index("<h3>environment</h3>") < page.index("<h3>updates and optimiser</h3>") < page.index("<h3>exploration</h3>")
    assert client.get("/tasks/q-lerning-maze").status == 400
    assert "q-learning-maze" in client.get("/tasks/q-lerning-maze").text  # the nearest one
    assert client.get("/tasks/q-learning-maze?preset=nope").status == 400


def test_the_catalogue_is_searched(client: Any) -> None:
    page = client.get("/tasks?q=sarsa+traps").text
    assert 'href="/tasks/sarsa-maze-traps"' in page
    assert 'href="/tasks/q-learning-maze"' not in page
    assert "No task fits" in client.get("/tasks?q=zzzzzz").text
    assert HOSTILE not in client.get("/tasks?q=%3Cscript%3Ealert(1)%3C/script%3E%22'%3E%3Cimg%20src=x%20onerror=alert(2)%3E").text


def test_a_hostile_run_is_shown_as_text(client: Any, runs_dir: Path, new_run: Any) -> None:
    benchmark = {"id": f"maze/{HOSTILE}", "title": HOSTILE, "needs": "act", "default_protocol": "p", "score": {"name": HOSTILE}}
    run = new_run(
        runs_dir, "hostile", method=HOSTILE, preset=HOSTILE, error=HOSTILE, status="failed", step_unit=HOSTILE,
        benchmark=benchmark, config={HOSTILE: HOSTILE}, changed={HOSTILE: HOSTILE}, machine={HOSTILE: HOSTILE},
        versions={HOSTILE: HOSTILE},
        command=["lab", HOSTILE], plugin=HOSTILE,
    )  # fmt: skip
    run.metrics.append(1, 0.5, {HOSTILE: 1.0})
    (run.folder / "media").mkdir()
    (run.folder / "media" / "poem-000000001.txt").write_text(HOSTILE)
    try:
        for path in ("/", f"/runs/{run.record.id}", f"/runs/{run.record.id}?part=live", "/?q=hostile", "/leaderboard"):
            page = client.get(path)
            assert page.status == 200
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
            assert "onerror=alert(2)>" not in page.text
            assert "/runs/" not in path or "{{7*7}}" in page.text  # a template in a value is text as well
    finally:
        shutil.rmtree(run.folder)


def test_a_run_is_shown_with_curves_pictures_and_scores(client: Any, runs_dir: Path, new_run: Any) -> None:
    run = new_run(runs_dir, "shown", score=70.5, config={"alpha": 0.5, "steps": 300}, changed={"alpha": 0.5})
    for step in range(100, 400, 100):
        run.metrics.append(step, step / 100, {"score": float(step)})
        (run.folder / "media").mkdir(exist_ok=True)
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(run.folder / "media" / f"policy-{step:09}.png")
    page = client.get(f"/runs/{run.record.id}").text
    assert '<figure class="curve"' in page
    assert "policy-000000300.png" in page
    assert "70.5" in page
    assert "maze/plain" in page
    assert client.get(f"/runs/{run.record.id}/media/policy-000000300.png").headers["content-type"] == "image/png"
    shutil.rmtree(run.folder)


@pytest.mark.parametrize(
    "path",
    [
        "/runs/q-learning-maze/nowhere", "/runs/..%2f..", "/runs/../../etc", "/runs/.sweeps/x", "/runs/a", "/runs/a/b/c",
        "/runs/%00/x", "/sweeps/..%2f..%2fetc", "/sweeps/none", "/leaderboard/no/such", "/try/..%2f../form", "/watch/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_in_a_page(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status in (400, 404)
    assert "Traceback" not in answer.text


def test_media_are_plain_files_of_the_folder_only(client: Any, runs_dir: Path, new_run: Any) -> None:
    run = new_run(runs_dir, "media")
    folder = run.folder / "media"
    folder.mkdir()
    (run.folder / "secret.png").write_bytes(b"x")
    (folder / "page.html").write_text("<script>")
    at = f"/runs/{run.record.id}/media"
    for name in ("../secret.png", "..%2fsecret.png", "%2e%2e/secret.png", "page.html", "none.png", ".hidden.png", "a%00.png"):
        assert client.get(f"{at}/{name}").status in (400, 404)
    (folder / "link-000000001.png").symlink_to(run.folder / "secret.png")
    assert client.get(f"{at}/link-000000001.png").status in (400, 404, 500)
    assert client.get(f"{at}/link-000000001.png").data != b"x"
    shutil.rmtree(run.folder)


def test_five_hundred_runs_are_listed_within_a_second_of_processor_time(client: Any, runs_dir: Path, new_run: Any) -> None:
    first = new_run(runs_dir, "many-000", score=70.0)
    for number in range(1, 500):
        shutil.copytree(first.folder, runs_dir / "q-learning-maze" / f"many-{number:03}")
    client.get("/?q=many")  # the index is made when the runs are first seen
    time.sleep(1)  # what was read counts as fresh for less
    start = time.process_time()
    page = client.get("/?q=many")
    taken = time.process_time() - start
    assert page.status == 200
    assert "500 of " in page.text
    assert page.text.count("<tr>") >= 200
    assert taken < 1
    assert "many-000" in client.get("/?q=many&start=400").text


def test_fifty_clients_at_once_are_answered(client: Any, runs_dir: Path) -> None:
    paths = ["/", "/tasks", "/tasks/q-learning-maze", "/leaderboard", "/sweeps", "/?part=live", "/static/app.js"]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: client.get(paths[number % len(paths)]).status, range(100)))
    assert answers == [200] * 100


def test_the_leaderboard_has_your_runs_beside_the_recorded_ones(client: Any, runs_dir: Path, new_run: Any, wait: Any) -> None:
    run = new_run(runs_dir, "mine", score=81.33, preset="default", budget_steps=4000, seed=77)
    wait(lambda: run.record.id in client.get("/leaderboard/maze/plain").text, 20)
    page = client.get("/leaderboard/maze/plain").text
    assert "recorded" in page
    assert "optimum" in page
    assert "maze/plain" in client.get("/leaderboard?family=tabular").text
    assert client.get("/leaderboard/maze/plain?all=1").status == 200
