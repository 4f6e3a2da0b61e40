"""``lab run --dry-run``: what a run would be, without starting it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from lab_app.cli.common import emit, say
from lab_app.cli.output import runnable
from lab_app.durations import span
from lab_app.observers.progress import quantity
from lab_app.records.estimate import estimate_time
from lab_core.config import from_dict
from lab_core.context import Context
from lab_core.imports import load_object
from lab_core.machine import devices
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.opening import prepare
from lab_core.trainer import Trainer
from lab_core.training.blame import blame
from lab_core.training.memory import Memory, memory_of
from lab_core.training.spec import JobSpec


def show_plan(spec: JobSpec, registry: Registry, *, json: bool) -> None:
    """Print the resolved settings, the memory and the expected time of a job."""
    task = registry.task(spec.task)
    config = from_dict(config_type(task), spec.config)
    device = devices.resolve_device(spec.device, most=task.max_devices)
    precision = devices.resolve_precision(spec.precision, task.precisions, device)
    threads = devices.resolve_threads(spec.threads)
    benchmark = registry.benchmark_of(task, config)
    memory = Memory(need=0, free=devices.memory()[1])
    parameters: dict[str, int] = {}
    if task.trainer is not None:
        prepare(task, device=device, threads=threads)
        trainer_type = cast(type[Trainer[Any]], load_object(task.trainer, what=f"Task {task.id}"))
        memory = memory_of(trainer_type, config)
        if memory.enough:
            with TemporaryDirectory() as folder, blame(registry.plugin_of(task.id), None):
                context = Context(seed=spec.seed, device=device, precision=precision, threads=threads, folder=Path(folder))
                trainer = trainer_type(task, config, context)
                parameters = dict(trainer.parameters())
                trainer.close()
    time = estimate_time(
        task, spec.preset, config.steps, runs_dir=Path(spec.runs_dir), device=device, precision=precision, threads=threads
    )
    time = time.limited(spec.seconds) if time is not None else None
    facts: dict[str, Any] = {
        "task": task.id,
        "preset": spec.preset,
        "benchmark": benchmark.id if benchmark else None,
        "seed": spec.seed,
        "device": device,
        "precision": precision,
        "threads": threads,
    }
    if json:
        more = {
            "parameters": parameters,
            "memory_bytes": memory.need,
            "memory_free_bytes": memory.free,
            "memory_enough": memory.enough,
            "memory_fit": memory.fit,
            "steps_per_second": time.rate if time else None,
            "seconds": time.seconds if time else None,
            "seconds_low": time.low if time else None,
            "seconds_high": time.high if time else None,
            "time_source": time.source if time else None,
            "remarks": config.remarks(),
            "config": spec.config,
        }
        emit({**facts, **more})
    else:
        for name, value in facts.items():
            print(f"{name:12}{'none' if value is None else value}")
        if parameters:
            print(f"{'parameters':12}{', '.join(f'{name} {count:,}' for name, count in parameters.items())}")
        print(f"{'memory':12}{memory.text()}")
        if time is None:
            limit = runnable(f"first minute of it: lab run {task.id} --preset {spec.preset} --time 60s")
            print(f"{'time':12}not known: no run of it here or recorded to estimate from; {limit}")
        else:
            pace = f"{quantity(time.rate)} {task.step_unit} a second"
            print(f"{'time':12}{span(time.low, time.high)} at {pace} ({time.source})")
        for name, value in spec.config.items():
            print(f"  {name:24}{'none' if value is None else value}" + ("   (changed)" if name in spec.changed else ""))
    for line in config.remarks():
        say(line)
    if not memory.enough:
        say(f"This run would be refused: it needs more memory than is free. {memory.hint()}")
