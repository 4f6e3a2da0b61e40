"""From what was typed to a model that applies, with its options."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_app.applying.options import read_with
from lab_app.runs.target import find_target, open_target
from lab_core.config import Config, to_dict
from lab_core.errors import UsageError
from lab_core.model import Act, Apply, Sample, abilities
from lab_core.registry.registry import Registry
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.run import Which


@dataclass(frozen=True)
class Applier:
    """A model that applies: its options, checked, and what names it. ``about`` says where it is from."""

    model: Apply
    options: Config
    label: str
    task: str
    plugin: str
    about: dict[str, Any]


def open_applier(
    text: str,
    runs_dir: Path,
    registry: Registry,
    *,
    which: Which,
    overrides: Sequence[str],
    pairs: Sequence[str],
    device: str,
    say: Callable[[str], None],
) -> Applier:
    """Open the model that ``text`` stands for; raises UsageError, with what it can do, for one that doesn't apply."""
    found = find_target(text, runs_dir, registry, which=which, overrides=overrides, say=say)
    model = open_target(found, device=device)
    if not isinstance(model, Apply):
        able = " and ".join(abilities(model)) or "nothing"
        other = "play" if isinstance(model, Act) else "sample" if isinstance(model, Sample) else None
        raise UsageError(f"{found.label} can {able}, not apply.", f"lab {other} {found.label}" if other else None)
    about: dict[str, Any] = {}
    if found.folder is not None:
        info = load_model_info(found.folder)
        about = {"run": info.run, "step": info.step}
    elif found.config is not None:
        about = {"config": to_dict(found.config)}
    return Applier(model, read_with(model, pairs), found.label, found.task.id, registry.plugin_of(found.task.id), about)
