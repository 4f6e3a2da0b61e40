"""A run's page: whole, alone, escaped, thinned, and cheap."""

import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab_app.cli import common, main
from lab_app.formats.images import write_png
from lab_app.observers.setup import Watchers
from lab_app.results.report import write_report
from lab_app.results.report.curves import nice_ticks, read_curves, short, thinned
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

MakeRun = Callable[..., Run]
VOID = {"meta", "img", "input", "line", "circle", "polyline", "polygon"}
EVIL = "<script>alert(1)</script>\"'&\x1b[31m"


class Page(HTMLParser):
    """The tags of a page, each closed that was opened; its text; every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of(run: Run) -> tuple[Page, str]:
    text = write_report(run).read_text()
    return Page(text), text


@pytest.fixture
def run(make_run: MakeRun) -> Run:
    """A run with curves, an evaluation with details, pictures and a text."""
    made = make_run(gamma=0.5)
    for step in range(10, 110, 10):
        made.metrics.append(step, step / 10, {"loss": 1 / step, "score": step})
    made.metrics.append(100, 11.0, {"selection_score": 0.25})
    scored = Evaluation(benchmark="toy/walk", protocol="plain", settings={}, seed=3, scores=(1.0, 2.0), value=1.5,
                        details={"recall": (0.25, 0.75)}, unit="sample set")  # fmt: skip
    made.add_evaluation(scored, step=90)
    for step in (50, 100):
        write_png(made.folder / "media" / f"samples-{step:09d}.png", np.full((8, 8, 3), step, np.uint8))
        (made.folder / "media" / f"poem-{step:09d}.txt").write_text(f"line of {step}")
    made.update(step=100, status="completed", changed={"gamma": 0.5}, wall_seconds=75.0)
    return made


def test_the_page_shows_scores_pictures_curves_settings_and_loads_nothing(run: Run) -> None:
    page, text = page_of(run)
    said = " ".join(page.words)
    for word in ("walk", "completed", "toy/walk", "recall", "0.5", "gamma", "selection score", "line of 50", "1:15"):
        assert word in said
    assert page.tags.count("svg") == 3
    assert len(page.links) == 2
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)
    assert 'data-step="50" hidden' in text
    assert 'data-step="100">' in text
    assert text.count('<input type="range" min="0" max="1" value="1"') == 2


def test_what_comes_from_files_is_escaped(run: Run) -> None:
    run.update(
        task=EVIL, error=EVIL, config={EVIL: EVIL}, machine={EVIL: EVIL}, versions={EVIL: EVIL}, command=[EVIL], step_unit=EVIL,
        method=EVIL, preset=EVIL, plugin=EVIL, benchmark={"title": EVIL, "score": {"name": EVIL}},
    )  # fmt: skip
    scored = Evaluation(benchmark=EVIL, protocol=EVIL, settings={}, seed=0, scores=(1.0,), value=1.0, details={EVIL: (1.0,)},
                        unit=EVIL)  # fmt: skip
    run.add_evaluation(scored)
    run.metrics.append(110, 12.0, {EVIL: 1.0})
    (run.folder / "media" / "poem-000000110.txt").write_text(EVIL)
    (run.folder / "media" / "<b onclick=x>-000000110.txt").write_text("x")
    page, text = page_of(run)
    assert page.tags.count("script") == 1  # ours
    assert "alert(1)</script>" not in text
    assert "<b " not in text
    assert "\x1b" not in text


def test_files_that_are_no_pictures_are_left_out(run: Run) -> None:
    folder = run.folder / "media"
    (folder / "samples-000000120.png").write_bytes(b"<svg onload=alert(1)>")
    Image.new("RGB", (4, 4)).save(folder / "other-000000120.png", "GIF")
    (folder / "samples-000000130.png").write_bytes((folder / "samples-000000100.png").read_bytes()[:40])
    page, _ = page_of(run)
    assert len(page.links) == 2


def test_large_and_many_pictures_are_thinned_and_scaled_down(run: Run) -> None:
    rng = np.random.default_rng(0)
    folder = run.folder / "media"
    write_png(folder / "big-000000100.png", rng.integers(0, 256, (900, 1800, 3), np.uint8))
    for step in range(1000, 1200):
        write_png(folder / f"many-{step:09d}.png", np.zeros((4, 4, 1), np.uint8))
    page, text = page_of(run)
    steps = [int(found.replace(",", "")) for found in re.findall(r'data-step="([0-9,]+)"', text)]
    many = [step for step in steps if step >= 1000]
    assert len(many) == 48
    assert (many[0], many[-1]) == (1000, 1199)
    (big,) = [link for link in page.links if link.startswith("data:image/jpeg")]
    assert len(big) < 500_000


def test_curves_are_thinned_to_means_within_their_range(tmp_path: Path) -> None:
    curve = thinned("loss", list(range(1, 1001)), [float(step % 5) for step in range(1, 1001)])
    assert len(curve.steps) == 200
    assert curve.steps[-1] == 1000
    assert set(curve.means) == {2.0}
    assert set(curve.lows) == {0.0}
    assert set(curve.highs) == {4.0}
    path = tmp_path / "metrics.jsonl"
    lines = [json.dumps({"step": 1, "wall_seconds": 1, "a": 1, "bad": {"__float__": "nan"}}), "{half", '["x"]', '{"a": 1}']
    path.write_text("\n".join(lines))
    (found,) = read_curves(path)
    assert (found.name, found.steps, found.means) == ("a", [1], [1])


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(0, 1, [0, 0.25, 0.5, 0.75, 1]), (3, 97, [0, 25, 50, 75, 100]), (-1, 1, [-1, -0.5, 0, 0.5, 1])]
)
def test_ticks_are_round_numbers_around_the_values(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_ticks_of_any_range_span_it() -> None:
    for low, high in ((5, 5), (0, 0), (-3, -3), (1e-9, 2e-9), (1e12, 1.1e12), (0.1, 0.30000001)):
        ticks = nice_ticks(low, high)
        assert ticks[0] <= low <= high <= ticks[-1] or low == high
        assert 2 <= len(ticks) <= 6
    assert [short(value) for value in (0, 1.5e6, 40_000, 0.05, -0.0, 123)] == ["0", "1.5M", "40k", "0.05", "0", "123"]


def test_a_long_run_is_written_within_a_second(make_run: MakeRun) -> None:
    run = make_run()
    line = {f"figure_{number}": 0.123456789 for number in range(12)}
    lines = (json.dumps({"step": step, "wall_seconds": step, **line}) for step in range(60_000))
    run.metrics.path.write_text("\n".join(lines) + "\n")
    start = time.process_time()
    write_report(run)
    assert time.process_time() - start < 1.5


def test_a_run_without_anything_has_a_page(make_run: MakeRun) -> None:
    page, _ = page_of(make_run())
    assert "killed" in page.words  # no process has it


def test_training_leaves_the_page_with_its_score_and_the_command_writes_it_anew(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    runs = tmp_path / "runs"
    with pytest.raises(SystemExit) as ended:
        main(["run", "walk", "--preset", "smoke", "--quiet", "--runs-dir", str(runs)])
    assert not ended.value.code
    (page,) = runs.glob("walk/*/report.html")
    said = " ".join(Page(page.read_text()).words)
    assert "completed" in said
    assert "toy/walk" in said
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["runs", "report", "walk", "--out", str(tmp_path / "new" / "page.html"), "--runs-dir", str(runs), "--json"])
    assert json.loads(capsys.readouterr().out)["file"] == str(tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text() == page.read_text()
    with pytest.raises(SystemExit) as ended:
        main(["runs", "report", "walk", "--out", "page.pdf", "--runs-dir", str(runs)])
    assert ended.value.code == 2


def test_a_page_that_cannot_be_written_fails_no_training(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lab_app.results.report.page_of", lambda run: 1 / 0)
    spec = JobSpec(task="walk", config={"steps": 20}, runs_dir=str(tmp_path / "runs"))
    watchers = Watchers(quiet=True)
    result = execute(spec, walk_registry, observers=watchers.make)
    watchers.finish()
    assert result.run.record.status == "completed"
    assert "report.html was not written: division by zero" in capsys.readouterr().err
