"""Which sink shows the pictures here: a window, else the terminal, else a page. Watching never fails for want of a screen."""

import os
import sys
from collections.abc import Callable
from typing import Literal

from lab_app.display.sink import CannotShow, NoSink, Sink
from lab_app.display.window import has_screen
from lab_app.extras import MissingExtra

On = Literal["auto", "window", "terminal", "web"]
_ORDER = ("window", "terminal", "web")


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def choose(
    on: On = "auto",
    *,
    title: str = "lab",
    embedded: bool = False,
    say: Callable[[str], None] = _to_stderr,
) -> Sink:
    """An open sink: the one asked for, or the next of window, terminal, page that opens here.

    ``embedded`` makes a terminal sink that holds pictures for a ``rich.live.Live`` on standard error instead of drawing
    them. What could not be opened, and the page's address, are reported through ``say``, a line each; that output is no terminal
    only where a terminal was asked for or has been promised.
    """
    promised = on == "terminal"
    for name in _ORDER[0 if on == "auto" else _ORDER.index(on) :]:
        if on == "auto" and name == "window" and not has_screen():
            continue
        try:
            return _open(name, title, embedded, say)
        except (CannotShow, MissingExtra) as error:
            if name != "terminal" or promised:
                say(f"{error} {_instead(name)}")
            promised = True
    return NoSink()


def _open(name: str, title: str, embedded: bool, say: Callable[[str], None]) -> Sink:
    if name == "window":
        from lab_app.display.window import WindowSink

        return WindowSink(title)
    if name == "terminal":
        from lab_app.display.terminal import TerminalSink

        return TerminalSink(embedded=embedded)
    from lab_app.display.web import WebSink

    sink = WebSink(title)
    tunnel = f"  (from elsewhere first: ssh -L {sink.port}:127.0.0.1:{sink.port} HOST)" if "SSH_CONNECTION" in os.environ else ""
    say(f"Watch it at {sink.url}{tunnel}")
    return sink


def _instead(name: str) -> str:
    return {"window": "Trying the terminal.", "terminal": "Showing it on a page instead.", "web": "Nothing is shown."}[name]
