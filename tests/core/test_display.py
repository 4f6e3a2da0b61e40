"""Frames in a terminal, a window, on a page and in a film; watching while something else goes on."""

import io
import itertools
import os
import pty
import signal
import subprocess
import sys
import termios
import textwrap
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console, Group

from lab_app.display import LiveDisplay, NoSink, Sink, TerminalPicture, TerminalSink, VideoSink, WebSink, WindowSink, choose, play
from lab_app.display import halfblocks as hb
from lab_app.display.overlay import bar_height, caption_bar
from lab_app.display.pace import Pace
from lab_app.display.sink import CannotShow, join_caption
from lab_core.errors import LabError, UsageError
from lab_core.scene import Frame, Scene

RED, BLUE = (200, 30, 40), (10, 60, 220)


def solid(height: int, width: int, color: tuple[int, int, int] = RED) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


class Counting(Scene):
    """Episodes of ``length`` frames; remembers which model and seed it was asked for and whether it was closed."""

    def __init__(self, length: int = 3, *, fps: float = 1000.0, size: tuple[int, int] = (6, 8)) -> None:
        self.length, self.fps, self.size = length, fps, size
        self.asked: list[tuple[Any, int]] = []
        self.closed = 0

    def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
        self.asked.append((model, seed))
        try:
            for step in itertools.count(1):
                number = (step - 1) % self.length + 1
                image = solid(*self.size, RED if step % 2 else BLUE)
                yield Frame(image, f"{model} {number}", fps=self.fps, last=number == self.length)
        finally:
            self.closed += 1


class Collecting(Sink):
    def __init__(self, *, most: int | None = None, paced: bool = True) -> None:
        self.captions: list[str] = []
        self.most, self.paced = most, paced
        self.seen = threading.Event()
        self.looking = True
        self.closes = 0

    def show(self, frame: Frame, caption: str) -> None:
        self.captions.append(caption)
        if len(self.captions) >= (self.most or 1):
            self.seen.set()

    @property
    def closed(self) -> bool:
        return self.most is not None and len(self.captions) >= self.most

    @property
    def watched(self) -> bool:
        return self.looking

    def close(self) -> None:
        self.closes += 1


def until(condition: Any, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


# Half blocks


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "full"),
        ({"TERM": "xterm-kitty"}, "full"),
        ({"TERM": "xterm"}, "256"),
        ({"TERM": "dumb"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
    ],
)
def test_color_support_follows_the_environment(environment: dict[str, str], expected: str) -> None:
    assert hb.color_support(environment) == expected


def test_pictures_keep_their_shape() -> None:
    assert hb.fit(210, 160, 80, 23) == (46, 35)  # 46 half cells high; 160 / 210 * 46 = 35.05
    assert hb.fit(100, 400, 80, 40) == (20, 80)  # as wide as the terminal
    assert hb.fit(8, 8, 80, 23) == (40, 40)  # enlarged by 5, not by 5.75
    assert hb.fit(4000, 10, 80, 23) == (46, 1)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 200), st.integers(1, 100))
def test_pictures_always_fit(height: int, width: int, columns: int, rows: int) -> None:
    tall, wide = hb.fit(height, width, columns, rows)
    assert 1 <= tall <= 2 * rows
    assert 1 <= wide <= columns


@given(st.integers(0, 255), st.integers(1, 9), st.integers(1, 9))
def test_resizing_leaves_one_colour_alone(level: int, height: int, width: int) -> None:
    assert (hb.resize(np.full((5, 7, 3), level, np.uint8), height, width) == level).all()


def test_resizing_averages_light_over_areas() -> None:
    column = np.array([[0], [255], [255]], np.uint8)[..., None].repeat(3, axis=2)
    half = hb.resize(column, 2, 1)[:, 0, 0]
    # Each new pixel covers one and a half old ones: a third of the light in the first, all of it in the second.
    assert half.tolist() == [round(255 * (1 / 3) ** 0.5), 255]


def test_a_cell_holds_an_upper_and_a_lower_pixel() -> None:
    image = np.stack([solid(1, 3, RED)[0], solid(1, 3, BLUE)[0]])
    (row,) = hb.encode(image, 3, 1, "full")
    assert row == [("\x1b[48;2;10;60;220;38;2;200;30;40m", "▀▀▀")]
    assert hb.plain([row]) == ["\x1b[48;2;10;60;220;38;2;200;30;40m▀▀▀\x1b[0m"]


