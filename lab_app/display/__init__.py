"""One source of frames, any number of places to show them: window, terminal, page, video.

Names are imported on first use; only the window, the page and the video need the ``display`` extra.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_app.display.choice import choose as choose
    from lab_app.display.live import LiveDisplay as LiveDisplay
    from lab_app.display.picture import TerminalPicture as TerminalPicture
    from lab_app.display.player import Played as Played
    from lab_app.display.player import play as play
    from lab_app.display.sink import NoSink as NoSink
    from lab_app.display.sink import Sink as Sink
    from lab_app.display.terminal import TerminalSink as TerminalSink
    from lab_app.display.video import VideoSink as VideoSink
    from lab_app.display.web import WebSink as WebSink
    from lab_app.display.window import WindowSink as WindowSink

_HOME = {
    "LiveDisplay": "live",
    "NoSink": "sink",
    "Played": "player",
    "Sink": "sink",
    "TerminalPicture": "picture",
    "TerminalSink": "terminal",
    "VideoSink": "video",
    "WebSink": "web",
    "WindowSink": "window",
    "choose": "choice",
    "play": "player",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'lab_app.display' has no attribute {name!r}")
    return getattr(import_module(f"lab_app.display.{_HOME[name]}"), name)
