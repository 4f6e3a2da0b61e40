"""``lab ui``: pages in the browser over the runs folder."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from lab_app.cli.common import RunsDir, registry, say
from lab_app.extras import need_extra


def ui(
    port: Annotated[int, typer.Option(help="Port on the loopback address; 0 takes a free one.", min=0, max=65535)] = 0,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Pages in the browser: runs with curves, leaderboard, tasks; start and stop runs, try models. Ends with Ctrl-C."""
    need_extra("lab ui", "jinja2", "starlette", "uvicorn", extra="ui")
    import os

    from lab_app.display.window import has_screen
    from lab_app.ui.server import Server

    server = Server(runs_dir.absolute(), registry(), port=port, shown_dir=runs_dir)
    say(f"Open {server.url}")
    if "SSH_CONNECTION" in os.environ:
        say(f"From elsewhere first: ssh -L {server.port}:127.0.0.1:{server.port} HOST")
    say("Ctrl-C ends it; runs that were started here save themselves first.")
    if open_page and has_screen():
        import webbrowser

        webbrowser.open(server.url)
    with suppress(KeyboardInterrupt):  # the usual end
        server.run()
