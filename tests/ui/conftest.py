"""A server of ``lab ui`` over a runs folder of the test, and a client that keeps its cookie as a browser does."""

import http.client
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from lab_app.ui.server import Server
from lab_core.evaluator import Evaluation
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord

MAZE = {"id": "maze/plain", "title": "The maze", "needs": "act", "default_protocol": "every-start", "score": {"name": "return"}}


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str]
    data: bytes

    @property
    def place(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("location", "")


@dataclass
class Client:
    """Asks a server, with the cookie that it was given."""

    port: int
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        if method == "POST":
            sent["Origin"] = f"http://127.0.0.1:{self.port}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, {name: value for name, value in sent.items() if value != "-"})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, data.decode("utf-8", "replace"), found, data)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, form: dict[str, Any] | bytes, **headers: str) -> Answer:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return self.ask("POST", path, body, **headers)

    def enter(self, url: str) -> Answer:
        """Open the printed address and keep the cookie."""
        parts = urlsplit(url)
        answer = self.get(f"{parts.path}?{parts.query}")
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer


@pytest.fixture(scope="session")
def registry() -> Registry:
    return discover()[0]


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ui") / "runs"


@pytest.fixture(scope="module")
def server(runs_dir: Path, registry: Registry) -> Generator[Server]:
    made = Server(runs_dir, registry)
    thread = threading.Thread(target=made.run)
    thread.start()
    until(lambda: made.started, 120)
    yield made
    made.stop()
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    made = Client(server.port)
    assert made.enter(server.url).status == 303
    return made


def until(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def make_run(runs_dir: Path, name: str = "", *, score: float | None = None, task: str = "q-learning-maze", **fields: Any) -> Run:
    """A run as a training leaves it, without its training."""
    values: dict[str, Any] = {"plugin": "tabular", "method": "q-learning", "preset": "smoke", "status": "completed", "step": 300}
    values |= {"budget_steps": 300, "step_unit": "episodes", "wall_seconds": 2.5, "benchmark": MAZE, **fields}
    run = Run.create(runs_dir, RunRecord(task=task, **values), name=name)
    if score is not None:
        run.add_evaluation(
            Evaluation(benchmark="maze/plain", protocol="every-start", settings={}, seed=0, scores=(score, score), value=score),
            step=300,
        )
    return run


@pytest.fixture(scope="session")
def new_run() -> Callable[..., Run]:
    return make_run


@pytest.fixture(scope="session")
def wait() -> Callable[..., None]:
    return until
