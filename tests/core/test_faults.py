"""Faults before, in the middle of and after every operation on the disk: what was complete stays complete.

Every write, flush, fsync, rename, creation and deletion is a point where the disk may refuse (full, broken), the process may
be killed, or the power may fail. After a power failure whatever was not flushed is gone: what was added to a file is cut to
half, names made or changed in a folder that was not flushed are as before, deletions have happened.
"""

import builtins
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab_core.errors import LabError
from lab_core.files import write_atomic
from lab_core.model import Model
from lab_core.runs.checkpoint import MANIFEST, Checkpoints
from lab_core.runs.metrics_log import MetricsLog
from lab_core.runs.model_folder import ModelInfo, check_model_folder, newest_model, read_model, save_model
from lab_core.trainer import Chunks

real = {name: getattr(os, name) for name in ("fsync", "rename", "replace", "mkdir", "rmdir", "unlink", "ftruncate")}
real_open = io.open


class Disk:
    """Counts the operations of a process on the disk, and at number ``at`` does ``fault``, ``when`` it says.

    Keeps account of what would survive a power failure: contents up to their last fsync, names up to their folder's.
    """

    def __init__(self, at: int = 0, when: str = "before", fault: Callable[["Disk"], None] = lambda disk: None) -> None:
        self.at, self.when, self.fault = at, when, fault
        self.log: list[str] = []
        self._unflushed: dict[int, int] = {}  # inode -> bytes that are safe
        self._names: list[tuple[int, str, Path, int, bytes | None]] = []  # folder, what, earlier path, inode, earlier content

    def point(self, name: str, operation: Callable[[], Any], middle: Callable[[], Any] | None = None) -> Any:
        self.log.append(name)
        here = len(self.log) == self.at
        if here and self.when == "before":
            self.fault(self)
        if here and self.when == "middle":
            if middle is not None:
                middle()
            self.fault(self)
        result = operation()
        if here and self.when == "after":
            self.fault(self)
        return result

    def written(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self._unflushed.setdefault(found.st_ino, found.st_size)

    def named(self, what: str, folder: Path, inode: int, earlier: Path, content: bytes | None) -> None:
        self._names.append((os.stat(folder).st_ino, what, earlier, inode, content))

    def flushed(self, descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        self._unflushed.pop(inode, None)
        self._names = [entry for entry in self._names if entry[0] != inode]

    def fail_power(self, root: Path) -> None:
        """Leave ``root`` as a disk may be after a power failure at this moment, at its worst."""
        for _, what, earlier, inode, content in reversed(self._names):
            found = next((path for path in root.rglob("*") if path.lstat().st_ino == inode), None)
            if found is None:
                continue
            if what == "rename":
                real["rename"](found, earlier)
                if content is not None:
                    with real_open(found, "wb") as file:
                        file.write(content)
            elif found.is_dir():
                shutil.rmtree(found)
            else:
                real["unlink"](found)
        for path in root.rglob("*"):
            if path.is_file() and path.stat().st_ino in self._unflushed:
                safe = self._unflushed[path.stat().st_ino]
                os.truncate(path, safe + max(0, path.stat().st_size - safe) // 2)


class File:
    """A file that is written to, seen by a Disk."""

    def __init__(self, disk: Disk, file: Any) -> None:
        self._disk, self._file = disk, file

    def write(self, data: Any) -> int:
        self._disk.written(self._file.fileno())
        return self._disk.point("write", lambda: self._file.write(data), lambda: self._half(data))

    def _half(self, data: Any) -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()

    def flush(self) -> None:
        self._disk.point("flush", self._file.flush)

    def close(self) -> None:
        self._disk.point("close", self._file.close)

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def watched(disk: Disk) -> Iterator[None]:
    """Send every operation of this process on the disk past ``disk``. Real flushing is left out: it is slow and shows nothing."""
    patch = pytest.MonkeyPatch()

    def fsync(descriptor: int) -> None:
        disk.point("fsync", lambda: disk.flushed(descriptor))

    def moved(name: str) -> Callable[..., None]:
        def move(source: Any, target: Any, **folders: Any) -> None:
            source, target = Path(source), Path(target)
            content = target.read_bytes() if target.is_file() else None

            def operation() -> None:
                real[name](source, target)
                disk.named("rename", target.parent, os.stat(target).st_ino, source, content)

            disk.point(name, operation)

        return move

    def mkdir(path: Any, *arguments: Any, **folders: Any) -> None:
        def operation() -> None:
            real["mkdir"](path, *arguments, **folders)
            disk.named("make", Path(path).parent, os.stat(path).st_ino, Path(path), None)

        disk.point("mkdir", operation)

    def passed(name: str) -> Callable[..., None]:
        return lambda *arguments, **folders: disk.point(name, lambda: real[name](*arguments, **folders))

    def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not set(mode) & set("wxa+") or isinstance(file, int):
            return real_open(file, mode, *arguments, **options)
        new = not os.path.exists(file)

        def operation() -> Any:
            made = real_open(file, mode, *arguments, **options)
            if new:
                disk.named("make", Path(file).parent, os.fstat(made.fileno()).st_ino, Path(file), None)
            return File(disk, made)

        return disk.point("open", operation)

    patch.setattr(os, "fsync", fsync)
    patch.setattr(os, "mkdir", mkdir)
    for name in ("rename", "replace"):
        patch.setattr(os, name, moved(name))
    for name in ("rmdir", "unlink"):
        patch.setattr(os, name, passed(name))
    patch.setattr(io, "open", opened)
    patch.setattr(builtins, "open", opened)
    try:
        yield
    finally:
        patch.undo()


def child(work: Callable[[], None], disk: Disk) -> int:
    """The exit code of ``work`` on ``disk`` in a forked process; 99 when it raised."""
    pid = os.fork()
    if pid == 0:
        try:
            with watched(disk):
                work()
            os._exit(0)
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


KILLED = 77
REFUSALS = (errno.ENOSPC, errno.EROFS, errno.EIO)


def refuse(number: int) -> Callable[[Disk], None]:
    def fault(disk: Disk) -> None:
        raise OSError(number, os.strerror(number))

    return fault


def every_fault(work: Callable[[], None], prepare: Callable[[], Path]) -> Iterator[tuple[str, LabError | None, bool]]:
    """Do ``work`` once for each operation and kind of fault, on a disk that ``prepare`` has just made.

    Yields after each: a label, the error that ``work`` raised, and whether it returned as if nothing was wrong.
    """
    prepare()
    count = Disk()
    with watched(count):
        work()
    assert {"open", "write", "fsync"} <= set(count.log), count.log
    for at, name in enumerate(count.log, start=1):
        middle = ("middle",) if name == "write" else ()
        for when in ("before", *middle, "after"):
            number = REFUSALS[at % len(REFUSALS)]
            prepare()
            error: LabError | None = None
            try:
                with watched(Disk(at, when, refuse(number))):
                    work()
            except LabError as caught:
                error = caught
            yield f"{name} {at} of {len(count.log)}, {when}: {errno.errorcode[number]}", error, error is None
        # To die after an operation is to die before the next one.
        for when in ("before", *middle, *(("after",) if at == len(count.log) else ())):
            for power in (False, True):
                label = f"{name} {at} of {len(count.log)}, {when}: {'power failed' if power else 'killed'}"
                root = prepare()
                disk = Disk(at, when, lambda disk, root=root, power=power: die(disk, root if power else None))
                assert child(work, disk) == KILLED, label
                yield label, None, False


def die(disk: Disk, root: Path | None) -> None:
    if root is not None:
        disk.fail_power(root)
    os._exit(KILLED)


class ToyTrainer:
    """A state that is all determined by its step: a file, a file in a folder, and one chunk for every ten steps."""

    def __init__(self, step: int = 0) -> None:
        self.step = step

    def save(self, folder: Path, chunks: Chunks) -> None:
        (folder / "slots").mkdir()
        for name, data in self.files().items():
            with (folder / name).open("wb") as file:
                file.write(data)
        for number in range(max(0, self.step // 10 - 2), self.step // 10):
            chunks.add(f"replay-{number}", lambda file, number=number: file.write(self.chunk(number)))

    def load(self, folder: Path, chunks: Chunks) -> None:
        self.step = int((folder / "weights.bin").read_bytes().split()[0])
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        found.pop(MANIFEST)
        assert found == self.files()
        expected = range(max(0, self.step // 10 - 2), self.step // 10)
        assert chunks.names() == tuple(f"replay-{number}" for number in expected)
        for number in expected:
            assert chunks.path(f"replay-{number}").read_bytes() == self.chunk(number)

    def files(self) -> dict[str, bytes]:
        return {"weights.bin": f"{self.step} weights ".encode() * 20, "slots/moments.bin": f"{self.step} moments ".encode() * 20}

    @staticmethod
    def chunk(number: int) -> bytes:
        return f"frames of {number} ".encode() * 30


def load(folder: Path) -> tuple[int, Checkpoints, list[str]]:
    """The newest step, whose whole content the trainer has checked; and what was passed over."""
    trainer, skipped = ToyTrainer(), []
    checkpoints = Checkpoints(folder)
    found = checkpoints.load_newest(trainer.load, skipped=skipped.append)
    assert found is not None
    assert found == (trainer.step, {"wall_seconds": trainer.step / 2})
    return trainer.step, checkpoints, skipped


def save(checkpoints: Checkpoints, step: int, keep: int = 2) -> None:
    checkpoints.save(step, ToyTrainer(step).save, info={"wall_seconds": step / 2}, keep=keep)


@pytest.mark.parametrize(("step", "keep"), [(30, 2), (20, 2), (40, 1)])
def test_a_fault_anywhere_in_a_save_leaves_the_newest_complete_checkpoint(step: int, keep: int, tmp_path: Path) -> None:
    """Saving step 30 on top of 10 and 20 (or 20 once more): afterwards 20 or the new one loads, exactly, and nothing is lost."""
    base, folder = tmp_path / "base", tmp_path / "run" / "checkpoints"
    for earlier in (10, 20):
        save(Checkpoints(base), earlier)
    checkpoints: list[Checkpoints] = []

    def prepare() -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        checkpoints[:] = [load(folder)[1]]
        return folder

    seen: set[int] = set()
    for label, error, returned in every_fault(lambda: save(checkpoints[0], step, keep), prepare):
        newest, resumed, skipped = load(folder)
        seen.add(newest)
        assert newest in (20, step), label
        assert skipped == [], label
        assert not returned or newest == step, label
        assert error is None or str(folder) in str(error), label
        with watched(Disk()):
            save(resumed, 50, keep=2)
        assert load(folder)[0] == 50, label
        left = {path.name for path in folder.iterdir()}
        assert left == {"000000050", resumed_name(folder, left), "chunks"}, label
        listed = {f"replay-{number}" for number in (*range(3, 5), *range(max(0, newest // 10 - 2), newest // 10))}
        assert {path.name.split("-", 1)[1] for path in (folder / "chunks").iterdir()} == listed, label
    assert seen == {20, step}


def resumed_name(folder: Path, left: set[str]) -> str:
    """The one other checkpoint that stays: the step that was resumed, whatever attempt it was."""
    others = sorted(left - {"000000050", "chunks"})
    assert len(others) == 1, others
    return others[0]


def test_a_fault_in_the_first_save_leaves_a_run_that_starts_again(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "checkpoints"

    def prepare() -> Path:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        (tmp_path / "run").mkdir()
        return tmp_path / "run"

    for label, _, returned in every_fault(lambda: save(Checkpoints(folder), 10), prepare):
        found = Checkpoints(folder).load_newest(ToyTrainer().load, skipped=pytest.fail)
        assert found is None or found[0] == 10, label
        assert found is not None or not returned, label


def test_a_fault_anywhere_in_an_atomic_write_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "run.json"

    def prepare() -> Path:
        path.parent.mkdir(exist_ok=True)
        for other in path.parent.iterdir():
            other.unlink()
        path.write_bytes(b"old")
        return path.parent

    for label, error, returned in every_fault(lambda: write_atomic(path, b"new and longer"), prepare):
        assert path.read_bytes() in ((b"new and longer",) if returned else (b"old", b"new and longer")), label
        if error is not None:
            assert str(path.parent) in str(error), label
            assert [other.name for other in path.parent.iterdir()] == ["run.json"], label


class ToyModel(Model):
    """A model of two files that belong together."""

    def __init__(self, version: int) -> None:
        self.version = version

    def save(self, folder: Path) -> None:
        for name in ("graph", "weights"):
            with (folder / name).open("wb") as file:
                file.write(f"{name} {self.version}".encode())

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "ToyModel":
        graph, weights = ((folder / name).read_text().split()[1] for name in ("graph", "weights"))
        assert graph == weights
        return cls(int(graph))


def test_a_fault_anywhere_in_replacing_a_model_leaves_a_complete_one(tmp_path: Path) -> None:
    folder = tmp_path / "model" / "best"

    def prepare() -> Path:
        shutil.rmtree(folder.parent, ignore_errors=True)
        with watched(Disk()):
            save_model(folder, ToyModel(1), ModelInfo(task="toy", step=1))
        return folder.parent

    for label, _, returned in every_fault(lambda: save_model(folder, ToyModel(2), ModelInfo(task="toy", step=2)), prepare):
        found = newest_model(folder)
        model = ToyModel.load(found, device="cpu")
        assert check_model_folder(found).step == model.version, label
        assert model.version == 2 or not returned, label
        assert read_model(folder, lambda place: ToyModel.load(place, device="cpu")).version == model.version, label
        with watched(Disk()):
            save_model(folder, ToyModel(3), ModelInfo(task="toy", step=3))
        assert ToyModel.load(folder, device="cpu").version == 3, label
        assert [path.name for path in folder.parent.iterdir()] == ["best"], label


def test_a_fault_anywhere_in_metrics_loses_no_earlier_line(tmp_path: Path) -> None:
    path = tmp_path / "run" / "metrics.jsonl"

    def prepare() -> Path:
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        log = MetricsLog(path)
        for step in (1, 2):
            log.append(step, step / 2, {"loss": 1 / step})
        log.close()
        return path.parent

    def work() -> None:
        log = MetricsLog(path)
        log.append(3, 1.5, {"loss": 1 / 3})
        log.sync()
        log.cut(2)
        log.append(4, 2.0, {"loss": 1 / 4})
        log.sync()
        log.close()

    for label, error, _ in every_fault(work, prepare):
        steps = [line["step"] for line in MetricsLog(path).read()]
        assert steps in ([1, 2], [1, 2, 3], [1, 2, 4]), label
        assert error is None or str(path.parent) in str(error), label
        MetricsLog(path).append(9, 9.0, {})
        assert [line["step"] for line in MetricsLog(path).read()] == [*steps, 9], label


def test_metrics_of_a_checkpoint_survive_a_power_failure(tmp_path: Path) -> None:
    """A new file: its content and its name must both be on the disk before a checkpoint says so."""
    (tmp_path / "checkpoints").mkdir()
    log, disk = MetricsLog(tmp_path / "metrics.jsonl"), Disk()
    with watched(disk):
        log.append(1, 0.5, {"loss": 1.0})
        Checkpoints(tmp_path / "checkpoints", before_save=log.sync).save(1, ToyTrainer(1).save, info={}, keep=1)
        log.append(2, 1.0, {"loss": 0.5})
    disk.fail_power(tmp_path)
    assert Checkpoints(tmp_path / "checkpoints").steps() == [1]
    assert [line["step"] for line in MetricsLog(tmp_path / "metrics.jsonl").read()] == [1]


def test_the_disk_of_these_tests_forgets_what_was_not_flushed(tmp_path: Path) -> None:
    """The instrument itself: a careless writer loses its file to a power failure, a careful one doesn't."""
    (tmp_path / "old").write_bytes(b"whole")

    def careless(flush_file: bool, flush_folder: bool) -> None:
        disk = Disk()
        with watched(disk):
            with (tmp_path / "aside").open("wb") as file:
                file.write(b"0123456789")
                file.flush()
                if flush_file:
                    os.fsync(file.fileno())
            os.replace(tmp_path / "aside", tmp_path / "old")
            if flush_folder:
                descriptor = os.open(tmp_path, os.O_RDONLY)
                os.fsync(descriptor)
                os.close(descriptor)
        disk.fail_power(tmp_path)

    careless(flush_file=True, flush_folder=False)
    assert (tmp_path / "old").read_bytes() == b"whole"
    careless(flush_file=False, flush_folder=True)
    assert (tmp_path / "old").read_bytes() == b"01234"
    careless(flush_file=True, flush_folder=True)
    assert (tmp_path / "old").read_bytes() == b"0123456789"
