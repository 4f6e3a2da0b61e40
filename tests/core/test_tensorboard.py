"""TensorBoard's files: a run's settings and its final score for the HPARAMS tab; the server without noise."""

import io
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorboard")

from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore
from tensorboard.compat.tensorflow_stub.errors import OutOfRangeError  # pyright: ignore
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New  # pyright: ignore
from tensorboard.plugins.hparams import metadata  # pyright: ignore

from lab_app.observers.setup import Watchers
from lab_app.observers.tensorboard_server import QuietStream
from lab_core.registry.discovery import DISABLED_VARIABLE
from lab_core.registry.registry import Registry
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


def values(folder: Path) -> list[tuple[int, Any]]:
    """(step, value) of every summary in the folder's event files."""
    found: list[tuple[int, Any]] = []
    for path in sorted(folder.glob("events.*")):
        reader = PyRecordReader_New(str(path))
        while True:
            try:
                reader.GetNext()
            except OutOfRangeError:
                break
            event = Event.FromString(reader.record())
            found.extend((event.step, value) for value in event.summary.value)
    return found


def test_settings_and_the_final_score_stand_in_the_hparams_tab(tmp_path: Path, walk_registry: Registry) -> None:
    watchers = Watchers(quiet=True)
    config = {"steps": 60, "slice_steps": 20, "selection_every": 20}
    spec = JobSpec(task="walk", runs_dir=str(tmp_path), device="cpu", seed=3, config=config)
    result = execute(spec, walk_registry, observers=watchers.make)
    watchers.finish()
    found = values(result.run.folder)
    (start,) = [value for _, value in found if value.tag == metadata.SESSION_START_INFO_TAG]
    stored = metadata.parse_session_start_info_plugin_data(start.metadata.plugin_data.content)
    assert stored.group_name == result.run.folder.name
    assert (stored.hparams["task"].string_value, stored.hparams["seed"].number_value) == ("walk", 3)
    assert stored.hparams["slice_steps"].number_value == 20
    assert stored.hparams["stop_at_score"].string_value == "none"
    ((step, final),) = [(step, value) for step, value in found if value.tag == "final/score"]
    assert result.evaluation is not None
    assert final.simple_value == pytest.approx(result.evaluation.value)
    assert step == result.run.record.best_step


def test_a_run_in_a_process_of_its_own_leaves_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lab_tabular")
    import msgspec

    from lab_app.runs import process

    monkeypatch.delenv(DISABLED_VARIABLE)
    spec = JobSpec(task="q-learning-maze", preset="smoke", runs_dir=str(tmp_path / "runs"), device="cpu", config={"steps": 20})
    (tmp_path / "spec.json").write_bytes(msgspec.json.encode(spec))
    assert process.main([str(tmp_path / "spec.json")]) == 0
    (folder,) = (tmp_path / "runs" / "q-learning-maze").iterdir()
    tags = {value.tag for _, value in values(folder)}
    assert {metadata.SESSION_START_INFO_TAG, "final/score"} <= tags


def test_known_noise_is_left_out_and_everything_else_printed() -> None:
    out = io.StringIO()
    stream = QuietStream(out)
    for text in (
        "TensorFlow installation not found - running with reduced feature set.\n\nNOTE: Using experimental fast data loading",
        ' logic. To disable, pass\n    "--load_fast=false" and report\nTensorBoard 2.21.0 at http://127.0.0.1:6006/\n',
        "ERROR: TensorBoard could not bind to port 6006",
    ):
        stream.write(text)
    stream.flush()
    assert out.getvalue() == "TensorBoard 2.21.0 at http://127.0.0.1:6006/\nERROR: TensorBoard could not bind to port 6006"