def test_only_changes_of_colour_are_written() -> None:
    image = np.concatenate([solid(2, 4, RED), solid(2, 4, BLUE), solid(2, 4, RED)], axis=1)
    (row,) = hb.encode(image, 12, 1, "full")
    assert [text for _, text in row] == ["    ", "    ", "    "]
    assert [code for code, _ in row] == ["\x1b[48;2;200;30;40m", "\x1b[48;2;10;60;220m", "\x1b[48;2;200;30;40m"]


def test_an_ink_that_stays_is_not_written_again() -> None:
    image = np.stack([solid(1, 2, RED)[0], np.concatenate([solid(1, 1, BLUE)[0], solid(1, 1, (0, 0, 0))[0]])])
    (row,) = hb.encode(image, 2, 1, "full")
    assert row == [("\x1b[48;2;10;60;220;38;2;200;30;40m", "▀"), ("\x1b[48;2;0;0;0m", "▀")]


def test_256_colours_are_the_nearest() -> None:
    levels = [0, 95, 135, 175, 215, 255]
    palette = np.array([*itertools.product(levels, repeat=3), *[(8 + 10 * k,) * 3 for k in range(24)]])
    colors = np.random.default_rng(0).integers(0, 256, size=(500, 3))
    colors[::5] = colors[::5, :1]  # greys too
    for color in colors:
        (row,) = hb.encode(np.full((2, 1, 3), color, np.uint8), 1, 1, "256")
        chosen = palette[int(row[0][0].split(";")[-1].rstrip("m")) - 16]
        assert ((chosen - color) ** 2).sum() == ((palette - color) ** 2).sum(axis=1).min()


def test_without_colours_bright_is_dense() -> None:
    image = np.concatenate([solid(2, 2, (0, 0, 0)), solid(2, 2, (255, 255, 255))], axis=1)
    assert hb.plain(hb.encode(image, 4, 1, "none")) == ["  @@"]


@given(st.text(alphabet="ab\x1b[31m]0;\x07\n\x9b(", max_size=40))
def test_no_escape_survives_stripping(text: str) -> None:
    assert not {"\x1b", "\x9b", "\x07"} & set(hb.strip_escapes(text))


def test_stripping_keeps_the_text() -> None:
    assert hb.strip_escapes("\x1b[1;31m#\x1b[0m A\x1b]0;title\x07\n.") == "# A\n."


# Terminal


class Pty:
    """A terminal of a given size whose output is read from the other side."""

    def __init__(self, columns: int = 40, lines: int = 12) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (lines, columns))
        os.set_blocking(self.master, False)
        self.stream = os.fdopen(os.dup(self.slave), "w", encoding="utf-8")

    def read(self) -> str:
        parts: list[bytes] = []
        while True:
            try:
                parts.append(os.read(self.master, 1 << 16))
            except OSError:
                return b"".join(parts).decode(errors="replace")

    def close(self) -> None:
        self.stream.close()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Pty]:
    screen = Pty()
    yield screen
    screen.close()


def test_terminal_draws_in_place_and_only_what_changed(terminal: Pty) -> None:
    sink = TerminalSink(terminal.stream, colors="full")
    sink.show(Frame(solid(20, 20)), "score 1")
    first = terminal.read()
    assert first.startswith("\x1b[?1049h\x1b[?25l")
    assert first.count("\x1b[48;2;200;30;40m") == 10
    assert "score 1" in first
    sink.show(Frame(solid(20, 20)), "score 2")
    second = terminal.read()
    assert "score 2" in second
    assert "48;2" not in second
    termios.tcsetwinsize(terminal.slave, (6, 20))
    sink.show(Frame(solid(20, 20)), "score 2")
    assert terminal.read().count("\x1b[48;2;200;30;40m") == 5
    sink.close()
    assert "\x1b[?25h" in (left := terminal.read())
    assert left.endswith("\x1b[?1049l")
    sink.close()
    sink.show(Frame(solid(20, 20)), "late")
    assert terminal.read() == ""


