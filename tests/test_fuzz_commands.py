"""Damaged run folders and odd arguments: every command that trains nothing answers in one line, and writes nowhere else.

Bounded here; ``LAB_FUZZ_EXAMPLES=5000 pytest tests/test_fuzz_commands.py`` looks for longer.
"""

import contextlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lab_app.cli import main
from lab_core.config import resolve, to_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

EXAMPLES = int(os.environ.get("LAB_FUZZ_EXAMPLES", "60"))
TASK = "q-learning-maze"
SECONDS = 10.0  # of processor time, for one command and the processes that it starts
HANDLED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20), st.just("\x1b]52;c;aGk=\x07"),
    st.just([]), st.just({}), st.just(["x", 1]), st.just({"__float__": "nan"}), st.just("../../x"), st.just("x" * 300),
)  # fmt: skip
COMMANDS = (
    ("list",), ("list", "--json"), ("runs", "list"), ("runs", "list", "--json"), ("runs", "list", "--status", "failed"),
    ("runs", "show", "RUN"), ("runs", "show", "RUN", "--json"), ("runs", "report", "RUN", "--out", "OUT.html"),
    ("runs", "record", "RUN", "--to", "OUT.json"), ("runs", "reindex"), ("runs", "remove", "RUN", "--yes"),
    ("eval", "RUN", "--count", "1"), ("eval", "FOLDER/model/best", "--count", "1", "--json"), ("leaderboard", "--no-shipped"),
    ("leaderboard", "--no-shipped", "--json"), ("compare", "RUN", "RUN"), ("compare", "RUN", TASK, "--json"),
    ("export", "RUN", "--to", "OUT"),
    ("resume", "RUN"), ("sample", "RUN"), ("apply", "RUN", "x"), ("run", TASK, "--config", "FOLDER/run.json", "--dry-run"),
    ("info", TASK), ("reproduce", "RUN", "--dry-run"), ("publish", "RUN", "--to", "OUT"),
    ("runs", "export", "RUN", "--to", "OUT.tar.gz"), ("runs", "archive", TASK, "--to", "OUT.tar", "--yes"),
    ("runs", "prune", "--keep", "best", "--yes"), ("runs", "prune", "RUN", "--keep", "scores", "--yes", "--json"),
    ("runs", "import", "FOLDER/run.json"), ("leaderboard", "--no-shipped", "--overview"), ("compare", "RUN", "FOLDER/model/best"),
    ("leaderboard", "--no-shipped", "--method", "q-learning", "--markdown"), ("leaderboard", "--no-shipped", "--pareto", "--csv"),
    ("sweep", TASK, "--dry-run"), ("suite", "show", "quick", "--no-shipped"), ("data", "check", "FOLDER"),
)  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with one scored smoke run."""
    registry, _ = discover()
    task = registry.task(TASK)
    config = to_dict(resolve(config_type(task), task.preset("smoke")))
    runs = tmp_path_factory.mktemp("finished")
    execute(JobSpec(task=TASK, preset="smoke", config=config, device="cpu", runs_dir=str(runs)), registry)
    return runs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with ``outside``, which must stay as it is."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "letter").write_text("dear")
    (tmp_path / "outside" / "base.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(100))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def fresh(place: Path, finished: Path) -> tuple[Path, str]:
    """The runs folder as it was, and the id of its run."""
    runs = place / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    shutil.copytree(finished, runs)
    (folder,) = (runs / TASK).iterdir()
    return folder, f"{TASK}/{folder.name}"


def spent() -> float:
    """Seconds of processor time of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def call(*arguments: str) -> tuple[int, str, str]:
    """A command in this process: its exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    started = spent()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert spent() - started < SECONDS, arguments
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


def check(place: Path, *arguments: str) -> None:
    before = {path: path.read_bytes() for path in (place / "outside").rglob("*") if path.is_file()}
    code, out, err = call(*arguments)
    said = out + err
    assert code in (0, 1, 2), said
    for sign in ("Traceback", "lab itself failed", "Plugin '", "\x1b]"):
        assert sign not in said, said
    if "--json" in arguments and code == 0:
        json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} in the document"))
    assert {path: path.read_bytes() for path in (place / "outside").rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in place.iterdir() if not path.name.startswith("OUT")) in (
        ["outside", "runs"],
        ["outside", "runs", "state"],
        ["outside"],
    )


HARMS = ("flip", "cut", "empty", "gone", "folder", "link", "loop", "pipe", "noise", "nested", "value", "unreadable")


@st.composite
def harms(draw: st.DrawFn) -> tuple[str, int, Any]:
    return draw(st.sampled_from(HARMS)), draw(st.integers(0, 10**6)), draw(ODD_VALUES)


def harm(path: Path, how: tuple[str, int, Any], outside: Path) -> None:
    """Damage one file, in a way that a number and a value choose."""
    kind, number, value = how
    data = path.read_bytes()
    if kind in ("gone", "folder", "link", "loop", "pipe"):
        path.unlink()
    if kind == "flip" and data:
        at = number % len(data)
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << number % 8)]) + data[at + 1 :])
    elif kind == "cut":
        path.write_bytes(data[: number % (len(data) + 1)])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(outside / ("letter" if number % 2 else "base.sqlite3"))
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "noise":
        path.write_bytes(bytes((number * step) % 256 for step in range(200)))
    elif kind == "nested":
        path.write_bytes(b'{"a":' * 5000 if number % 2 else b"[" * 100_000)
    elif kind == "unreadable":
        path.chmod(0)
    elif kind == "value" and path.suffix == ".json":
        path.write_text(json.dumps(changed(json.loads(data), number, value)))


def changed(document: Any, number: int, value: Any) -> Any:
    """The document with one of its values, at any depth, replaced."""
    places: list[tuple[Any, Any]] = []

    def walk(inside: Any) -> None:
        for key, item in inside.items() if isinstance(inside, dict) else enumerate(inside):
            places.append((inside, key))
            if isinstance(item, dict | list):
                walk(item)

    walk(document)
    inside, key = places[number % len(places)]
    inside[key] = value
    return document


@HANDLED
@given(number=st.integers(0, 10**6), how=harms(), command=st.sampled_from(COMMANDS))
def test_a_damaged_run_is_answered_in_one_line_by_every_command(
    place: Path, finished: Path, number: int, how: tuple[str, int, Any], command: tuple[str, ...]
) -> None:
    folder, run = fresh(place, finished)
    files = sorted(path for path in (place / "runs").rglob("*") if path.is_file())
    harm(files[number % len(files)], how, place / "outside")
    for path in place.glob("OUT*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    words = [word.replace("FOLDER", f"runs/{TASK}/{folder.name}").replace("RUN", run) for word in command]
    check(place, *words, *(("--runs-dir", "runs") if command[0] not in ("info",) else ()))


WORDS = st.one_of(
    st.text(max_size=30).filter(lambda text: not text.startswith("-")), st.just("x" * 300), st.just("a/" * 3000), st.just(".."),
    st.just("../outside"), st.just("\udc80\udcff"), st.just("x\0y"), st.just("/dev/zero"), st.just("[/b]"), st.just("{}"),
    st.just(""), st.just("@pretrained"), st.just(f"{TASK}@x"), st.just("1" * 400), st.just("a=b"), st.just("*"),
)  # fmt: skip
SHAPES = (
    ("info", "W"), ("runs", "show", "W"), ("runs", "remove", "W", "--yes"), ("runs", "list", "--task", "W"), ("eval", "W"),
    ("runs", "list", "--status", "W"), ("list", "--family", "W"), ("leaderboard", "--no-shipped", "--benchmark", "W"),
    ("compare", "W", "W"),
    ("export", "W", "--to", "OUT"), ("run", TASK, "--set", "W", "--dry-run"), ("run", TASK, "--config", "W", "--dry-run"),
    ("run", TASK, "--preset", "W", "--dry-run"), ("run", TASK, "--steps", "W", "--dry-run"), ("run", "W", "--dry-run"),
    ("resume", "W"), ("resume", TASK, "--steps", "W"), ("eval", TASK, "--count", "W"), ("eval", TASK, "--protocol", "W"),
    ("runs", "record", "W", "--to", "OUT.json"), ("sample", "W"), ("play", "W"), ("apply", "W", "x"), ("data", "info", "W"),
    ("run", TASK, "--time", "W", "--dry-run"), ("run", TASK, "--import", "W", "--dry-run"), ("reproduce", "W"),
    ("run", TASK, "--set", "env=W", "--dry-run"), ("run", TASK, "--set", "maze=W", "--dry-run"), ("W",),
    ("plugins", "check", "W"), ("publish", "W", "--to", "OUT"), ("publish", "W", "--check"), ("runs", "import", "W"),
    ("runs", "export", "W", "--to", "OUT.tar.gz"), ("runs", "archive", "W", "--to", "OUT.tar", "--yes"),
    ("runs", "prune", "W", "--keep", "best", "--yes"), ("runs", "prune", "--keep", "W", "--yes"), ("suite", "show", "W"),
    ("leaderboard", "--no-shipped", "--method", "W"), ("sweep", "W", "--dry-run"), ("sweep", TASK, "--set", "W", "--dry-run"),
    ("sweep", TASK, "--seeds", "W", "--dry-run"), ("run", TASK, "--observer", "W", "--dry-run"),
    ("data", "make", "W", "--operation", "grey", "--out", "OUT"), ("data", "split", "W", "--out", "OUT"), ("data", "clean", "W"),
    ("data", "combine", "W", "W", "--out", "OUT"), ("data", "fetch", "W"), ("leaderboard", "--no-shipped", "--family", "W"),
    ("plugins", "uninstall", "W"), ("data", "check", "W"),
)  # fmt: skip


@HANDLED
@given(shape=st.sampled_from(SHAPES), word=WORDS)
def test_an_odd_argument_is_answered_in_one_line(place: Path, finished: Path, shape: tuple[str, ...], word: str) -> None:
    fresh(place, finished)
    for path in place.glob("OUT*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.environ["LAB_RUNS_DIR"] = "runs"
    try:
        check(place, *(part.replace("W", word) for part in shape))
    finally:
        del os.environ["LAB_RUNS_DIR"]
