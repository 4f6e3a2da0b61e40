"""Checkpoints: what is saved comes back exactly, damage is seen, and nothing is kept longer than asked."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_core.errors import LabError
from lab_core.runs.checkpoint import FORMAT, MANIFEST, Checkpoints, _seal
from lab_core.trainer import Chunks

State = Mapping[str, bytes]


def writer(files: State, chunks: State | None = None) -> Callable[[Path, Chunks], None]:
    def write(folder: Path, listed: Chunks) -> None:
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        for name, data in (chunks or {}).items():
            listed.add(name, lambda file, data=data: file.write(data))

    return write


class Reader:
    """Reads a checkpoint as plain bytes, and keeps what was said of those passed over."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.chunks: dict[str, bytes] = {}
        self.skipped: list[str] = []
        self.checkpoints = Checkpoints(folder)
        self.found = self.checkpoints.load_newest(self._read, skipped=self.skipped.append)

    def _read(self, folder: Path, chunks: Chunks) -> None:
        for path in folder.rglob("*"):
            if path.is_file() and path.name != MANIFEST:
                self.files[path.relative_to(folder).as_posix()] = path.read_bytes()
        self.chunks = {name: chunks.path(name).read_bytes() for name in chunks.names()}

    @property
    def step(self) -> int:
        assert self.found is not None
        return self.found[0]


def flip(path: Path, index: int, mask: int = 0x01) -> None:
    data = bytearray(path.read_bytes())
    data[index] ^= mask
    path.write_bytes(data)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_load_returns_what_was_saved(tmp_path: Path) -> None:
    files = {"weights.bin": b"\x00\x01", "optimiser/moments.bin": b"m" * 5000, "empty": b""}
    info = {"wall_seconds": 1.25, "best_score": None, "worst": float("-inf"), "list": [1, "two"]}
    folder = Checkpoints(tmp_path).save(120_000, writer(files, {"replay-0": b"abc"}), info=info, keep=1)

    read = Reader(tmp_path)

    assert folder == tmp_path / "000120000"
    assert read.found == (120_000, info)
    assert read.files == files
    assert read.chunks == {"replay-0": b"abc"}
    assert read.skipped == []