def test_terminal_without_colour_shows_the_scenes_text(terminal: Pty) -> None:
    sink = TerminalSink(terminal.stream, colors="none")
    sink.show(Frame(solid(4, 4), ansi="#A.\n#\x1b[31m.T"), "")
    drawn = terminal.read()
    sink.close()
    assert "#A." in drawn
    assert "#.T" in drawn


def test_terminal_needs_a_terminal() -> None:
    with pytest.raises(CannotShow, match="not a terminal"):
        TerminalSink(io.StringIO())


PLAYER = """
import itertools, sys
import numpy as np
from lab_app.display import TerminalSink, play
from lab_core.scene import Frame

class Endless:
    def frames(self, model, *, seed, options):
        for k in itertools.count():
            if k == 5 and "fail" in sys.argv:
                raise RuntimeError("broken scene")
            yield Frame(np.full((8, 8, 3), k % 256, np.uint8), f"frame {k}", fps=50)

print(play(Endless(), None, [TerminalSink(colors="full")]))
"""


@pytest.mark.parametrize("ending", ["interrupt", "terminate", "fail", "q"])
def test_terminal_is_put_back_at_any_exit(ending: str) -> None:
    screen = Pty()
    before = termios.tcgetattr(screen.slave)
    # whoever starts the tests in the background has SIGINT ignored, and children inherit that
    begin = f"import os, signal; signal.signal(signal.SIGINT, signal.default_int_handler); os.login_tty({screen.slave})"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{begin}\n{PLAYER}", ending],
        pass_fds=[screen.slave],
        start_new_session=True,
    )
    output = ""

    def drew() -> bool:
        nonlocal output
        output += screen.read()
        return "frame 3" in output

    def ended() -> bool:
        drew()  # a terminal that nobody reads fills up, and whoever writes to it waits
        return process.poll() is not None

    try:
        assert until(drew, 30), output
        assert termios.tcgetattr(screen.slave)[3] != before[3]  # keys arrive one by one
        if ending == "interrupt":
            os.write(screen.master, b"\x03")
        elif ending == "terminate":
            process.send_signal(signal.SIGTERM)
        elif ending == "q":
            os.write(screen.master, b"\x1b[A")  # an arrow key is no Esc
            time.sleep(0.2)
            assert process.poll() is None
            os.write(screen.master, b"q")
        assert until(ended, 30)
    finally:
        process.kill()
        process.wait()
    output += screen.read()
    after = output.rsplit("\x1b[?25h\x1b[?1049l", 1)
    assert len(after) == 2
    assert termios.tcgetattr(screen.slave)[3] == before[3]
    expected = {"interrupt": "interrupted=True", "q": "interrupted=False", "fail": "broken scene", "terminate": ""}[ending]
    assert expected in after[1]
    assert process.returncode == {"terminate": 128 + signal.SIGTERM, "fail": 1}.get(ending, 0)
    screen.close()


def test_picture_and_other_things_share_a_rich_console() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, height=20, color_system="truecolor")
    picture = TerminalPicture(reserve=8, colors="full")
    console.print(Group(picture, "the bar"))
    assert console.file.getvalue() == "the bar\n"
    picture.update(Frame(solid(24, 24)), "score 3")
    lines = console.render_lines(Group(picture, "the bar"), pad=False)
    assert len(lines) == 12 + 1 + 1
    assert all(sum(segment.cell_length for segment in line) <= 60 for line in lines)
    assert "".join(segment.text for segment in lines[0]) == "\x1b[48;2;200;30;40m" + " " * 24 + "\x1b[0m"
    assert [lines[k][0].text for k in (12, 13)] == ["score 3", "the bar"]
    console.print(picture)
    assert "48;2;200;30;40" in console.file.getvalue()


def test_embedded_terminal_sink_draws_nothing_itself(terminal: Pty) -> None:
    sink = TerminalSink(terminal.stream, embedded=True, colors="full")
    sink.show(Frame(solid(4, 4)), "held")
    assert terminal.read() == ""
    assert isinstance(sink.renderable(), TerminalPicture)
    assert not sink.closed
    with pytest.raises(ValueError, match="embedded"):
        TerminalSink(terminal.stream).renderable()


