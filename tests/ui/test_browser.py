"""The pages in a real Chromium: no console error, keyboard, narrow screens, a run from start to leaderboard, drawing, typing."""

import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)")
SLOW = 120_000  # milliseconds: the machine may be busy


@pytest.fixture(scope="module")
def browser() -> Generator[Any]:
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Any, server: Any) -> Generator[Any]:
    """A page that has entered; whatever it complains about on its console fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=f"http://127.0.0.1:{server.port}")
    context.set_default_timeout(SLOW)
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(f"{made.url}: {message.text}") if message.type != "log" else None)
    made.on("pageerror", lambda error: complaints.append(f"{made.url}: {error}"))
    made.goto(server.url)
    yield made
    context.close()
    assert not complaints


@pytest.fixture(scope="module")
def shown(runs_dir: Path, new_run: Any) -> str:
    """The id of a run with a curve and pictures."""
    run = new_run(runs_dir, "shown", score=70.5, config={"alpha": 0.5, "steps": 300}, changed={"alpha": 0.5})
    (run.folder / "media").mkdir()
    for step in range(100, 400, 100):
        run.metrics.append(step, step / 100, {"score": step / 4, "a_name_that_is_really_long_for_a_curve": 1.0})
        Image.fromarray(np.full((8, 8, 3), step // 2, np.uint8)).save(run.folder / "media" / f"policy-{step:09}.png")
    return run.record.id


PAGES = (
    "/", "/tasks", "/tasks/q-learning-maze", "/tasks/bicubic-photos-x2", "/leaderboard", "/leaderboard/maze/plain", "/sweeps",
    "/try", "/watch/dqn-breakout@pretrained", "/try/dictionary-en-de",
)  # fmt: skip
UNNAMED = """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(one => !one.labels.length && !one.ariaLabel).map(one => one.name)"""


def test_every_page_fits_wide_and_narrow_screens_and_the_console_is_silent(page: Any, shown: str) -> None:
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for path in (*PAGES, f"/runs/{shown}"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.locator("h1").count() == 1
            assert page.evaluate("[...document.images].every(one => one.alt)"), path
            assert page.evaluate(UNNAMED) == [], path
    assert page.evaluate("performance.getEntriesByType('resource').every(one => one.name.startsWith(location.origin))")


def test_everything_can_be_reached_by_the_keyboard_and_seen(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    names: list[str] = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert names == ["lab", "Runs", "Tasks", "Leaderboard", "Sweeps", "Models"]
    page.locator("nav a", has_text="Tasks").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks")
    page.locator("input[type=search]").focus()
    page.keyboard.type("sarsa traps")
    assert page.locator(".entry:visible").count() < 10
    assert page.locator("[data-found]").inner_text() == str(page.locator(".entry:visible").count())
    page.keyboard.press("Enter")  # without the script the server searches
    page.wait_for_url("**/tasks?q=sarsa+traps*")
    assert page.locator(".entry", has_text="sarsa-maze-traps").count() >= 1


def test_curves_and_pictures_of_a_run_answer_to_the_pointer(page: Any, shown: str) -> None:
    page.goto(f"/runs/{shown}")
    page.locator(".curve svg").first.hover()
    assert re.match(r"[\d.]+ at [\d,]+ episodes", page.locator(".curve output").first.inner_text())
    page.locator(".gallery input").fill("0")
    assert page.locator(".gallery img").get_attribute("src").endswith("policy-000000100.png")
    assert page.locator(".gallery output").inner_text() == "100 episodes"


def test_a_run_started_from_the_page_finishes_stands_on_the_leaderboard_and_is_watched(page: Any) -> None:
    page.goto("/tasks/q-learning-maze")
    page.select_option("select[name=preset]", "smoke")
    page.wait_for_url("**preset=smoke")
    page.fill("input[name=seed]", "5")
    page.locator("summary", has_text="Settings").click()
    page.fill("input[name='set:gamma']", "0.9")
    command = page.locator(".command code").first.inner_text()
    assert command.startswith("lab run q-learning-maze --preset smoke --set gamma=0.9 --seed 5")
    page.fill("input[name='set:gamma']", "")
    page.locator("button", has_text="Start training").press("Enter")
    page.wait_for_url("**/runs/q-learning-maze/*")
    run_id = page.url.split("/runs/")[1]
    page.wait_for_selector(".badge.completed")
    assert page.locator("h2", has_text="Scores").count() == 1
    page.locator(".actions a", has_text="Leaderboard").click()
    page.wait_for_url("**/leaderboard/maze/plain")
    row = page.locator("tr", has=page.locator(f"a[href='/runs/{run_id}']"))
    assert "smoke" in row.inner_text()
    page.goto(f"/runs/{run_id}")
    page.locator("a", has_text="Watch the model").click()
    page.locator("button", has_text="Watch").click()
    screen = page.locator("img.screen")
    screen.wait_for()
    sync_api.expect(screen).not_to_have_js_property("naturalWidth", 0, timeout=SLOW)  # pictures come
    page.locator("button", has_text="End").click()
    page.locator("button.primary", has_text="Watch").wait_for()


def test_a_text_is_translated_and_an_image_applied(page: Any, tmp_path: Path) -> None:
    page.goto("/try/dictionary-en-de")
    page.fill("#text", "The file")
    page.press("#text", "Control+Enter")
    page.wait_for_selector("#result pre")
    assert "Datei" in page.locator("#result pre").inner_text()
    page.goto("/try/bicubic-photos-x2")
    canvas = page.locator("canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    page.select_option("#size", "128")
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 180, steps=8)
    page.mouse.up()
    result = page.locator("#result .output img")
    result.wait_for()
    assert result.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [256, 256]  # 128 enlarged twice
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "small.png")
    page.set_input_files("#file", tmp_path / "small.png")
    sync_api.expect(result).to_have_js_property("naturalWidth", 60, timeout=SLOW)
