"""From a form of a page to the description of a run or a sweep, and to the command that does the same."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec

from lab_app.cli.common import seconds
from lab_app.sweeping import sweep as sweeps
from lab_app.sweeping.jobs import make_jobs, read_seeds
from lab_core.config import changed, resolve, to_dict
from lab_core.errors import UsageError
from lab_core.registry.registry import Registry, config_type
from lab_core.training.spec import JobSpec

Form = Mapping[str, str]
SETTING = "set:"  # begins the names of the fields that are settings


def read(body: bytes) -> dict[str, str]:
    """The fields of a form that was sent; raises UsageError for what is no form."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=1000))
    except (UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"The form can't be read: {error}.") from None


def overrides(form: Form) -> list[str]:
    """``KEY=VALUE`` of every setting that was filled in."""
    return [f"{name.removeprefix(SETTING)}={value}" for name, value in form.items() if name.startswith(SETTING) and value.strip()]


def whole(form: Form, name: str, low: int, high: int) -> int | None:
    """A whole number of a form, None where it is empty; raises UsageError."""
    text = form.get(name, "").strip().replace(",", "").replace("_", "")
    if not text:
        return None
    if not text.isdecimal() or not low <= int(text) <= high:
        raise UsageError(f"{name.capitalize()} is {form[name]!r}; a whole number from {low:,} to {high:,} is expected.")
    return int(text)


def _time(form: Form) -> float | None:
    return seconds(form.get("time", "").strip() or None, option="Time limit")


def job_of(form: Form, registry: Registry, runs_dir: Path, *, taken: Callable[[str], bool] = lambda run_id: False) -> JobSpec:
    """The run that a form describes, under a name that is free; raises UsageError for what the form says wrongly."""
    task = registry.task(form.get("task", ""))
    if task.trainer is None:
        raise UsageError(f"Task {task.id} has nothing to train; its model is ready at once.")
    kind = config_type(task)
    preset = form.get("preset") or "default"
    base = task.preset(preset)
    steps, seed = whole(form, "steps", 1, 2**53), whole(form, "seed", 0, 2**31 - 1) or 0
    config = resolve(kind, base, {} if steps is None else {"steps": steps}, overrides=overrides(form))
    return JobSpec(
        task=task.id,
        preset=preset,
        config=to_dict(config),
        changed={name: value for name, value in changed(config, base).items() if name != "steps"},
        seed=seed,
        device=form.get("device") or "auto",
        threads=whole(form, "threads", 1, 4096),
        runs_dir=str(runs_dir),
        seconds=_time(form),
        name=free_name(runs_dir, task.id, seed, taken),
        command=tuple(command(form)),
    )


def free_name(runs_dir: Path, task: str, seed: int, taken: Callable[[str], bool]) -> str:
    """A run's name from the clock, as :meth:`lab_core.runs.run.Run.create` gives, that no run has or is about to get."""
    stamp = f"{datetime.now():%Y%m%d-%H%M%S}-seed{seed}"
    names = (stamp, *(f"{stamp}-{number}" for number in range(2, 10_000)))
    return next(name for name in names if not (runs_dir / task / name).exists() and not taken(f"{task}/{name}"))


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep before its slots are shared out, which needs the trainers and so is done by the process that carries it out."""

    name: str
    specs: tuple[JobSpec, ...]
    jobs: int | None = None
    threads: int | None = None
    command: tuple[str, ...] = ()


def sweep_of(form: Form, registry: Registry, runs_dir: Path) -> Planned:
    """The sweep that a form describes: its seeds, and every combination of settings given as ``A,B``."""
    name = form.get("name", "").strip() or sweeps.new_name()
    if not all(letter.isalnum() or letter in "-_" for letter in name) or len(name) > 60:
        raise UsageError(f"The name {name!r} can't be used.", "Up to 60 letters, digits, '-' and '_' are expected.")
    if sweeps.path_of(name, runs_dir).exists():
        raise UsageError(f"There is a sweep {name!r} already.", "Give another name.")
    tasks = form.get("task", "").split()
    if not tasks:
        raise UsageError("No task is given.")
    specs = make_jobs(
        tasks,
        registry,
        name=name,
        seeds=read_seeds(form.get("seeds", "").strip() or "1"),
        settings=overrides(form),
        preset=form.get("preset") or "default",
        steps=whole(form, "steps", 1, 2**53),
        seconds=_time(form),
        device=form.get("device") or "auto",
        runs_dir=runs_dir,
        command=command(form, sweep=True),
    )
    jobs, threads = whole(form, "jobs", 1, 1024), whole(form, "threads", 1, 4096)
    return Planned(name=name, specs=specs, jobs=jobs, threads=threads, command=tuple(command(form, sweep=True)))


def command(form: Form, *, sweep: bool = False) -> Sequence[str]:
    """The command line that does what a form does."""
    words = ["lab", "sweep" if sweep else "run", *form.get("task", "").split()]
    if form.get("preset", "default") not in ("", "default"):
        words += ["--preset", form["preset"]]
    for text in overrides(form):
        words += ["--set", text]
    options = ("seeds", "jobs", "name") if sweep else ("seed",)
    for name in (*options, "steps", "time", "threads"):
        value = form.get(name, "").strip()
        if value and not (name == "seed" and value == "0"):
            words += [f"--{name}", value]
    if form.get("device", "auto") not in ("", "auto"):
        words += ["--device", form["device"]]
    return words


def command_text(words: Sequence[str], runs_dir: Path) -> str:
    """A command as it is pasted into a shell, with the runs folder where it isn't the usual one."""
    return shlex.join(words) + place_text(runs_dir)


def place_text(runs_dir: Path) -> str:
    """What a command needs behind it to mean this runs folder; nothing for the usual one."""
    return "" if runs_dir == Path("runs") else f" --runs-dir {shlex.quote(str(runs_dir))}"
