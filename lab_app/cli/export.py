"""``lab export``: a model folder that stands alone."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import RunsDir, model_choice, registry, say
from lab_app.cli.output import runnable
from lab_core.errors import LabError, UsageError, word

if TYPE_CHECKING:
    from lab_app.runs.target import Target


LAB, README = "lab", "README.md"


def export(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", callback=any_case.target, autocompletion=complete.runs_and_tasks)],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder for the model.")],
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a task without a trainer; repeatable.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="lab, or what other programs read: saved-model, tflite, npz, as the model offers.")
    ] = LAB,
    half: Annotated[bool, typer.Option("--half", help="Weights in half precision: half the size, a little less exact.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Copy a model into a folder of its own, ready for lab apply, lab sample, lab play, lab eval or another machine."""
    from lab_app.runs.target import find_target

    which = model_choice(model)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists already; an empty or new folder is expected.")
    if half and form != LAB:
        raise UsageError(f"--half is for --format lab; {form} has its own precision.")
    found = find_target(target, runs_dir, registry(), which=which, overrides=overrides or (), say=say)
    if form != LAB:
        _foreign(found, to, form)
    elif found.folder is None:
        _save_ready(found, to)
    else:
        _copy(found.folder, to)
    if half:
        _halve(found, to)
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    print(f"{found.label} -> {to} ({size / 1e6:.1f} MB)")
    print(runnable(f"use it: {to / README if form != LAB else _use(found, to)}"))


def _foreign(found: "Target", to: Path, form: str) -> None:
    """The model in a format that other programs read, with a page that says how to use it."""
    from lab_app.runs.target import open_target
    from lab_core.errors import unknown
    from lab_core.imports import load_object
    from lab_core.model import Export

    kind = load_object(found.task.model, what=f"Task {found.task.id}")
    offered = kind.formats if issubclass(kind, Export) else ()
    if form not in offered:
        raise unknown(f"format of {found.task.id}", form, (LAB, *offered))
    model = open_target(found, device="cpu")
    assert isinstance(model, Export)
    try:
        to.mkdir(parents=True, exist_ok=True)
        usage = model.export(to, form)
        (to / README).write_text(f"# {found.label}\n\n{found.task.title} ({form})\n\n{usage}")
    except OSError as error:
        raise LabError(f"The model could not be written to {to}: {error}.") from None


def _copy(folder: Path, to: Path) -> None:
    """Copy what a model's information lists, and nothing else, once every file is what was written."""
    from lab_core.files import disk_errors
    from lab_core.runs.model_folder import INFO, check_model_folder

    info = check_model_folder(folder)
    with disk_errors("The model", to, option="--to"):
        for name in (*info.files, INFO):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, to / name)


def _halve(found: "Target", to: Path) -> None:
    """Half precision for the model in ``to``; nothing stays there where its weights or its loading don't allow that."""
    from lab_app.publishing.half import halve
    from lab_core.files import disk_errors, remove_tree
    from lab_core.runs.opening import load_model

    try:
        with disk_errors("The model", to, option="--to"):
            halve(to)
        load_model(found.task, to, device="cpu")
    except LabError:
        remove_tree(to)
        raise


def _save_ready(found: "Target", to: Path) -> None:
    """The model of a task without a trainer, made and written."""
    from lab_app.runs.target import open_target
    from lab_core.config import to_dict
    from lab_core.machine.versions import plugin_version
    from lab_core.runs.model_folder import ModelInfo, save_model

    plugin = registry().plugin_of(found.task.id)
    info = ModelInfo(
        task=found.task.id,
        plugin=plugin,
        plugin_version=plugin_version(plugin),
        config=to_dict(found.config) if found.config is not None else {},
        benchmark=found.benchmark.id if found.benchmark is not None else None,
    )
    save_model(to, open_target(found, device="cpu"), info, option="--to")


def _use(found: "Target", to: Path) -> str:
    """The command that a model of this task is for."""
    from lab_core.imports import flags
    from lab_core.runs.model_folder import load_model_info

    needs = found.benchmark.needs if found.benchmark is not None else ("apply" if found.task.trainer is None else "act")
    place = word(to) + flags(load_model_info(to).config)
    return {"act": f"lab play {place}", "sample": f"lab sample {place}", "apply": f"lab apply {place} INPUT"}[needs]
