"""Random lives of a run: saves, crashes in the middle of a save, damage, falling back, going on. Checked against a model."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_core.errors import LabError
from lab_core.runs.checkpoint import Checkpoints
from lab_core.trainer import Chunks


class Crash(BaseException):
    """Ends a save in the middle; what it had written so far is then put back, as after a kill that ran no clean-up."""


@dataclass
class Trainer:
    """A state with a history: what it adds depends on which ``life`` added it, so one history can't pass for another."""

    life: int
    step: int = 0
    parts: dict[str, bytes] = field(default_factory=dict)

    def advance(self) -> None:
        self.step += 1
        self.parts[f"part-{self.step}"] = f"life {self.life} step {self.step}".encode()
        for name in list(self.parts)[:-3]:
            del self.parts[name]

    def snapshot(self) -> tuple[int, dict[str, bytes]]:
        return self.step, dict(self.parts)

    def save(self, folder: Path, chunks: Chunks) -> None:
        (folder / "state.json").write_text(json.dumps([self.step, self.life]))
        for name, data in self.parts.items():
            chunks.add(name, lambda file, data=data: file.write(data))

    def load(self, folder: Path, chunks: Chunks) -> None:
        self.step = json.loads((folder / "state.json").read_text())[0]
        self.parts = {name: chunks.path(name).read_bytes() for name in chunks.names()}


@dataclass
class Kept:
    """What the model knows of one checkpoint."""

    state: tuple[int, dict[str, bytes]]
    folder: Path
    intact: bool = True


moves = st.one_of(
    st.tuples(st.just("save"), st.integers(1, 3)),
    st.tuples(st.just("crash"), st.integers(0, 3)),
    st.tuples(st.just("damage"), st.integers(0, 3), st.integers(0, 10_000)),
    st.tuples(st.just("restart")),
)


@given(life=st.lists(moves, max_size=20))
@settings(deadline=None, max_examples=80)
def test_the_newest_undamaged_checkpoint_always_comes_back(
    life: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("life")
    kept: list[Kept] = []
    lives = 1
    trainer, checkpoints = Trainer(lives), Checkpoints(folder)
    for move, *values in life:
        if move == "save":
            trainer.advance()
            keep = int(str(values[0]))
            path = checkpoints.save(trainer.step, trainer.save, info={}, keep=keep)
            kept = [one for one in kept if one.state[0] < trainer.step][-(keep - 1) :] if keep > 1 else []
            kept.append(Kept(trainer.snapshot(), path))
        elif move == "crash":
            trainer.advance()
            _crash(checkpoints, folder, trainer, after=int(str(values[0])))
        elif move == "damage" and kept:
            one = kept[-1 - int(str(values[0])) % len(kept)]
            files = sorted(path for path in one.folder.rglob("*") if path.is_file())
            _flip(files[int(str(values[1])) % len(files)], int(str(values[1])))
            one.intact = not one.intact if _undone(one) else False
        if move in ("restart", "crash", "damage"):
            lives += 1
            trainer, checkpoints = Trainer(lives), Checkpoints(folder)
            intact = [one for one in kept if one.intact]
            if kept and not intact:
                with pytest.raises(LabError, match=f"all {len(kept)} are damaged"):
                    checkpoints.load_newest(trainer.load, skipped=lambda line: None)
                return
            skipped: list[str] = []
            found = checkpoints.load_newest(trainer.load, skipped=skipped.append)
            assert (found is None) == (not kept)
            if intact:
                assert trainer.snapshot() == intact[-1].state
                assert len(skipped) == len(kept) - 1 - kept.index(intact[-1])
    assert checkpoints.steps() == [one.state[0] for one in kept]


def _undone(one: Kept) -> bool:
    """Whether a second flip of the same byte has put the first one right."""
    try:
        Checkpoints(one.folder.parent)._verify(one.folder)
    except Exception:
        return False
    return not one.intact


def _crash(checkpoints: Checkpoints, folder: Path, trainer: Trainer, *, after: int) -> None:
    """A save that is killed after ``after`` chunks, with its leftovers where a kill would leave them."""

    def write(aside: Path, chunks: Chunks) -> None:
        (aside / "state.json").write_text("half")
        for number, (name, data) in enumerate(trainer.parts.items()):
            if number == after:
                break
            chunks.add(name, lambda file, data=data: file.write(data))
        raise Crash

    with pytest.raises(Crash):
        checkpoints.save(trainer.step, write, info={}, keep=1)
    leftover = folder / f".saving-{trainer.step:09d}"
    leftover.mkdir()
    (leftover / "state.json").write_text("half")


def _flip(path: Path, index: int) -> None:
    data = bytearray(path.read_bytes())
    data[index % len(data)] ^= 0x01
    path.write_bytes(data)
