"""Keys on every sink: what a terminal sends, what a page posts, what a window sees; and what playing does with them."""

import subprocess
import sys
import textwrap
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_app.display import LiveDisplay, Sink, VideoSink, WebSink, play
from lab_app.display.controls import Key
from lab_app.display.keys import parse
from lab_core.scene import Frame, Insight, Scene


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"a", ["a"]),
        (b"Q", ["q"]),
        (b" \r\n\t\x7f", ["space", "enter", "enter", "tab", "backspace"]),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1bOA", ["up"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[1;5C", ["right"]),  # with Ctrl
        (b"\x1b[3~", []),  # Delete has no name here
        (b"+\x1b[Dx", ["+", "left", "x"]),
        ("é".encode(), []),
    ],
)
def test_what_a_terminal_sends_is_named(sent: bytes, keys: list[str]) -> None:
    assert parse(sent) == keys


@given(st.binary(max_size=40))
def test_any_bytes_can_be_parsed(sent: bytes) -> None:
    parse(sent)


def post(url: str, data: bytes, host: str | None = None) -> int:
    request = urllib.request.Request(url, data=data, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def page() -> Iterator[WebSink]:
    sink = WebSink("title")
    yield sink
    sink.close()


def test_a_page_posts_keys_in_order(page: WebSink) -> None:
    for message in (b"down left", b"down space", b"up left"):
        assert post(page.url + "key", message) == 200
    assert page.pressed() == [Key("left"), Key("space"), Key("left", False)]
    assert page.pressed() == []
    assert not page.closed
    assert post(page.url + "key", b"down q") == 200
    assert page.closed


def test_keys_need_the_token_this_host_and_a_name(page: WebSink) -> None:
    root = page.url.removesuffix(f"{page.token}/")
    assert post(root + "key", b"down left") == 403
    assert post(f"{root}{page.token[:-1]}/key", b"down left") == 403
    assert post(page.url + "key", b"down left", host=f"evil.example:{page.port}") == 403
    assert post(page.url + "status", b"down left") == 404
    for message in (b"left", b"hold left", b"down f13", b"down \x00", b"down ab", b"\xff\xfe"):
        assert post(page.url + "key", message) == 400
    assert post(page.url + "key", b"down " + b"a" * 10_000) == 404
    assert page.pressed() == []


def test_a_flood_of_keys_is_bounded(page: WebSink) -> None:
    for _ in range(1000):
        page.press(Key("left"))
    assert len(page.pressed()) <= 256


def test_a_window_tells_each_key_once() -> None:
    code = """
        import os
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        import pygame
        from lab_app.display.window_process import key_line
        pygame.display.init()
        def event(kind, key, text=""):
            return pygame.event.Event(kind, key=key, unicode=text)
        held = {}
        down, up = pygame.KEYDOWN, pygame.KEYUP
        lines = [
            key_line(event(down, pygame.K_LEFT), held),
            key_line(event(down, pygame.K_LEFT), held),  # repeats while held
            key_line(event(up, pygame.K_LEFT), held),
            key_line(event(down, pygame.K_EQUALS, "+"), held),  # Shift and =
            key_line(event(up, pygame.K_EQUALS), held),
            key_line(event(down, pygame.K_RETURN, "\\r"), held),
            key_line(event(down, pygame.K_a, "A"), held),
            key_line(event(down, pygame.K_F5), held),
            key_line(pygame.event.Event(pygame.WINDOWFOCUSLOST), held),
            key_line(event(up, pygame.K_a), held),
        ]
        assert lines == ["down left", "", "up left", "down +", "up +", "down enter", "down a", "", "up enter\\nup a", ""], lines
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


class Thinking(Scene):
    """Frames with an insight while an overlay is wanted; remembers the options of each."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, Any]] = []

    def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
        for step in range(1, 10**6):
            self.seen.append((options.get("overlay"), options.get("epsilon")))
            insight = Insight("value", ("a", "b"), (1.0, 2.0), taken=0) if options.get("overlay") else None
            yield Frame(np.zeros((6, 8, 3), np.uint8), f"step {step}", fps=500, insight=insight)


class Fingers(Sink):
    """Presses what ``script`` holds for a number of frames shown, once."""

    def __init__(self, script: dict[int, str], *, leave: int) -> None:
        self.script, self.leave = script, leave
        self.frames: list[Frame] = []
        self.captions: list[str] = []
        self.looks = 0

    def show(self, frame: Frame, caption: str) -> None:
        self.frames.append(frame)
        self.captions.append(caption)

    def pressed(self) -> list[Key]:
        self.looks += 1
        return [Key(name) for name in self.script.pop(len(self.frames), "")]

    @property
    def closed(self) -> bool:
        return len(self.frames) >= self.leave or self.looks > 2000


def test_keys_change_what_is_watched() -> None:
    scene, sink = Thinking(), Fingers({2: "o", 4: "]]", 6: "o"}, leave=8)
    play(scene, "model", [sink])  # type: ignore[arg-type]
    # frame 2 is shown again as it is: its scene looked before; the overlay comes with the next one
    assert [overlay for overlay, _ in scene.seen] == [False, False, True, True, False][: len(scene.seen)]
    assert [frame.insight is not None for frame in sink.frames] == [False, False, False, True, True, True, False, False]
    assert scene.seen[-1][1] == 0.01
    assert sink.captions[-1].endswith("1 % random")


def test_a_pause_holds_the_game_and_a_film_knows_nothing_of_it(tmp_path: Any) -> None:
    scene, sink = Thinking(), Fingers({2: "p", 3: ".", 5: "p"}, leave=8)
    film = Fingers({}, leave=10**9)
    film.paced = False
    play(scene, "model", [sink, film])  # type: ignore[arg-type]
    steps = [caption.split("  ·  ")[0] for caption in sink.captions]
    # each key shows the frame again with its new caption
    assert steps[:6] == ["step 1", "step 2", "step 2", "step 2", "step 3", "step 3"]
    assert sink.captions[2].endswith("paused")
    assert film.captions == [f"step {number}" for number in range(1, len(film.captions) + 1)]


def test_watching_and_filming_share_one_source_of_frames(tmp_path: Any) -> None:
    import imageio_ffmpeg

    scene, page = Thinking(), WebSink("title")
    shown: list[int] = []

    def watch() -> None:
        with urllib.request.urlopen(page.url + "stream", timeout=10) as stream:
            while data := stream.read(2048):
                shown.append(len(data))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    threading.Timer(1.5, lambda: page.press(Key("q"))).start()
    played = play(scene, "model", [VideoSink(tmp_path / "film.mp4"), page])  # type: ignore[arg-type]
    thread.join(10)
    assert played.frames == len(scene.seen) == page.frames
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "film.mp4"))[0] == played.frames
    assert shown


def test_the_display_of_a_training_listens_too() -> None:
    scene, sink = Thinking(), Fingers({3: "o", 5: "p"}, leave=10**9)
    live = LiveDisplay(scene, sink, fps_cap=500, share=10.0)
    live.show("model")  # type: ignore[arg-type]
    for _ in range(500):
        if sink.captions and sink.captions[-1].endswith("paused"):
            break
        threading.Event().wait(0.01)
    count = len(sink.frames)
    threading.Event().wait(0.2)
    assert len(sink.frames) == count
    assert sink.frames[-1].insight is not None
    live.close()
