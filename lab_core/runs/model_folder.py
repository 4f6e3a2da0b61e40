"""A model's folder: its own files and ``model.json``, which says what it is. In a run, exported, or shipped."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from lab_core.errors import LabError
from lab_core.files import (
    Fingerprint,
    damage,
    decode_record,
    disk_errors,
    encode_json,
    fingerprints,
    make_folder,
    read_file,
    remove_tree,
    sync_folder,
    write_atomic,
)
from lab_core.model import Model

FORMAT = 1
INFO = "model.json"
T = TypeVar("T")


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which task's model this is and where it comes from. The class is never named here: it comes from the registry."""

    task: str
    plugin: str = ""
    plugin_version: str = ""
    config: dict[str, Any] = {}
    benchmark: str | None = None
    run: str = ""
    seed: int = 0
    step: int = 0
    score: float | None = None
    files: dict[str, Fingerprint] = {}
    format: int = FORMAT


def load_model_info(folder: Path) -> ModelInfo:
    """What a model folder says about itself; raises LabError when it is none, damaged or from a newer version."""
    path = folder / INFO
    try:
        plain = decode_record(read_file(Path(os.path.realpath(path))))  # an installed package's files may be links
        if isinstance(plain, dict) and isinstance(newer := plain.get("format"), int) and newer > FORMAT:  # pyright: ignore
            raise LabError(
                f"Model {folder} was written by a newer version (format {newer}, this one reads {FORMAT}).", "Update lab-runner."
            )
        info = msgspec.convert(plain, ModelInfo)
        if any(name.startswith("/") or ".." in name.split("/") for name in info.files):
            raise LabError(f"{path} is damaged: it names files outside its folder.")
        return info
    except (FileNotFoundError, NotADirectoryError):
        raise LabError(f"{folder} is not a model folder: it has no {INFO}.") from None
    except OSError as error:
        raise LabError(f"{path} can't be read ({os.strerror(error.errno or 0).lower()}).") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LabError(f"{path} is damaged: {error}.") from None


def check_model_folder(folder: Path) -> ModelInfo:
    """Like :func:`load_model_info`, and raises LabError when a file has changed since it was written."""
    info = load_model_info(folder)
    why = damage(folder, info.files)
    if why:
        raise LabError(f"Model {folder} is damaged: {why}.")
    return info


def read_model(folder: Path, load: Callable[[Path], T], *, tries: int = 5) -> T:
    """``load`` a model that a training in another process may be replacing: never a mixture of two.

    Raises LabError for a folder that is none or that is damaged.
    """
    for _ in range(tries):
        before = _identity(folder)
        try:
            check_model_folder(before[0])
            model = load(before[0])
        except Exception:
            if _identity(folder) == before:
                raise
        else:
            if _identity(folder) == before:
                return model
        time.sleep(0.05)
    raise LabError(f"Model {folder} is being replaced all the time.", "Try again when its training has ended.")


def _identity(folder: Path) -> tuple[Path, int, int]:
    """Where the model is now, and which file its information is: differs as soon as the model is replaced."""
    place = newest_model(folder)
    try:
        found = os.stat(place / INFO)
    except OSError:
        return place, 0, 0
    return place, found.st_ino, found.st_mtime_ns


def save_model(folder: Path, model: Model, info: ModelInfo, *, option: str = "--runs-dir") -> None:
    """Replace the model in ``folder``. A crash leaves the earlier one or the new one where :func:`newest_model` finds it.

    Raises LabError when the disk refuses; the earlier model then stays.
    """
    parent = folder.parent
    aside, earlier = _aside(folder), _earlier(folder)
    with disk_errors(f"Model {folder.name}", parent, option=option):
        make_folder(parent)
        recover_model(folder)
        try:
            aside.mkdir()
            model.save(aside)
            if (aside / INFO).exists():
                raise ValueError(f"a model folder's {INFO} is written by the core; choose another name")
            files = fingerprints(aside, sync=True)
            write_atomic(aside / INFO, encode_json(msgspec.structs.replace(info, files=files), indent=2), option=option)
        except BaseException:
            remove_tree(aside)
            raise
        if folder.exists():
            os.rename(folder, earlier)
        os.rename(aside, folder)
        sync_folder(parent)
        remove_tree(earlier)


def newest_model(folder: Path) -> Path:
    """Where the model of ``folder`` is now: there, or beside it when a crash came in the middle of replacing it."""
    for path in (folder, _aside(folder), _earlier(folder)):
        if (path / INFO).is_file():
            return path
    return folder


def recover_model(folder: Path) -> None:
    """Finish or undo a replacement that a crash stopped, and delete what it left."""
    found = newest_model(folder)
    if found != folder and (found / INFO).is_file():
        remove_tree(folder)
        os.rename(found, folder)
        sync_folder(folder.parent)
    remove_tree(_aside(folder))
    remove_tree(_earlier(folder))


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.new")


def _earlier(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
