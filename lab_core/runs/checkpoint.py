"""Checkpoints: folders that are complete or not there, whatever happens while they are written.

    checkpoints/000120000/manifest.json + state       written aside, flushed, renamed; the manifest holds every hash
    checkpoints/chunks/HASH-NAME                      large state that several checkpoints share

A save first writes everything aside and flushes it, then the manifest, then renames the folder, then flushes the rename,
and only then deletes what is too old. So at every instant the newest complete checkpoint is whole.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from lab_core.errors import LabError
from lab_core.files import (
    Fingerprint,
    damage,
    decode_json,
    disk_errors,
    encode_json,
    file_damage,
    fingerprints,
    make_folder,
    read_file,
    remove_tree,
    sync_folder,
)
from lab_core.runs.chunks import LoadedChunks, SavingChunks, StoredChunk
from lab_core.trainer import Chunks

FORMAT = 1
MANIFEST = "manifest.json"
_NAME = re.compile(r"(\d{9,})(?:-(\d+))?")
_SAVING, _REMOVING = ".saving-", ".removing-"


class Manifest(msgspec.Struct, frozen=True):
    """What a checkpoint holds. ``info`` is the loop's own (wall seconds, best score)."""

    format: int
    step: int
    info: dict[str, Any]
    files: dict[str, Fingerprint]
    chunks: tuple[StoredChunk, ...] = ()


class _Sealed(msgspec.Struct):
    """The envelope of a manifest, the same in every format version: a damaged manifest shows, whatever it says."""

    sha256: str
    checkpoint: msgspec.Raw


class _Version(msgspec.Struct):
    format: int
    step: int


class _Damaged(Exception):
    """Why a checkpoint can't be used."""


