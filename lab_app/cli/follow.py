"""``lab eval RUN --follow``: the model of each new checkpoint is scored while another process trains."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab_app.cli.common import emit, registry, say
from lab_app.runs.store import Store
from lab_app.runs.target import find_resumable
from lab_core.errors import LabError
from lab_core.evaluator import Evaluation
from lab_core.runs.model_folder import load_model_info
from lab_core.runs.opening import load_model, prepare
from lab_core.runs.run import UNDER_WAY, Run

_PAUSE = 2.0  # seconds between looks at the run


def follow_run(
    target: str, runs_dir: Path, *, protocol: str | None, count: int | None, seed: int, device: str, json: bool
) -> None:
    """Score until the run is no longer trained; each score is kept with the run and printed as it comes.

    Raises LabError for a run without a benchmark.
    """
    from lab_app.results.intervals import digits, phrase
    from lab_app.results.results import run_score, summary_of
    from lab_core.config import from_dict
    from lab_core.machine import devices
    from lab_core.registry.registry import config_type
    from lab_core.training.evaluation import evaluate

    run = find_resumable(target, runs_dir, registry(), say=say)
    task = registry().task(run.record.task)
    benchmark = registry().benchmark_of(task, from_dict(config_type(task), run.record.config))
    if benchmark is None:
        raise LabError(f"Task {task.id} has no benchmark, so it can't be scored.")
    where = devices.resolve_device(device)
    prepare(task, device=where, threads=devices.resolve_threads())
    say(f"{run.record.id}: waiting for checkpoints; Ctrl-C ends")
    found: list[tuple[int, Evaluation]] = []
    with suppress(KeyboardInterrupt):
        for step in _new_steps(run):
            model = load_model(task, run.model_folder("last"), device=where)
            result = evaluate(benchmark, model, protocol=protocol, count=count, seed=seed)
            found.append((step, result))
            if not json:
                score = phrase(summary_of([run_score(result)], benchmark), digits(benchmark.score), result.unit)
                print(f"step {step:,}  {benchmark.score.name} {score}", flush=True)
            run.add_evaluation(result, model="last", step=step)
            Store(run.runs_dir).record(Run.open(run.folder))
    if json:
        scores = [{"step": step, "evaluation": result} for step, result in found]
        emit({"target": run.record.id, "benchmark": benchmark.id, "scores": scores})


def _new_steps(run: Run) -> Iterator[int]:
    """The step of each new last model; ends after the one with which the training ended."""
    seen = -1
    while True:
        under_way = Run.open(run.folder).state in UNDER_WAY
        with suppress(LabError):  # there is no model before the first checkpoint
            step = load_model_info(run.model_folder("last")).step
            if step != seen:
                seen = step
                yield step
                continue
        if not under_way:
            return
        time.sleep(_PAUSE)
