"""Whatever a plugin's code raises outside a training is one line that names the plugin, and its evaluator is not believed."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FunctionType
from typing import Any

import msgspec
import pytest

from lab_app.cli import common, crash, main
from lab_core import Evaluation, LabError
from lab_core.registry import discovery
from lab_core.registry.discovery import Found
from lab_core.registry.registry import Registry
from lab_core.training.evaluation import evaluate
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


@pytest.fixture
def run_id(tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trained walk, in a lab whose only plugin is the toys."""
    monkeypatch.setattr(common, "_loaded", (walk_registry, []))
    toys = sys.modules["walk_toy"].__name__.partition(".")[0]
    monkeypatch.setattr(discovery, "installed", lambda: [Found("toys", toys, "toys", "1.0")])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LAB_RUNS_DIR", str(tmp_path))
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config={"steps": 40}, evaluate=False)
    return execute(spec, walk_registry).run.record.id


def lab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def _fail(*arguments: Any, **named: Any) -> None:
    raise globals()["error"]


def _quit(*arguments: Any, **named: Any) -> None:
    import os

    os._exit(0)


@pytest.mark.parametrize("command", [("eval",), ("resume", "--steps", "80")])
def test_a_plugin_that_ends_the_process_in_the_middle_of_a_command_is_named(
    command: tuple[str, ...], run_id: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    kind, method = {"eval": ("WalkEvaluator", "evaluate"), "resume": ("WalkTrainer", "advance")}[command[0]]
    code = FunctionType(_quit.__code__, {"__name__": walk_toy.__name__, "__builtins__": __builtins__})
    monkeypatch.setattr(getattr(walk_toy, kind), method, code)
    ends = os._exit
    assert lab(command[0], run_id, *command[1:]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("error: Plugin 'toys' failed: SystemExit: os._exit(0)")
    assert os._exit is ends


def test_a_thread_that_ends_the_process_is_a_line_and_no_success() -> None:
    code = """
import os, threading
from lab_app.packages.exits import exits_held
with exits_held():
    if (child := os.fork()) == 0:
        os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    thread = threading.Thread(target=os._exit, args=(0,))
    thread.start()
    thread.join()
print("never")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: a thread ended the process with os._exit(0).\n"


@pytest.mark.parametrize("error", [RuntimeError("no ruler"), SystemExit(0), KeyError("x"), RecursionError("deep")])
@pytest.mark.parametrize("owner", ["WalkEvaluator.evaluate", "WalkModel.load"])
def test_a_command_names_the_plugin_whose_code_failed(
    owner: str, error: BaseException, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    kind, method = owner.split(".")
    scope = {"error": error, "__name__": walk_toy.__name__}
    monkeypatch.setattr(getattr(walk_toy, kind), method, FunctionType(_fail.__code__, scope))  # as if the toy's module held it
    assert lab("eval", run_id) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert type(error).__name__ in lines[0] or "holds no readable model" in lines[0]
    if "holds no readable" not in lines[0]:
        assert lines[0].startswith("error: Plugin 'toys' failed: ")
        assert type(error).__name__ in (tmp_path / "state" / "lab" / "error.txt").read_text()


def test_an_error_of_our_own_is_not_blamed_on_a_plugin(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="invalid") as raised:
        int("x")
    monkeypatch.setattr(discovery, "installed", lambda: [Found("other", "other_module", "other", "1.0")])
    assert crash.explained(raised.value).message.startswith("lab itself failed: ValueError")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"benchmark": "gym/cartpole"}, "asked for benchmark toy/walk and answered for gym/cartpole"),
        ({"protocol": "easy"}, "asked for protocol plain and answered for easy"),
        ({"seed": 1}, "asked for seed 0 and answered for 1"),
        ({"scores": ()}, "gave 0 scores; 1 to 3 were asked for"),
        ({"scores": (1.0,) * 4}, "gave 4 scores"),
        ({"scores": (1.0, 2.0, float("nan"))}, "a finite one is expected"),
        ({"value": float("inf")}, "gave the score inf"),
        ({"statistics": ((1.0,),)}, "3 scores and 1 rows of statistics"),
        (None, "returned a NoneType"),
    ],
)
def test_an_evaluators_answer_must_be_to_the_question(
    changes: dict[str, Any] | None, message: str, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    original = walk_toy.WalkEvaluator.evaluate

    def answer(self: Any, *arguments: Any, **named: Any) -> Evaluation | None:
        result = original(self, *arguments, **named)
        return None if changes is None else msgspec.structs.replace(result, **changes)

    monkeypatch.setattr(walk_toy.WalkEvaluator, "evaluate", answer)
    with pytest.raises(LabError, match=message):
        evaluate(walk_registry.benchmark("toy/walk"), walk_toy.WalkModel(0.0))


def test_a_selection_score_that_is_no_number_is_never_the_best(
    tmp_path: Path, walk_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import walk_toy  # pyright: ignore  # the toy of conftest.py

    values = iter([float("nan"), 2.0, float("nan"), 1.0])
    original = walk_toy.WalkEvaluator.evaluate

    def answer(self: Any, *arguments: Any, **named: Any) -> Evaluation:
        return msgspec.structs.replace(original(self, *arguments, **named), value=next(values))

    monkeypatch.setattr(walk_toy.WalkEvaluator, "evaluate", answer)
    config = {"steps": 30, "selection_every": 10}
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", config=config)
    assert execute(spec, walk_registry).run.record.best_step == 20


def test_a_process_ends_although_a_plugin_left_a_thread_running() -> None:
    import subprocess

    code = (
        "import threading, time\n"
        "from lab_core.registry import discovery\n"
        "from lab_app.cli.crash import leave\n"
        "thread = threading.Thread(target=time.sleep, args=(600,))\n"
        "thread.start()\n"
        "discovery.threads.append(thread)\n"
        "print('done')\n"
        "leave(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, env=dict(os.environ))
    assert (done.returncode, done.stdout) == (3, "done\n")


def test_a_program_that_calls_the_command_line_goes_on_although_a_plugin_left_a_thread_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread = threading.Thread(target=time.sleep, args=(5,), daemon=True)
    thread.start()
    monkeypatch.setattr(discovery, "threads", [thread])
    monkeypatch.setattr(os, "_exit", lambda code: pytest.fail("the process would have ended"))
    assert lab("runs", "list", "--json") == 0


def test_json_is_one_document_whatever_a_plugin_prints(
    run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import json

    import walk_toy  # pyright: ignore  # the toy of conftest.py

    def evaluate(self: Any, model: Any, **named: Any) -> Evaluation:
        print("from Python")
        os.write(1, b"from C\n")
        result = original_evaluate(self, model, **named)
        return msgspec.structs.replace(result, figures={"odd": float("nan")})

    original_evaluate = walk_toy.WalkEvaluator.evaluate
    monkeypatch.setattr(walk_toy.WalkEvaluator, "evaluate", evaluate)
    assert lab("eval", run_id, "--json") == 0
    out, err = capfd.readouterr()
    assert json.loads(out, parse_constant=pytest.fail)["evaluation"]["figures"] == {"odd": None}
    assert "from Python" in err
    assert "from C" in err
    os.write(1, b"standard output is back\n")
    assert capfd.readouterr().out == "standard output is back\n"


@pytest.mark.parametrize("name", ["x" * 300, "x\0y", "a/" * 3000])
def test_a_name_that_no_file_can_have_is_bad_usage(name: str, run_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (("plugins", "check"), ("eval",), ("compare", run_id), ("data", "check"), ("runs", "show")):
        assert lab(*command, name) in (1, 2)
        said = capsys.readouterr().err
        assert len(said.strip().splitlines()) == 1
        assert "itself failed" not in said