class Checkpoints:
    """The checkpoints of one run. One writer at a time (the run's lock); readers never see a half-written one.

    ``before_save`` is called before a checkpoint becomes visible, to flush what belongs to it (the metrics).
    """

    def __init__(self, folder: Path, *, before_save: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self._before_save = before_save
        self._chunks: dict[str, StoredChunk] = {}  # of this history: what was loaded, and what was saved since
        self._verified: set[StoredChunk] = set()
        self._abandoned: set[Path] = set()

    def save(self, step: int, write: Callable[[Path, Chunks], None], *, info: Mapping[str, Any], keep: int) -> Path:
        """Write a checkpoint of ``step`` and return its folder; then prune to the ``keep`` (>= 1) newest.

        ``write`` fills an empty folder. ``info`` holds plain values. Checkpoints that :meth:`load_newest` passed over, and
        an earlier one of the same step, are removed once this one is complete. Raises LabError when the disk refuses;
        everything saved before is then as it was.
        """
        if step < 0 or keep < 1:
            raise ValueError(f"step {step} and keep {keep}: at least 0 and 1 are expected")
        with disk_errors(f"Checkpoint of step {step:,}", self.folder):
            if not self.folder.parent.is_dir():
                raise LabError(f"{self.folder.parent} is gone: it was deleted while its run was training.")
            make_folder(self.folder)
            self._sweep()
            aside = self.folder / f"{_SAVING}{step:09d}"
            try:
                aside.mkdir()
                chunks = SavingChunks(self.folder / "chunks", self._chunks)
                write(aside, chunks)
                if (aside / MANIFEST).exists():
                    raise ValueError(f"a checkpoint's {MANIFEST} is written by the core; choose another name")
                files = fingerprints(aside, sync=True)
                chunks.sync()
                manifest = Manifest(FORMAT, step, dict(info), files, tuple(chunks.listed.values()))
                _write_synced(aside / MANIFEST, _seal(encode_json(manifest, indent=2).strip()))
                sync_folder(aside)
                self._before_save()
                final = self._free_name(step)
                os.rename(aside, final)
            except BaseException:
                remove_tree(aside)
                raise
            sync_folder(self.folder)
        self._chunks = chunks.listed
        with suppress(OSError):  # the new checkpoint is safe; what can't be deleted now is tried again at the next save
            self._prune(final, step, keep)
        return final

    def steps(self) -> list[int]:
        """Steps that have a checkpoint with a manifest, in order. Whether it is undamaged shows when it is loaded."""
        return sorted({step for step, _, path in self._found() if (path / MANIFEST).is_file()})

    def load_newest(
        self, read: Callable[[Path, Chunks], None], *, skipped: Callable[[str], None]
    ) -> tuple[int, Mapping[str, Any]] | None:
        """Load the newest undamaged checkpoint through ``read``; returns its step and info, None where there never was one.

        ``skipped`` is called with one line for each that is skipped, with the reason. Raises LabError when none is left,
        or when one comes from a newer version. What ``read`` itself raises is passed on: its files were undamaged.
        """
        found = self._found()
        passed: set[Path] = set()
        for _, _, path in reversed(found):
            try:
                manifest = self._verify(path)
            except _Damaged as why:
                passed.add(path)
                skipped(f"Checkpoint {path.name} is skipped: {why}.")
                continue
            chunks = {chunk.name: chunk for chunk in manifest.chunks}
            read(path, LoadedChunks(self.folder / "chunks", chunks))
            self._chunks, self._abandoned = chunks, passed
            return manifest.step, manifest.info
        if not found:
            return None
        raise LabError(f"No checkpoint in {self.folder} can be loaded: all {len(found)} are damaged.", "Start a new run.")

    def _found(self) -> list[tuple[int, int, Path]]:
        """Step, attempt and folder of everything that is named like a checkpoint, oldest first."""
        found: list[tuple[int, int, Path]] = []
        with suppress(FileNotFoundError, NotADirectoryError):
            for path in self.folder.iterdir():
                match = _NAME.fullmatch(path.name)
                if match and f"{int(match[1]):09d}" == match[1] and path.is_dir():
                    found.append((int(match[1]), int(match[2] or 1), path))
        return sorted(found)

    def _free_name(self, step: int) -> Path:
        """The folder for a checkpoint of ``step``: an earlier one of that step stays until the new one is complete."""
        attempts = [attempt for other, attempt, _ in self._found() if other == step]
        name = f"{step:09d}"
        return self.folder / (f"{name}-{max(attempts) + 1}" if attempts else name)

    def _verify(self, path: Path) -> Manifest:
        manifest = read_manifest(path)
        named = _NAME.fullmatch(path.name)
        if named and int(named[1]) != manifest.step:
            raise _Damaged(f"its manifest is of step {manifest.step:,}")
        why = damage(path, manifest.files)
        if why:
            raise _Damaged(why)
        for chunk in manifest.chunks:
            if chunk in self._verified:
                continue
            why = file_damage(self.folder / "chunks" / chunk.file, chunk.written)
            if why:
                raise _Damaged(f"chunk {chunk.name} {why}")
            self._verified.add(chunk)
        return manifest

    def _prune(self, newest: Path, step: int, keep: int) -> None:
        others = [(other, path) for other, _, path in self._found() if path != newest]
        gone = {path for other, path in others if path in self._abandoned or other == step or not (path / MANIFEST).is_file()}
        kept = [path for _, path in others if path not in gone]
        gone.update(kept[: max(0, len(kept) - (keep - 1))])
        for path in gone:
            with suppress(OSError):  # renamed first, so that a half-deleted one never looks like a checkpoint
                os.rename(path, self.folder / f"{_REMOVING}{path.name}")
        self._abandoned = set()
        self._sweep()

    def _sweep(self) -> None:
        """Delete what crashed saves left, and the chunks that no checkpoint lists."""
        for path in self.folder.iterdir():
            if path.name.startswith((_SAVING, _REMOVING)):
                remove_tree(path)
        chunks = self.folder / "chunks"
        if not chunks.is_dir():
            return
        listed = {chunk.file for chunk in self._chunks.values()}
        for _, _, path in self._found():
            with suppress(_Damaged):
                listed.update(chunk.file for chunk in read_manifest(path).chunks)
        for path in chunks.iterdir():
            if path.name not in listed:
                with suppress(OSError):
                    path.unlink()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a checkpoint folder; raises LabError for one from a newer version."""
    try:
        data = read_file(folder / MANIFEST)
    except LabError as error:
        raise _Damaged(error.message) from None
    except FileNotFoundError:
        raise _Damaged("it is incomplete (no manifest)") from None
    except OSError as error:
        raise _Damaged(f"its manifest can't be read ({os.strerror(error.errno or 0).lower()})") from None
    try:
        body = bytes(msgspec.json.decode(data, type=_Sealed).checkpoint)
        if _seal(body) != data:
            raise _Damaged("its manifest is damaged")
        version = msgspec.json.decode(body, type=_Version)
        if version.format > FORMAT:
            raise LabError(
                f"Checkpoint {folder} was written by a newer version (format {version.format}, this one reads {FORMAT}).",
                "Update lab-runner.",
            )
        manifest = msgspec.convert(decode_json(body), Manifest)
    except (msgspec.MsgspecError, RecursionError):
        raise _Damaged("its manifest is damaged") from None
    names = [*manifest.files, *(chunk.file for chunk in manifest.chunks)]
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise _Damaged("its manifest names files outside it")
    return manifest


def _seal(body: bytes) -> bytes:
    return b'{\n"sha256": "%s",\n"checkpoint": %s\n}\n' % (hashlib.sha256(body).hexdigest().encode(), body)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
