"""A run killed with SIGKILL at random moments always goes on, and loses at most the work since its last checkpoint."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from lab_app.runs.store import Store
from lab_core.errors import LabError
from lab_core.model import Model
from lab_core.runs.model_folder import read_model
from lab_core.runs.run import Run, RunRecord
from lab_core.trainer import Chunks

KILLS = 20


class Counter(Model):
    """Training adds one a step; the state is the step, a sum, and a chunk for every fifth step."""

    def __init__(self) -> None:
        self.step = 0
        self.sum = 0

    def advance(self) -> None:
        self.step += 1
        self.sum += self.step

    def write(self, folder: Path, chunks: Chunks) -> None:
        (folder / "state.json").write_text(json.dumps([self.step, self.sum]))
        for number in range(self.step // 5):
            chunks.add(f"part-{number}", lambda file, number=number: file.write(bytes([number % 256]) * 5000))

    def read(self, folder: Path, chunks: Chunks) -> None:
        self.step, self.sum = json.loads((folder / "state.json").read_text())
        assert self.sum == self.step * (self.step + 1) // 2
        assert len(chunks.names()) == self.step // 5
        for number, name in enumerate(chunks.names()):
            assert chunks.path(name).read_bytes() == bytes([number % 256]) * 5000

    def save(self, folder: Path) -> None:
        for name in ("a", "b"):
            (folder / name).write_text(str(self.step))

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> "Counter":
        model = cls()
        model.step = int((folder / "a").read_text())
        assert (folder / "b").read_text() == str(model.step)
        return model


def train(folder: Path, report: int) -> None:
    """Goes on with the run until killed; tells every step whose checkpoint is complete."""
    run = Run.open(folder)
    with run.lock():
        counter = Counter()
        found = run.checkpoints.load_newest(counter.read, skipped=lambda line: os._exit(3))
        run.metrics.cut(0 if found is None else found[0])
        os.write(report, b"started\n")
        while True:
            counter.advance()
            run.metrics.append(counter.step, counter.step / 10, {"sum": counter.sum})
            run.save_model("best", counter, step=counter.step, score=float(counter.sum))
            run.checkpoints.save(counter.step, counter.write, info={"wall_seconds": counter.step / 10}, keep=2)
            os.write(report, f"{counter.step}\n".encode())
            run.update(step=counter.step, status="running")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, RunRecord(task="counter", plugin="test"))


def start(run: Run) -> tuple[int, int]:
    """A training in a forked process, and the pipe on which it reports."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            train(run.folder, writing)
        finally:
            os._exit(4)
    os.close(writing)
    return pid, reading


def test_a_run_killed_twenty_times_always_goes_on(run: Run) -> None:
    moments = random.Random(20261121)
    reached = 0
    for _ in range(KILLS):
        pid, reading = start(run)
        said, since, slice_seconds = b"", time.monotonic(), 0.01
        wanted = moments.randrange(1, 4)  # "started" and up to two checkpoints, then somewhere in the next
        while said.count(b"\n") < wanted:
            more = os.read(reading, 100)
            assert more, "the training ended by itself"
            said += more
            since, slice_seconds = time.monotonic(), time.monotonic() - since
        time.sleep(moments.uniform(0.0, slice_seconds))
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        while more := os.read(reading, 1000):
            said += more
        os.close(reading)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL

        saved = [int(line) for line in said.split()[1:]]
        again = Run.open(run.folder)  # run.json is whole
        counter = Counter()
        found = again.checkpoints.load_newest(counter.read, skipped=pytest.fail)
        step = 0 if found is None else found[0]
        assert step >= max([reached, *saved])
        assert step <= max([reached, *saved]) + 1
        assert found is None or found[1] == {"wall_seconds": step / 10}
        lines = again.metrics.read()
        assert [line["step"] for line in lines][:step] == list(range(1, step + 1))
        assert len(lines) <= step + 1
        if step:
            assert read_model(again.model_folder("best"), Counter.load).step in (step, step + 1)
        assert Store(again.runs_dir).runs()[0].id == run.record.id
        assert again.locked_by() is None
        reached = step
    assert reached >= KILLS / 2  # it did get on between the kills


def test_the_lock_names_its_holder_and_dies_with_it(run: Run) -> None:
    pid, reading = start(run)
    assert os.read(reading, 100).startswith(b"started")
    try:
        assert run.locked_by() == pid
        with pytest.raises(LabError, match=f"in use by process {pid}"), run.lock():
            pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)
    assert run.locked_by() is None
    with run.lock():
        assert run.locked_by() == os.getpid()
        assert (run.folder / "lock").read_text() == f"{os.getpid()}\n"


def test_a_worker_that_outlives_its_training_does_not_hold_the_lock(run: Run) -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with run.lock():
            worker = os.fork()
            if worker == 0:
                time.sleep(30)
                os._exit(0)
            os.write(writing, f"{worker}\n".encode())
            time.sleep(30)
        os._exit(0)
    worker = int(os.read(reading, 20))
    try:
        with pytest.raises(LabError, match=str(pid)), run.lock():
            pass
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with run.lock():
            pass
    finally:
        os.kill(worker, signal.SIGKILL)
        os.close(reading)
        os.close(writing)


def test_readers_see_a_whole_model_while_it_is_being_replaced(run: Run) -> None:
    pid, reading = start(run)
    try:
        assert os.read(reading, 100).startswith(b"started")
        while not (run.model_folder("best") / "model.json").is_file():
            time.sleep(0.01)
        seen: set[int] = set()
        end = time.monotonic() + 20
        while len(seen) < 5 and time.monotonic() < end:
            seen.add(read_model(run.folder / "model" / "best", Counter.load, tries=50).step)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)
    assert len(seen) == 5