@settings(max_examples=40, deadline=None)
@given(
    files=st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[A-Z]{1,8})?", fullmatch=True), st.binary(max_size=300), max_size=4),
    chunks=st.dictionaries(st.text("abc-_ é", min_size=1, max_size=10), st.binary(max_size=300), max_size=4),
    step=st.integers(0, 10**12),
)
def test_any_content_comes_back(files: State, chunks: State, step: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("checkpoints")
    names = {name for name in files if "/" in name}
    files = {name: data for name, data in files.items() if not any(other.startswith(f"{name}/") for other in names)}

    Checkpoints(folder).save(step, writer(files, chunks), info={}, keep=1)

    read = Reader(folder)
    assert (read.step, read.files, read.chunks) == (step, files, chunks)


def test_no_checkpoint_yet_is_none(tmp_path: Path) -> None:
    assert Reader(tmp_path / "nowhere").found is None
    (tmp_path / ".saving-000000100").mkdir()  # a first save that was killed
    assert Reader(tmp_path).found is None


def test_keeps_the_newest(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 5, 12, 30):
        checkpoints.save(step, writer({"x": bytes([step])}), info={}, keep=2)
    assert checkpoints.steps() == [12, 30]
    assert entries(tmp_path) == ["000000012", "000000030"]


def test_steps_beyond_nine_digits_are_in_order(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (999_999_999, 1_000_000_000):
        checkpoints.save(step, writer({"x": str(step).encode()}), info={}, keep=2)
    assert checkpoints.steps() == [999_999_999, 1_000_000_000]
    assert Reader(tmp_path).step == 1_000_000_000


def test_same_step_again_replaces(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for content in (b"first", b"second", b"third"):
        checkpoints.save(7, writer({"x": content}), info={"content": content.decode()}, keep=3)
    read = Reader(tmp_path)
    assert read.found == (7, {"content": "third"})
    assert read.files == {"x": b"third"}
    assert len(entries(tmp_path)) == 1


def test_metrics_are_flushed_before_a_checkpoint_shows(tmp_path: Path) -> None:
    seen: list[list[int]] = []
    checkpoints = Checkpoints(tmp_path, before_save=lambda: seen.append(checkpoints.steps()))
    checkpoints.save(1, writer({}), info={}, keep=1)
    assert seen == [[]]


# Chunks


def test_a_chunk_is_written_once_and_deleted_with_its_last_checkpoint(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    wrote: list[str] = []

    def save(step: int, names: str) -> None:
        def write(folder: Path, chunks: Chunks) -> None:
            for name in names:

                def content(file: io.BufferedIOBase, name: str = name) -> None:
                    wrote.append(name)
                    file.write(name.encode() * 100)

                chunks.add(name, content)
            assert chunks.names() == tuple(names)

        checkpoints.save(step, write, info={}, keep=2)

    save(1, "ab")
    save(2, "abc")
    save(3, "bcd")
    assert wrote == list("abcd")
    assert len(entries(tmp_path / "chunks")) == 4  # step 2 still lists "a"
    save(4, "cd")
    assert [name[-1] for name in sorted(entries(tmp_path / "chunks"), key=lambda name: name[-1])] == list("bcd")
    assert Reader(tmp_path).chunks == {"c": b"c" * 100, "d": b"d" * 100}


def test_chunks_go_on_after_a_load_without_being_written_again(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save(1, writer({}, {"a": b"1"}), info={}, keep=1)
    read = Reader(tmp_path)

    def write(folder: Path, chunks: Chunks) -> None:
        chunks.add("a", lambda file: pytest.fail("a stored chunk was written again"))
        chunks.add("b", lambda file: file.write(b"2"))

    read.checkpoints.save(2, write, info={}, keep=1)
    assert Reader(tmp_path).chunks == {"a": b"1", "b": b"2"}


def test_a_chunk_whose_file_was_lost_is_written_again(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, writer({}, {"a": b"1"}), info={}, keep=1)
    for path in (tmp_path / "chunks").iterdir():
        path.unlink()
    checkpoints.save(2, writer({}, {"a": b"1"}), info={}, keep=1)
    assert Reader(tmp_path).chunks == {"a": b"1"}


def test_a_history_that_was_given_up_does_not_leak_into_the_new_one(tmp_path: Path) -> None:
    """After falling back from step 2 to 1 the trainer writes another chunk "b"; the old one must not be taken for it."""
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, writer({}, {"a": b"a"}), info={}, keep=3)
    checkpoints.save(2, writer({"x": b"x"}, {"a": b"a", "b": b"old"}), info={}, keep=3)
    flip(tmp_path / "000000002" / "x", 0)
    read = Reader(tmp_path)
    assert read.step == 1

    read.checkpoints.save(2, writer({"x": b"y"}, {"a": b"a", "b": b"new"}), info={}, keep=3)

    again = Reader(tmp_path)
    assert (again.step, again.files, again.chunks, again.skipped) == (2, {"x": b"y"}, {"a": b"a", "b": b"new"}, [])
    assert len(entries(tmp_path / "chunks")) == 2


def test_falling_back_in_one_process_forgets_the_chunks_saved_since(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, writer({}, {"a": b"a"}), info={}, keep=3)
    checkpoints.save(2, writer({"x": b"x"}, {"a": b"a", "b": b"old"}), info={}, keep=3)
    flip(tmp_path / "000000002" / "x", 0)
    assert checkpoints.load_newest(lambda folder, chunks: None, skipped=lambda line: None) == (1, {})
    checkpoints.save(2, writer({}, {"a": b"a", "b": b"new"}), info={}, keep=3)
    assert Reader(tmp_path).chunks == {"a": b"a", "b": b"new"}


def test_two_contents_of_one_chunk_name_never_share_a_file(tmp_path: Path) -> None:
    """A run that starts anew in a folder with checkpoints leaves those as they are."""
    Checkpoints(tmp_path).save(1, writer({}, {"a": b"old"}), info={}, keep=2)
    Checkpoints(tmp_path).save(2, writer({"x": b"x"}, {"a": b"new"}), info={}, keep=2)
    assert Reader(tmp_path).chunks == {"a": b"new"}
    flip(tmp_path / "000000002" / "x", 0)
    assert Reader(tmp_path).chunks == {"a": b"old"}


def test_checkpoints_passed_over_do_not_count_as_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 2, 3):
        checkpoints.save(step, writer({"x": b"x"}), info={}, keep=3)
    for step in (2, 3):
        flip(tmp_path / f"{step:09d}" / "x", 0)
    read = Reader(tmp_path)
    read.checkpoints.save(4, writer({"x": b"x"}), info={}, keep=2)
    assert read.checkpoints.steps() == [1, 4]


def test_numpy_writes_into_chunks(tmp_path: Path) -> None:
    frames = np.arange(20_000, dtype=np.int16).reshape(4, -1)

    def write(folder: Path, chunks: Chunks) -> None:
        chunks.add("one", lambda file: np.save(file, frames))
        chunks.add("many", lambda file: np.savez(file, frames=frames, more=frames.T))
        chunks.add("raw", lambda file: file.write(frames.data))

    Checkpoints(tmp_path).save(1, write, info={}, keep=1)

    def read(folder: Path, chunks: Chunks) -> None:
        np.testing.assert_array_equal(np.load(chunks.path("one")), frames)
        np.testing.assert_array_equal(np.load(chunks.path("many"))["more"], frames.T)
        assert chunks.path("raw").read_bytes() == frames.tobytes()

    assert Checkpoints(tmp_path).load_newest(read, skipped=pytest.fail) == (1, {})


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "x" * 200])
def test_bad_chunk_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chunk name"):
        Checkpoints(tmp_path).save(1, writer({}, {name: b""}), info={}, keep=1)
    assert Checkpoints(tmp_path).steps() == []


def test_chunks_know_what_they_list(tmp_path: Path) -> None:
    def twice(folder: Path, chunks: Chunks) -> None:
        chunks.add("a", lambda file: None)
        with pytest.raises(LabError, match="can't be read while"):
            chunks.path("a")
        chunks.add("a", lambda file: None)

    with pytest.raises(ValueError, match="twice"):
        Checkpoints(tmp_path).save(1, twice, info={}, keep=1)
    Checkpoints(tmp_path).save(1, writer({}, {"a": b""}), info={}, keep=1)

    def read(folder: Path, chunks: Chunks) -> None:
        with pytest.raises(LabError, match="no chunk 'b'"):
            chunks.path("b")
        with pytest.raises(LabError, match="can't be added"):
            chunks.add("b", lambda file: None)

    Checkpoints(tmp_path).load_newest(read, skipped=pytest.fail)


# Damage


def two_checkpoints(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    checkpoints.save(1, writer({"x": b"old", "sub/y": b"state"}, {"c": b"chunk"}), info={"wall_seconds": 2.5}, keep=2)
    checkpoints.save(2, writer({"x": b"new", "sub/y": b"state"}, {"d": b"other"}), info={"wall_seconds": 3.5}, keep=2)


def damaged_files(folder: Path) -> list[Path]:
    newest = [path for path in (folder / "000000002").rglob("*") if path.is_file()]
    return [*newest, *(folder / "chunks").glob("*-d")]


def assert_falls_back(folder: Path) -> None:
    read = Reader(folder)
    assert (read.step, read.files["x"]) == (1, b"old")
    assert len(read.skipped) == 1
    assert "000000002" in read.skipped[0]
    assert "\n" not in read.skipped[0]


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_any_changed_byte_of_any_file_is_seen(mask: int, tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    for path in damaged_files(tmp_path):
        whole = path.read_bytes()
        for index in range(len(whole)):
            flip(path, index, mask)
            assert_falls_back(tmp_path)
        path.write_bytes(whole)
    assert Reader(tmp_path).step == 2


def test_files_cut_short_or_longer_or_missing_are_seen(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    for path in damaged_files(tmp_path):
        whole = path.read_bytes()
        for data in (b"", whole[:-1], whole + b"\0", whole + whole):
            path.write_bytes(data)
            assert_falls_back(tmp_path)
        path.unlink()
        assert_falls_back(tmp_path)
        path.mkdir()
        assert_falls_back(tmp_path)
        path.rmdir()
        path.write_bytes(whole)
    assert Reader(tmp_path).step == 2


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=50).map(str.encode) | st.just(b'{"sha256":"x","checkpoint":{}}'))
def test_any_text_in_place_of_a_manifest_is_seen(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("checkpoints")
    two_checkpoints(folder)
    (folder / "000000002" / MANIFEST).write_bytes(data)
    assert_falls_back(folder)


def test_a_damaged_chunk_damages_only_those_that_list_it(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, writer({}, {"a": b"a"}), info={}, keep=4)
    checkpoints.save(2, writer({}, {"a": b"a", "b": b"b"}), info={}, keep=4)
    checkpoints.save(3, writer({}, {"b": b"b"}), info={}, keep=4)
    checkpoints.save(4, writer({}, {"a": b"a"}), info={}, keep=4)
    flip(next((tmp_path / "chunks").glob("*-b")), 0)
    assert Reader(tmp_path).step == 4
    flip(next((tmp_path / "chunks").glob("*-b")), 0)
    flip(next((tmp_path / "chunks").glob("*-a")), 0)
    read = Reader(tmp_path)
    assert read.step == 3
    assert "chunk a has changed" in read.skipped[0]


def test_a_folder_renamed_to_another_step_is_seen(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    (tmp_path / "000000002").rename(tmp_path / "000000009")
    read = Reader(tmp_path)
    assert read.step == 1
    assert "is of step 2" in read.skipped[0]


def test_none_left_is_an_error(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    for step in (1, 2):
        flip(tmp_path / f"{step:09d}" / "x", 1)
    said: list[str] = []
    with pytest.raises(LabError, match="all 2 are damaged"):
        Checkpoints(tmp_path).load_newest(lambda folder, chunks: None, skipped=said.append)
    assert len(said) == 2


def test_a_newer_version_is_named_and_left_alone(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    body = json.dumps({"format": FORMAT + 1, "step": 2, "anything": {"else": True}}).encode()
    (tmp_path / "000000002" / MANIFEST).write_bytes(_seal(body))
    before = entries(tmp_path / "chunks")
    with pytest.raises(LabError, match=f"newer version .format {FORMAT + 1}"):
        Reader(tmp_path)
    with pytest.raises(LabError, match="newer version"):
        Checkpoints(tmp_path).save(3, writer({}), info={}, keep=1)
    assert entries(tmp_path / "chunks") == before


def test_a_manifest_that_points_outside_is_refused(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    (tmp_path / "secret").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = {"format": 1, "step": 2, "info": {}, "files": {"../secret": {"size": 0, "sha256": empty}}, "chunks": []}
    (tmp_path / "000000002" / MANIFEST).write_bytes(_seal(json.dumps(manifest).encode()))
    assert_falls_back(tmp_path)


def test_what_the_reader_raises_is_passed_on(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)

    def read(folder: Path, chunks: Chunks) -> None:
        raise LabError("written with other settings")

    with pytest.raises(LabError, match="other settings"):
        Checkpoints(tmp_path).load_newest(read, skipped=pytest.fail)


# Saving that fails


def test_a_writer_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    two_checkpoints(tmp_path)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))

    def write(folder: Path, chunks: Chunks) -> None:
        (folder / "half").write_bytes(b"half")
        chunks.add("e", lambda file: file.write(b"e"))
        raise RuntimeError("plugin")

    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(RuntimeError, match="plugin"):
        checkpoints.save(3, write, info={}, keep=2)
    with pytest.raises(LabError, match=r"disk of .* is full"):
        checkpoints.save(3, raiser(RuntimeError("UNKNOWN: x.index; No space left on device")), info={}, keep=2)
    assert Reader(tmp_path).step == 2
    (tmp_path / "chunks" / "leftover").write_bytes(b"")
    checkpoints.save(2, writer({"x": b"new", "sub/y": b"state"}, {"d": b"other"}), info={"wall_seconds": 3.5}, keep=2)
    after = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert [path for path in after if "000000002" not in str(path)] == [path for path in before if "000000002" not in str(path)]


def raiser(error: Exception) -> Callable[[Path, Chunks], None]:
    def write(folder: Path, chunks: Chunks) -> None:
        raise error

    return write


def test_a_plugin_may_not_write_the_manifest_or_links(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="written by the core"):
        Checkpoints(tmp_path).save(1, writer({MANIFEST: b"{}"}), info={}, keep=1)

    def link(folder: Path, chunks: Chunks) -> None:
        (folder / "link").symlink_to("/etc/passwd")

    with pytest.raises(ValueError, match="not a plain file"):
        Checkpoints(tmp_path).save(1, link, info={}, keep=1)
    assert entries(tmp_path) == []
