"""Runs of tasks without a trainer, so that baselines have a score on the leaderboard and can be recorded."""

from collections.abc import Sequence
from pathlib import Path

from lab_app.runs.store import Store
from lab_app.runs.target import Target, find_target
from lab_core.config import changed, to_dict
from lab_core.machine.versions import plugin_version
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec


def run_of(found: Target, runs_dir: Path, registry: Registry, *, device: str, command: Sequence[str] = ()) -> Target:
    """The run that holds the model of an untrained target: the one there is of the same settings and version, or a new one."""
    assert found.config is not None
    task, config = found.task, to_dict(found.config)
    version = plugin_version(registry.plugin_of(task.id))
    if runs_dir.is_dir():
        for row in Store(runs_dir).runs(task=task.id, status="completed"):
            record = Run.open(runs_dir / row.id).record
            if (record.config, record.plugin_version) == (config, version):
                return find_target(row.id, runs_dir, registry)
    spec = JobSpec(
        task=task.id,
        config=config,
        changed=changed(found.config, task.preset("default")),
        device=device,
        runs_dir=str(runs_dir),
        evaluate=False,
        command=tuple(command),
    )
    made = execute(spec, registry).run
    return find_target(made.record.id, runs_dir, registry)
