"""Writing and checking the folder of a published model.

README.md (the card)  model.json and the model's files  record.json  picture.png or film.mp4  SHA256SUMS (for sha256sum -c, too)
"""

import shutil
from pathlib import Path

import msgspec

from lab_app.publishing.card import card
from lab_app.records.publish import publish
from lab_app.records.shipped import read_record
from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import LabError, UsageError, printable, word
from lab_core.files import disk_errors, encode_json, fingerprint, make_folder, read_file, remove_tree, sync_folder, write_atomic
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.model_folder import INFO, check_model_folder
from lab_core.runs.plain import check_plain
from lab_core.runs.run import Run

SUMS, CARD, RECORD = "SHA256SUMS", "README.md", "record.json"
_LARGEST_SUMS = 1 << 20


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a published folder holds: its task, the run it comes from, how many files were compared, and their bytes."""

    task: str
    run: str
    files: int
    size: int


def write_folder(run: Run, to: Path, registry: Registry) -> Checked:
    """Publish a completed, scored run into a new folder; raises UsageError where it is taken, LabError for other runs."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists already; an empty or new folder is expected.")
    record = publish(run, registry)
    task = registry.stored_task(run.record.task, run.record.plugin, f"Run {run.record.id}")
    benchmark = _benchmark(run, registry)
    source = run.model_folder("best")
    info = check_model_folder(source)
    taken = sorted({SUMS, CARD, RECORD} & set(info.files))
    if taken:
        raise LabError(f"The model has a file {taken[0]} of its own, which a published folder needs for itself.")
    aside = to.with_name(f".{to.name}.new")
    remove_tree(aside)
    with disk_errors("The model", to.parent, option="--to"):
        make_folder(aside)
        for name in (*info.files, INFO):
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, aside / name)
        picture = _picture(run, aside)
        write_atomic(aside / RECORD, encode_json([record]) + b"\n", option="--to")
        text = card(run, record, task, benchmark, registry, picture=picture)
        write_atomic(aside / CARD, text, option="--to")
        names = sorted(path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file())
        sums = "".join(f"{fingerprint(aside / name, sync=True).sha256}  {name}\n" for name in names)
        write_atomic(aside / SUMS, sums, option="--to")
        if to.exists():
            to.rmdir()
        aside.rename(to)
        sync_folder(to.parent)
    return check_folder(to)


def _benchmark(run: Run, registry: Registry) -> Benchmark:
    task = registry.task(run.record.task)
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), run.record.config))
    if benchmark is None:
        raise LabError(f"Task {task.id} has no benchmark, so there is no score to publish.", f"lab export {word(run.record.id)}")
    return benchmark


def _picture(run: Run, to: Path) -> str | None:
    """The newest film of the best model, else the newest picture, copied; its name."""
    media = run.folder / "media"
    for pattern, name in (("best-*.mp4", "film.mp4"), ("*.png", "picture.png")):
        found = sorted(media.glob(pattern), key=lambda path: (path.stem.rpartition("-")[2], path.name))
        if found:
            shutil.copyfile(found[-1], to / name)
            return name
    return None


def check_folder(folder: Path) -> Checked:
    """Compare every file of a published folder with its sum; raises LabError that names the first that differs.

    Links, files without a sum and names that lead outside are refused, too.
    """
    what = f"Published model {folder}"
    if not (folder / SUMS).is_file():
        raise UsageError(f"{folder} is not a published model: it has no {SUMS}.", "Make one: lab publish RUN --to DIR")
    check_plain(folder, what)
    sums = _sums(folder)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SUMS}
    for name in sorted(there ^ sums.keys()):
        why = "has no sum" if name in there else "is missing"
        raise LabError(f"{what} is damaged: {printable(name)} {why}.")
    for name, expected in sums.items():
        if fingerprint(folder / name).sha256 != expected:
            raise LabError(f"{what} is damaged: {printable(name)} has changed since it was published.")
    info = check_model_folder(folder)
    read_record(folder / RECORD)
    size = sum((folder / name).stat().st_size for name in sums)
    return Checked(task=info.task, run=info.run, files=len(sums), size=size)


def _sums(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        lines = read_file(folder / SUMS, limit=_LARGEST_SUMS).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{folder / SUMS} can't be read: {error}.") from None
    for line in lines:
        sha256, gap, name = line[:64], line[64:66], line[66:]
        plain = name and not name.startswith("/") and ".." not in name.split("/") and name not in found
        if gap != "  " or not plain or len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise LabError(f"{folder / SUMS} is damaged: {printable(line)[:100]!r} is not a line of checksums.")
        found[name] = sha256
    if not {INFO, RECORD, CARD} <= found.keys():
        raise LabError(f"{folder / SUMS} is damaged: {INFO}, {RECORD} or {CARD} is missing from it.")
    return found


def copy_checked(folder: Path, to: Path) -> Checked:
    """Copy a published folder, and compare the copy with its sums before it takes its place at ``to``, which must be new."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists already; an empty or new folder is expected.")
    check_folder(folder)
    aside = to.with_name(f".{to.name}.new")
    remove_tree(aside)
    with disk_errors("The model", to.parent, option="--to"):
        make_folder(aside.parent)
        for name in (*_sums(folder), SUMS):
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, aside / name, follow_symlinks=False)
        try:
            found = check_folder(aside)
        except LabError:
            remove_tree(aside)
            raise
        if to.exists():
            to.rmdir()
        aside.rename(to)
    return found
