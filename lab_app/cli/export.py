"""``lab export``: a model folder that stands alone."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab_app.cli import complete
from lab_app.cli.common import RunsDir, model_choice, registry, say
from lab_core.errors import LabError, UsageError, word

if TYPE_CHECKING:
    from lab_core.runs.target import Target


def export(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", autocompletion=complete.runs_and_tasks)],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder for the model.")],
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a task without a trainer; repeatable.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Copy a model into a folder of its own, ready for lab apply, lab sample, lab play, lab eval or another machine."""
    from lab_core.runs.target import find_target

    which = model_choice(model)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists already; an empty or new folder is expected.")
    found = find_target(target, runs_dir, registry(), which=which, overrides=overrides or (), say=say)
    if found.folder is None:
        _save_ready(found, to)
    else:
        try:
            shutil.copytree(found.folder, to, dirs_exist_ok=True)
        except OSError as error:
            raise LabError(f"The model could not be written to {to}: {error}.") from None
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    print(f"{found.label} -> {to} ({size / 1e6:.1f} MB)")
    print(f"use it: {_use(found, to)}")


def _save_ready(found: "Target", to: Path) -> None:
    """The model of a task without a trainer, made and written."""
    from lab_core.config import to_dict
    from lab_core.machine.versions import plugin_version
    from lab_core.runs.model_folder import ModelInfo, save_model
    from lab_core.runs.opening import open_target

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
    needs = found.benchmark.needs if found.benchmark is not None else ("apply" if found.task.trainer is None else "act")
    return {"act": f"lab play {word(to)}", "sample": f"lab sample {word(to)}", "apply": f"lab apply {word(to)} INPUT"}[needs]