# Caption


def test_caption_stays_inside_its_bar() -> None:
    paper = np.asarray(caption_bar(300, 30, ""))
    for text in ("score 12", "a much longer line of text than fits " * 5):
        bar = np.asarray(caption_bar(300, 30, text))
        assert bar.shape == (30, 300, 3)
        inked = np.flatnonzero((bar != paper).any(axis=(0, 2)))
        assert 4 <= inked.min() <= inked.max() < 300 - 4
        assert (bar != paper).sum() > 100


def test_caption_parts_are_one_clean_line() -> None:
    assert join_caption("score 3\n", "", "\x1b[31m120,000  steps") == "score 3  ·  [31m120,000 steps"


# Film


def read_film(path: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    import imageio_ffmpeg

    reader = imageio_ffmpeg.read_frames(str(path))
    meta = next(reader)
    width, height = meta["size"]
    return meta, [np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in reader]


def test_mp4_holds_every_frame_enlarged_with_its_caption_below(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "film.mp4"
    played = play(Counting(5, fps=15, size=(35, 51)), "m", [VideoSink(path)], episodes=2)
    assert (played.frames, played.episodes, played.interrupted) == (10, 2, False)
    meta, frames = read_film(path)
    scale = 20  # 35 * 20 = 700 <= 720 and 51 * 20 = 1020 <= 1280
    assert meta["size"] == (51 * scale, 35 * scale + bar_height(35 * scale))
    assert (meta["codec"], meta["pix_fmt"].split("(")[0], meta["fps"]) == ("h264", "yuv420p", 15.0)
    assert len(frames) == 10
    assert np.abs(frames[0][: 35 * scale].astype(int) - RED).max() < 12
    assert np.abs(frames[1][: 35 * scale].astype(int) - BLUE).max() < 12
    assert frames[0][35 * scale :].max() > 180  # the caption's ink
    assert os.listdir(path.parent) == ["film.mp4"]


def test_mp4_sides_are_even_and_sizes_may_change(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "film.mp4")
    sink.show(Frame(solid(701, 901)), "")
    sink.show(Frame(solid(300, 200)), "")
    sink.close()
    meta, frames = read_film(sink.path)
    assert [side % 2 for side in meta["size"]] == [0, 0]
    assert len(frames) == 2


def test_gif_plays_at_its_speed(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    play(Counting(30, fps=30), "m", [VideoSink(path)], episodes=1)
    film = Image.open(path)
    assert film.n_frames == 15  # every second frame of 30 a second: nothing plays faster than 20
    durations = []
    for number in range(film.n_frames):
        film.seek(number)
        durations.append(film.info["duration"])
    assert sum(durations) == 1000
    assert set(durations) <= {60, 70}
    assert film.size == (8 * 60, 6 * 60 + bar_height(360))


def test_film_needs_a_known_suffix_and_a_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.mp4 or \.gif"):
        VideoSink(tmp_path / "film.avi")
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="can't be written"):
        VideoSink(tmp_path / "file" / "film.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(LabError, match="is a folder"):
        VideoSink(tmp_path / "folder.mp4")


def test_film_without_frames_is_no_file(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "film.mp4")
    sink.close()
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_failing_ffmpeg_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n")
    fake.chmod(0o755)
    sink = VideoSink(tmp_path / "out" / "film.mp4")
    sink._ffmpeg = str(fake)
    with pytest.raises(LabError, match="No space left on device"):
        play(Counting(400, size=(210, 160)), "m", [sink], episodes=1)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_app.extras.find_spec", lambda name: None)
    for make in (lambda: VideoSink(tmp_path / "a.gif"), lambda: WebSink(), lambda: WindowSink()):
        with pytest.raises(LabError, match=r"lab-runner\[display\]"):
            make()


# Page


def get(url: str, host: str | None = None) -> tuple[int, str, bytes]:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


@pytest.fixture
def page() -> Iterator[WebSink]:
    sink = WebSink("a <b> title")
    yield sink
    sink.close()


def test_page_wants_its_token_and_this_host(page: WebSink) -> None:
    root = page.url.removesuffix(f"{page.token}/")
    assert page.url.startswith("http://127.0.0.1:")
    assert len(page.token) >= 20
    for address in (root, f"{root}status", f"{root}{page.token[:-1]}/status", f"{root}x/stream", f"{root}favicon.ico"):
        status, _, body = get(address)
        assert status == 403
        assert page.token.encode() not in body
    assert get(page.url + "status", host=f"evil.example:{page.port}")[0] == 403
    assert get(page.url + "status", host=f"localhost:{page.port}")[0] == 200
    assert get(page.url + "nothing")[0] == 404
    status, kind, body = get(page.url)
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert b"a &lt;b&gt; title" in body
    assert b"@" not in body.split(b"<style", 1)[0]


def test_page_streams_the_newest_frame_exactly(page: WebSink) -> None:
    assert not page.watched
    image = np.random.default_rng(0).integers(0, 256, (21, 16, 3), np.uint8)
    page.show(Frame(image), "score 5")
    with urllib.request.urlopen(page.url + "stream", timeout=10) as stream:
        assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace")
        assert page.watched

        def part() -> np.ndarray:
            head: dict[bytes, bytes] = {}
            while line := stream.readline().strip():
                name, _, value = line.partition(b": ")
                head[name] = value
            data = stream.read(int(head[b"Content-Length"]))
            assert stream.readline() == b"\r\n"
            assert stream.readline() == b"--lab-frame\r\n"  # at once, so that a browser shows this picture now
            return np.asarray(Image.open(io.BytesIO(data)))

        assert stream.readline() == b"--lab-frame\r\n"
        assert (part() == image).all()
        page.show(Frame(image[::-1]), "score 6")
        assert (part() == image[::-1]).all()
        assert b'"caption": "score 6"' in get(page.url + "status")[2]
    for _ in range(50):  # a reader that has gone is noticed at the next writes
        page.show(Frame(image), "")
        time.sleep(0.02)
        if not page.watched:
            break
    assert not page.watched


def test_large_pictures_travel_as_jpeg(page: WebSink) -> None:
    page.show(Frame(solid(400, 400)), "")
    kind, data = page.picture() or ("", b"")
    assert kind == "image/jpeg"
    assert np.abs(np.asarray(Image.open(io.BytesIO(data))).astype(int) - RED).max() < 6


def test_closing_the_page_ends_its_streams_and_frees_its_port(page: WebSink) -> None:
    page.show(Frame(solid(4, 4)), "")
    stream = urllib.request.urlopen(page.url + "stream", timeout=10)
    page.close()
    stream.read()  # ends
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(page.url, timeout=2)


# Window


def test_window_needs_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(CannotShow, match="no screen"):
        WindowSink()


def test_window_that_cannot_open_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    with pytest.raises(CannotShow, match="did not open"):
        WindowSink()


def test_window_lives_in_its_own_process_and_may_be_closed_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    sink = WindowSink("test")
    for _ in range(20):
        sink.show(Frame(solid(210, 160)), "score 1")
    assert not sink.closed
    sink._process.terminate()  # as if its person, or the screen, had closed it
    assert until(lambda: sink.closed)
    sink.show(Frame(solid(210, 160)), "nobody sees this")
    sink.close()
    sink.close()


def test_window_draws_the_picture_above_its_caption() -> None:
    code = """
        import os
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        import pygame
        from lab_app.display.window_process import Picture, comfortable, draw
        assert comfortable(160, 210, (1920, 1080)) == (640, 840 + 46), comfortable(160, 210, (1920, 1080))
        assert comfortable(3000, 2000, (1920, 1080))[0] == 3000
        pygame.display.init()
        window = pygame.display.set_mode((100, 122))
        draw(window, Picture(2, 2, "score", bytes([200, 0, 0] * 2 + [0, 0, 200] * 2)))
        assert [tuple(window.get_at(at))[:3] for at in ((0, 0), (99, 49), (0, 50), (99, 99))] == [
            (200, 0, 0), (200, 0, 0), (0, 0, 200), (0, 0, 200)]
        assert tuple(window.get_at((99, 101)))[:3] == (16, 18, 24)
        assert any(window.get_at((x, y))[0] > 150 for x in range(60) for y in range(100, 122))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


# Choice


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "stdout", io.StringIO())


@pytest.mark.usefixtures("headless")
def test_without_screen_and_terminal_there_is_a_page() -> None:
    lines: list[str] = []
    sink = choose("auto", say=lines.append)
    assert isinstance(sink, WebSink)
    assert lines == [f"Watch it at {sink.url}"]
    sink.close()


@pytest.mark.usefixtures("headless")
def test_a_window_asked_for_in_vain_becomes_the_next_thing(monkeypatch: pytest.MonkeyPatch, terminal: Pty) -> None:
    lines: list[str] = []
    monkeypatch.setattr(sys, "stdout", terminal.stream)
    assert isinstance(choose("window", say=lines.append), TerminalSink)
    assert lines == ["There is no screen to open a window on. Trying the terminal."]
    lines.clear()
    assert isinstance(choose("auto", say=lines.append), TerminalSink)
    assert lines == []


@pytest.mark.usefixtures("headless")
def test_a_terminal_that_was_promised_in_vain_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(title: str) -> Sink:
        raise CannotShow("The window did not open: no answer.")

    lines: list[str] = []
    sink = choose("window", say=lines.append)
    assert lines == [
        "There is no screen to open a window on. Trying the terminal.",
        "Output is not a terminal. Showing it on a page instead.",
        f"Watch it at {sink.url}" if isinstance(sink, WebSink) else "",
    ]
    sink.close()
    lines.clear()
    monkeypatch.setattr("lab_app.display.choice.has_screen", lambda: True)  # a screen that can't be used
    monkeypatch.setattr("lab_app.display.window.WindowSink", refuse)
    choose("auto", say=lines.append).close()
    assert lines[0] == "The window did not open: no answer. Trying the terminal."
    assert lines[1] == "Output is not a terminal. Showing it on a page instead."


@pytest.mark.usefixtures("headless")
def test_choice_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_app.extras.find_spec", lambda name: None)
    lines: list[str] = []
    for on in ("auto", "window", "terminal", "web"):
        assert isinstance(choose(on, say=lines.append), NoSink)
    assert "Nothing is shown" in lines[0]


# Pace


def test_pace_is_natural_capped_and_kept_cheap() -> None:
    assert Pace().period(15) == pytest.approx(1 / 15)
    assert Pace(cap=30).period(60) == pytest.approx(1 / 30)
    assert Pace(cap=30).period(4) == pytest.approx(1 / 4)
    dear = Pace(cap=30, share=0.03)
    dear._cost = 0.0015
    assert dear.period(60) == pytest.approx(0.05)  # 1.5 ms at 3 % of a core
    dear._cost = 1.0
    assert dear.period(60) == pytest.approx(0.1)  # never below 10 a second
    assert dear.period(5) == pytest.approx(0.2)  # but for a scene that is slower by nature


def test_frames_come_at_their_rate() -> None:
    sink = Collecting(most=21)
    start = time.monotonic()
    play(Counting(100, fps=100), "m", [sink])
    assert 0.19 <= time.monotonic() - start < 2


# Live display


def test_models_change_between_episodes() -> None:
    scene, sink = Counting(10, fps=200), Collecting()
    live = LiveDisplay(scene, sink, seed=5, fps_cap=200, share=10.0)
    assert live.wants_model
    live.show("first", "100 steps")
    assert until(lambda: len(sink.captions) >= 3)
    live.show("second", "200 steps")
    live.show("third", "300 steps")
    assert not live.wants_model
    assert until(lambda: sink.captions and sink.captions[-1].startswith("third"))
    live.close()
    names = [caption.split()[0] for caption in sink.captions]
    assert "second" not in names
    swap = names.index("third")
    assert sink.captions[swap - 1] == "first 10  ·  100 steps"
    assert sink.captions[swap] == "third 1  ·  300 steps"
    assert scene.asked == [("first", 5), ("third", 6)]
    assert scene.closed == 2
    assert sink.closes == 1
    assert not live.running


def test_a_model_without_a_successor_goes_on_playing() -> None:
    scene, sink = Counting(2, fps=500), Collecting()
    live = LiveDisplay(scene, sink, fps_cap=500, share=10.0)
    live.show("only")
    assert until(lambda: len(sink.captions) >= 9)
    live.close()
    assert scene.asked == [("only", 0)]


def test_a_stuck_episode_gives_way_to_a_newer_model() -> None:
    scene, sink = Counting(10**9, fps=200), Collecting()
    live = LiveDisplay(scene, sink, patience=0.1)
    live.show("stuck")
    assert until(lambda: sink.captions)
    live.show("newer")
    assert until(lambda: sink.captions[-1].startswith("newer"))
    live.close()


def test_nothing_is_made_while_nobody_watches() -> None:
    scene, sink = Counting(), Collecting()
    sink.looking = False
    live = LiveDisplay(scene, sink)
    live.show("m")
    time.sleep(0.3)
    assert sink.captions == []
    sink.looking = True
    assert until(lambda: sink.captions)
    live.close()


def test_a_person_who_closes_the_sink_ends_the_display_quietly() -> None:
    told: list[str] = []
    sink = Collecting(most=3)
    live = LiveDisplay(Counting(), sink, report=told.append)
    live.show("m")
    assert until(lambda: not live.running)
    live.show("later")
    assert not live.wants_model
    live.close()
    assert (len(sink.captions), told) == (3, [])


class Broken(Scene):
    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
        yield Frame(solid(4, 4), fps=500)
        if self.frame is None:
            raise RuntimeError("emulator gone")
        yield self.frame


def test_an_error_in_the_scene_is_reported_once(terminal: Pty) -> None:
    for frame, reason in ((None, "RuntimeError: emulator gone"), (Frame(np.zeros((4, 4))), r"uint8 [height, width, 3]")):
        lines: list[str] = []
        live = LiveDisplay(Broken(frame), TerminalSink(terminal.stream, embedded=True, colors="full"), report=lines.append)
        live.show("m")
        assert until(lambda live=live: not live.running)
        assert until(lambda lines=lines: lines)
        live.show("m")
        live.close()
        assert len(lines) == 1
        assert reason in lines[0]
        assert "training continues" in lines[0]


def test_closing_does_not_wait_for_a_scene_that_hangs() -> None:
    class Hanging(Scene):
        def __init__(self) -> None: ...

        def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
            time.sleep(3)
            yield Frame(solid(4, 4))

    live = LiveDisplay(Hanging(), NoSink())
    live.show("m")
    time.sleep(0.05)
    start = time.monotonic()
    live.close(timeout=0.2)
    assert time.monotonic() - start < 1


# Play


def test_play_closes_sinks_and_scene_whatever_happens() -> None:
    class Raising(Collecting):
        def show(self, frame: Frame, caption: str) -> None:
            super().show(frame, caption)
            if len(self.captions) == 4:
                raise KeyboardInterrupt

    scene, sinks = Counting(), [Collecting(), Raising()]
    played = play(scene, "m", sinks, seed=3)
    assert (played.interrupted, scene.closed, scene.asked) == (True, 1, [("m", 3)])
    assert [sink.closes for sink in sinks] == [1, 1]
    broken = Collecting()
    with pytest.raises(RuntimeError, match="emulator gone"):
        play(Broken(None), "m", [broken])
    assert broken.closes == 1


def test_ctrl_c_keeps_the_film_so_far(tmp_path: Path) -> None:
    class Interrupting(Collecting):
        def show(self, frame: Frame, caption: str) -> None:
            super().show(frame, caption)
            if len(self.captions) == 7:
                raise KeyboardInterrupt

    path = tmp_path / "film.mp4"
    assert play(Counting(100), "m", [VideoSink(path), Interrupting()]).interrupted
    assert len(read_film(path)[1]) == 7


def test_play_needs_something_to_show_on() -> None:
    with pytest.raises(LabError, match="--video"):
        play(Counting(), "m", [NoSink()])


def test_a_film_alone_is_one_episode() -> None:
    sink = Collecting(paced=False)
    assert play(Counting(4, fps=0.1), "m", [sink]).episodes == 1


# Weight


def test_importing_the_display_loads_nothing_heavy() -> None:
    code = (
        "import sys, lab_app.display; from lab_app.display import choose\n"
        "print([m for m in ('numpy', 'pygame', 'PIL', 'http.server') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
