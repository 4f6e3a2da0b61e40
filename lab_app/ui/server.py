"""The application: its routes, what they share, and serving it on the loopback address."""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from lab_app.ui.children import Children
from lab_app.ui.guard import Guard
from lab_app.ui.library import Library
from lab_app.ui.pages import leaderboard, media, run, runs, sweeps, tasks, trying
from lab_app.ui.rendering import failure
from lab_app.ui.workers import Workers
from lab_core.errors import LabError
from lab_core.registry.registry import Registry

_TIDY = 5.0  # seconds between looks at processes that nobody needs any more


def make_app(runs_dir: Path, registry: Registry, *, token: str, shown_dir: Path | None = None) -> Starlette:
    """The pages over a runs folder. ``shown_dir`` is how commands name that folder."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        tidying = asyncio.create_task(_tidy(app))
        try:
            yield
        finally:
            tidying.cancel()
            app.state.workers.close()
            await asyncio.to_thread(app.state.children.close)

    def get(path: str, page: Callable[..., Any]) -> Route:
        return Route(path, page, methods=["GET"])

    def post(path: str, page: Callable[..., Any]) -> Route:
        return Route(path, page, methods=["POST"])

    routes = [
        get("/", runs.index),
        get("/runs/{run:path}/log", run.log),
        get("/runs/{run:path}/stream", run.pictures),
        get("/runs/{run:path}/media/{file}", media.file),
        post("/runs/{run:path}/stop", run.stop),
        post("/runs/{run:path}/resume", run.resume),
        get("/runs/{run:path}", run.page),
        get("/tasks", tasks.index),
        get("/tasks/{task}", tasks.page),
        post("/start", tasks.start),
        post("/sweep", sweeps.start),
        get("/leaderboard", leaderboard.index),
        get("/leaderboard/{benchmark:path}", leaderboard.page),
        get("/sweeps", sweeps.index),
        get("/sweeps/{sweep}", sweeps.page),
        post("/sweeps/{sweep}/stop", sweeps.stop),
        post("/sweeps/{sweep}/resume", sweeps.resume),
        get("/try", trying.index),
        get("/try/{model:path}/form", trying.form),
        get("/try/{model:path}/example", trying.example),
        post("/try/{model:path}/apply", trying.apply),
        post("/try/{model:path}/sample", trying.sample),
        get("/try/{model:path}", trying.page),
        post("/watch/{model:path}/stop", trying.end_display),
        get("/watch/{model:path}/stream", trying.pictures),
        get("/watch/{model:path}", trying.watch),
        post("/watch/{model:path}", trying.start_display),
        Mount("/static", StaticFiles(packages=[("lab_app.ui", "static")])),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={LabError: _refused, 404: _missing, 405: _missing},
        lifespan=lifespan,
    )
    app.state.library = Library(runs_dir, registry)
    app.state.children = Children(runs_dir)
    app.state.workers = Workers(runs_dir)
    app.state.shown_dir = shown_dir or runs_dir
    return app


async def _tidy(app: Starlette) -> None:
    while True:
        await asyncio.sleep(_TIDY)
        app.state.children.tidy()
        await asyncio.to_thread(app.state.workers.tidy)


def _refused(request: Request, error: Exception) -> Response:
    """A LabError as a page, or as a part of one where a script asked."""
    assert isinstance(error, LabError)
    return failure(request, error.message, error.hint, status=400 if error.exit_code == 2 else 500)


def _missing(request: Request, error: Exception) -> Response:
    return failure(request, "There is no such page.", None, status=404)


class Server:
    """Serves the pages until it is stopped; ``url`` has the token."""

    def __init__(self, runs_dir: Path, registry: Registry, *, port: int = 0, shown_dir: Path | None = None) -> None:
        self.token = secrets.token_urlsafe(24)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen(128)  # who opens the printed address at once waits for the first answer
        except OSError as error:
            self._socket.close()
            raise LabError(
                f"Port {port} of 127.0.0.1 can't be opened: {error.strerror or error}.", "Take another one: lab ui --port 0"
            ) from None
        self.app = make_app(runs_dir, registry, token=self.token, shown_dir=shown_dir)
        config = uvicorn.Config(
            self.app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=3, ws="none"
        )
        self._server = uvicorn.Server(config)

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def run(self) -> None:
        """Serve until Ctrl-C or :meth:`stop`; the processes that were started have then saved themselves."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True

    @property
    def started(self) -> bool:
        return self._server.started
