"""Searching for settings: values and ranges to choose from, at random or as Optuna proposes them from the scores so far.

A trial is one choice of settings under every seed of the sweep; its score is the mean over seeds of the best selection score, on
seeds or a split that no reported score uses.
"""

import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec

from lab_app.sweeping.jobs import read_grid, setting_jobs
from lab_app.sweeping.sweep import Proposal, Standing, Sweep
from lab_core.config import fields
from lab_core.errors import LabError, UsageError
from lab_core.registry.registry import Registry, config_type

WAYS = ("grid", "random", "optuna")
_WIDE = 100  # a range whose ends differ by this factor or more is searched on a logarithmic scale


class Range(msgspec.Struct, frozen=True):
    """All numbers between two, the ends included."""

    low: float
    high: float
    whole: bool

    @property
    def log(self) -> bool:
        return self.low > 0 and self.high / self.low >= _WIDE


Space = Mapping[str, Range | tuple[str, ...]]


def read_space(texts: Sequence[str], kind: Any) -> dict[str, Range | tuple[str, ...]]:
    """``KEY=LOW..HIGH`` as a range, ``KEY=A,B`` as values; raises UsageError."""
    types = {field.name: field.type for field in fields(kind)}
    found: dict[str, Range | tuple[str, ...]] = {}
    for key, values in read_grid(texts, kind).items():
        text = values[0]
        low, dots, high = text.partition("..")
        if len(values) > 1 or not dots or "number" not in types[key]:
            found[key] = values
            continue
        try:
            whole = "whole" in types[key]
            one = Range(float(low), float(high), whole)
            usable = math.isfinite(one.low) and math.isfinite(one.high) and one.low < one.high
            usable &= not whole or (one.low.is_integer() and one.high.is_integer())
        except ValueError:
            usable, one = False, Range(0, 0, False)
        if not usable:
            raise UsageError(f"--set {key}={text} is not a range.", "Examples: learning_rate=1e-4..1e-2, hidden=16..256")
        found[key] = one
    return found


def check_values(texts: Sequence[str], kind: Any) -> None:
    """Raise UsageError for a range: a grid needs values."""
    for key, one in read_space(texts, kind).items():
        if isinstance(one, Range):
            raise UsageError(
                f"--set {key}={one.low:g}..{one.high:g} is a range, which a grid can't try.", "Add --search random --trials 20"
            )


def random_settings(space: Space, trials: int, *, seed: int = 0) -> list[tuple[str, ...]]:
    """Settings of ``trials`` trials at random, as ``KEY=VALUE`` texts; trial k is the same however many there are."""
    return [tuple(f"{key}={_draw(one, random.Random(f'{seed} {k} {key}'))}" for key, one in space.items()) for k in range(trials)]


def _draw(one: Range | tuple[str, ...], rng: random.Random) -> str:
    if not isinstance(one, Range):
        return rng.choice(one)
    if one.whole:
        if not one.log:
            return str(rng.randint(int(one.low), int(one.high)))
        value = math.exp(rng.uniform(math.log(one.low - 0.5), math.log(one.high + 0.5)))
        return str(min(int(one.high), max(int(one.low), round(value))))
    if one.log:
        return repr(math.exp(rng.uniform(math.log(one.low), math.log(one.high))))
    return repr(rng.uniform(one.low, one.high))


def next_trial(sweep: Sweep, standings: Sequence[Standing], registry: Registry) -> Sweep | None:
    """The sweep with the jobs of one more trial of the task that has fewest; None where all have theirs.

    Raises LabError without Optuna, or where a completed run has no selection score.
    """
    search = sweep.search
    if search is None:
        return None
    counts = {task: sum(one.task == task for one in sweep.proposals) for task in search.tasks}
    task_id = min(counts, key=lambda name: counts[name])
    if counts[task_id] >= search.trials:
        return None
    space = read_space(search.settings, config_type(registry.task(task_id)))
    values = _proposed(space, [one for one in sweep.proposals if one.task == task_id], standings)
    first = len(sweep.specs)
    specs = setting_jobs(
        registry.task(task_id),
        tuple(f"{key}={value}" for key, value in values.items()),
        name=sweep.name,
        first=first,
        seeds=search.seeds,
        preset=search.preset,
        steps=search.steps,
        seconds=search.seconds,
        device=search.device,
        threads=search.threads,
        runs_dir=Path(search.runs_dir),
        command=sweep.command,
    )
    proposal = Proposal(task=task_id, values=values, first=first, count=len(specs))
    return msgspec.structs.replace(sweep, specs=(*sweep.specs, *specs), proposals=(*sweep.proposals, proposal))


def _proposed(space: Space, earlier: Sequence[Proposal], standings: Sequence[Standing]) -> dict[str, str]:
    """Settings that Optuna's tree-structured Parzen estimator proposes after the earlier trials."""
    optuna: Any = load_optuna()
    distributions: dict[str, Any] = {}
    for key, one in space.items():
        if not isinstance(one, Range):
            distributions[key] = optuna.distributions.CategoricalDistribution(one)
        elif one.whole:
            distributions[key] = optuna.distributions.IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            distributions[key] = optuna.distributions.FloatDistribution(one.low, one.high, log=one.log)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    higher = all(standings[one.first].higher_is_better for one in earlier)
    sampler = optuna.samplers.TPESampler(seed=len(earlier), constant_liar=True)
    study = optuna.create_study(direction="maximize" if higher else "minimize", sampler=sampler)
    for one in earlier:
        value = score_of(standings[one.first : one.first + one.count])
        under_way = any(job.state in ("waiting", "running", "stopped") for job in standings[one.first : one.first + one.count])
        if value is None and not under_way:
            continue  # failed or ended early: nothing is known of it
        state = optuna.trial.TrialState.COMPLETE if value is not None else optuna.trial.TrialState.RUNNING
        params = {key: _typed(text, space[key]) for key, text in one.values.items()}
        study.add_trial(optuna.trial.create_trial(state=state, params=params, distributions=distributions, value=value))
    params = study.ask(distributions).params
    return {key: repr(value) if isinstance(value, float) else str(value) for key, value in params.items()}


def _typed(text: str, one: Range | tuple[str, ...]) -> float | int | str:
    if not isinstance(one, Range):
        return text
    return int(text) if one.whole else float(text)


def score_of(jobs: Sequence[Standing]) -> float | None:
    """The mean of the best selection scores of a trial's runs; None before all are completed.

    Raises LabError for a run without any: what chose by reported scores would make them worthless.
    """
    if any(one.state != "completed" for one in jobs):
        return None
    found = [one.run.record.best_score for one in jobs if one.run is not None]
    known = [score for score in found if score is not None]
    if len(known) < len(found):
        raise LabError(
            f"Task {jobs[0].spec.task} made no selection during training, so its settings can't be searched by it.",
            "Use --search random, or a preset that selects (selection_every).",
        )
    return mean(known)


def load_optuna() -> Any:
    """Optuna; raises LabError where it is not installed."""
    try:
        import optuna  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise LabError("--search optuna needs Optuna.", "Install it: uv pip install 'lab-runner[search]'") from None
    return optuna  # pyright: ignore[reportUnknownVariableType]
